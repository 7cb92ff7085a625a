"""Queries: what stands behind the question mark of an address, which an operation knows or refuses.

A parameter that is left out of account changes the answer without a word: who asks for `?page=2`
would be shown the first page again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.representations.problems import INVALID, Fault, Refused

LONGEST_NAME = 64  # chosen: enough to find it by; a client may send kilobytes


async def known_query(request: Request) -> None:
    """Refuse (422) a parameter that the route does not have, or that is given more than once."""
    if not request.scope["query_string"]:
        return
    known = parameters_of(request.scope["route"])
    given = Counter(name for name, _ in request.query_params.multi_items())
    faults = [fault for name in given if (fault := _fault(name, given[name], known))]
    if faults:
        detail = "; ".join(f"{fault.query}: {fault.detail}" for fault in faults[:3])
        raise Refused(INVALID, detail, faults)


def parameters_of(route: APIRoute) -> tuple[str, ...]:
    """The names of a route's query parameters, each of which has one value."""
    return tuple(_names(route.dependant))


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _names(inner)


def _fault(name: str, times: int, known: tuple[str, ...]) -> Fault | None:
    shown = _shown(name)
    if name not in known:
        choice = f"use {' or '.join(known)}" if known else "this takes no query parameters"
        return Fault(query=shown, detail=f"there is no such parameter; {choice}", code="unknown")
    if times > 1:
        return Fault(query=shown, detail="is given more than once", code="repeated")
    return None


def _shown(name: str) -> str:
    """A name as it may be told: neither long nor with anything that is not seen."""
    seen = "".join(each if each.isprintable() else "\ufffd" for each in name[: LONGEST_NAME + 1])
    return seen if len(seen) <= LONGEST_NAME else f"{seen[:LONGEST_NAME]}…"
