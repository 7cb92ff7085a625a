"""Dependencies: what routes have in common, from the services behind them to pages and ETags.

Those that only compute are coroutines all the same: the framework would send each of the others to
a thread, at every request, which takes longer than they do.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar, cast

from fastapi import Depends, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator, Field
from pydantic.config import JsonDict
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response

from api.representations.etag_cache import Tagged, target_of
from api.representations.problems import NOT_ACCEPTABLE, Refused, bad_query
from api.services import Services
from domain.callers import Caller
from domain.errors import Gone, NotFound
from domain.simulations import Simulation

Item = TypeVar("Item", bound=BaseModel)

JSON = "application/json"
NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
STREAMED = frozenset({EVENT_STREAM, NDJSON})

# Patterns are told in the document, so that they hold a whole text there: re.fullmatch.
CURSOR = re.compile(r"(?:[A-Za-z0-9_-]{4})*[A-Za-z0-9_-]{2,4}")
WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.0+)?")


class Page(BaseModel, Generic[Item]):
    """Part of a list. `next_cursor` gives the rest, null at the end."""

    items: list[Item]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PageWanted:
    """How many items, and the key of the last one seen, None at the start."""

    limit: int
    after: str | None


def services_of(request: Request) -> Services:
    """The services opened at start; to be called by routes that do next to nothing else."""
    return cast("Services", request.app.state.services)


async def _services(request: Request) -> Services:
    return services_of(request)


async def caller_of(request: Request) -> Caller:
    """Who sent the request, as the middleware found out."""
    return cast("Caller", request.state.caller)


ServicesOf = Annotated[Services, Depends(_services)]
CallerOf = Annotated[Caller, Depends(caller_of)]


class _SimulationId(Convertor[str]):
    """A simulation's id in a path: any but the word that estimates have there."""

    regex = "(?!estimate(?:$|/))[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


SimulationInPath = Annotated[
    str,
    Path(description="`id` of a simulation, which POST /simulations answers with and GET lists."),
]

register_url_convertor("simulation", _SimulationId())


def simulation_of(
    simulation_id: SimulationInPath, services: ServicesOf, caller: CallerOf
) -> Simulation:
    """The caller's simulation in the path. Raises NotFound, and Gone when it was there."""
    simulation = services.store.get(simulation_id, caller.tenant)
    if simulation is None and services.store.is_gone(simulation_id, caller.tenant):
        raise Gone("simulation", "start it again with POST /simulations")
    return simulation_now(simulation)


def simulation_now(simulation: Simulation | None) -> Simulation:
    """A simulation that was there a moment ago. Raises NotFound when it is not any more."""
    if simulation is None:
        raise NotFound("simulation", "list them with GET /simulations")
    return simulation


SimulationOf = Annotated[Simulation, Depends(simulation_of)]


def whole_pattern(pattern: re.Pattern[str]) -> JsonDict:
    """A pattern that a whole text fits, as `json_schema_extra` of the text."""
    return {"pattern": f"^{pattern.pattern}$"}


def as_json(text: object) -> object:
    """A number in a query as JSON has it; pydantic would also read 1_0, +1 and spaces around."""
    return text if isinstance(text, str) and WHOLE_NUMBER.fullmatch(text) else None


Cursor = Annotated[str, Field(max_length=500, json_schema_extra=whole_pattern(CURSOR))]


async def page_wanted(
    limit: Annotated[
        int, Query(ge=1, le=100, description="Most items to return."), BeforeValidator(as_json)
    ] = 20,
    cursor: Annotated[Cursor | None, Query(description="`next_cursor` of the page before.")] = None,
) -> PageWanted:
    """The page a request asks for; 422 on a cursor no list gave out."""
    return PageWanted(limit, None if cursor is None else read_cursor(cursor))


async def acceptable(request: Request) -> str:
    """The media type to answer with, the one the client likes best; 406 when it takes none.

    A route answers JSON, unless it tells of a stream of events, and what else it tells of.
    """
    offers = offered(request.scope["route"])
    header = request.headers.get("accept") or "*/*"
    if header == "*/*":
        return offers[0]
    chosen = max(offers, key=lambda each: quality(header, each))
    if quality(header, chosen) == 0:
        raise Refused(NOT_ACCEPTABLE, f"this answers {' or '.join(offers)}; send Accept: {chosen}")
    return chosen


def offered(route: APIRoute) -> Sequence[str]:
    """Media types a route succeeds with, the default first."""
    types = tuple(route.responses.get(200, {}).get("content", {}))
    return types if EVENT_STREAM in types else (JSON, *(each for each in types if each != JSON))


def quality(header: str, media_type: str) -> float:
    """How much an Accept header likes a media type: the most specific range decides (RFC 9110)."""
    major = media_type.partition("/")[0]
    quality_of = dict(_media_range(part) for part in header.split(","))
    for name in (media_type, f"{major}/*", "*/*"):
        if name in quality_of:
            return quality_of[name]
    return 0.0 if header.strip() else 1.0


def _media_range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            return name, _quality(parameter[2:])
    return name, 1.0


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


async def count_as_stream(
    services: ServicesOf, caller: CallerOf, media_type: Annotated[str, Depends(acceptable)]
) -> AsyncIterator[None]:
    """Holds one of the caller's streams until the answer has ended; 429 without any left."""
    if media_type in STREAMED:
        with services.stream_limits.admit(caller):
            yield
    else:
        yield


COUNTED_AS_STREAM = Depends(count_as_stream)
PageOf = Annotated[PageWanted, Depends(page_wanted)]
MediaTypeOf = Annotated[str, Depends(acceptable)]


async def cached_answer(request: Request, make: Callable[[], bytes]) -> Response:
    """What `make` writes of the live build, once per build and target; 304 if the client has it."""
    route = request.scope["route"]
    tagged = await services_of(request).etag_cache.tagged(
        target_of(request.scope), lambda: Tagged.of(make(), route)
    )
    return tagged.response(request.headers.get("if-none-match"))


def paged(items: Sequence[Item], key: Callable[[Item], str], wanted: PageWanted) -> Page[Item]:
    """A page of `items`, which are ordered by `key`."""
    left = [item for item in items if wanted.after is None or key(item) > wanted.after]
    shown = left[: wanted.limit]
    more = len(left) > len(shown)
    return Page[Item](items=shown, next_cursor=write_cursor(key(shown[-1])) if more else None)


def write_cursor(after: str) -> str:
    """An opaque cursor that leads past the item of this key."""
    return base64.urlsafe_b64encode(after.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """The key in a cursor; 422 when it is none of ours."""
    if not CURSOR.fullmatch(cursor):
        raise bad_cursor()
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        after = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error):
        raise bad_cursor() from None
    if "\0" in after:  # no list has it, and not every store can look for it
        raise bad_cursor()
    return after


def bad_cursor() -> Refused:
    """The refusal of a cursor that no list gave out."""
    return bad_query("cursor", "not a cursor of this list; start without one", "bad_cursor")
