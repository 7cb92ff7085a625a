"""Unknown plans: those that customers are on and the carrier's configuration does not have.

A text that names one would be read as a move for everybody, so it is refused. Names of plans are
often common words ("Basic", "No"): alone, one counts where it stands as a name or as a plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from domain.catalog import Carrier
from domain.errors import FieldError, InvalidInput

MOST_CACHED = 8  # patterns; one build has one

IS_A_PLAN = re.compile(
    r"[\"'\u201d\u2019]? (?:plans?|tiers?|tariffs?|packages?|customers?|subscribers?|users?)\b",
    re.IGNORECASE,
)
IS_MOVED = re.compile(
    r"[\"'\u201d\u2019]? (?:goes|drops|falls|rises|will|is|gets|now|costs|by|to) ", re.IGNORECASE
)
MOVES_IT = re.compile(
    r"\b(?:rais(?:e|es|ing)|increas(?:e|es|ing)|lower(?:s|ing)?|reduc(?:e|es|ing)|cut(?:s|ting)?"
    r"|(?:pric(?:e|es)|cost|bill|plan|tier|tariff|package|called|named)(?: of| for)?)"
    r"(?: our| the)? [\"'\u201c\u2018]?$",
    re.IGNORECASE,
)
BEGINS = re.compile(r"(?:^|[.!?:;\n])[\s\"'\u201c\u2018(]{0,4}$")
LOOKED_BACK = 24  # characters before a name that say how it is meant


class PlansInUse(Protocol):
    """What is asked of a customer base here."""

    @property
    def carrier(self) -> Carrier:
        """Whose customers they are."""
        ...

    def plans(self) -> Mapping[str, int]:
        """Customers by the plan that the data say they are on."""
        ...


def refuse_unknown_plans(text: str, customers: PlansInUse, pointer: str) -> None:
    """Raise InvalidInput when a text names a plan that the carrier does not have."""
    if faults := unknown_plans_in(text, customers, pointer):
        raise InvalidInput(faults)


def unknown_plans_in(text: str, customers: PlansInUse, pointer: str) -> list[FieldError]:
    """A fault for each plan of the data that a text names and the carrier does not have."""
    carrier = customers.carrier
    unknown = tuple(carrier.unknown(customers.plans()))
    if not unknown:
        return []
    known = ", ".join(plan.name for plan in carrier.plans)
    return [
        FieldError(
            pointer,
            f"{name} is a plan that customers are on and {carrier.name} does not have; use one of "
            f"{known}, or name it in the carrier's file and build again",
            "unknown_plan",
        )
        for name in dict.fromkeys(_named(text, unknown, _other_names(carrier)))
    ]


def _other_names(carrier: Carrier) -> tuple[str, ...]:
    """What else a text may name of the carrier: an unknown name inside one is not meant."""
    rivals = (name for rival in carrier.rivals for name in (rival.name, *rival.aliases))
    plans, add_ons = (p.name for p in carrier.plans), (a.name for a in carrier.add_ons)
    return (carrier.name, *plans, *add_ons, *rivals)


def _named(text: str, unknown: Sequence[str], others: Sequence[str]) -> Iterator[str]:
    by_lower_case = {name.lower(): name for name in unknown}
    small = text == text.lower()
    for match in _pattern((*unknown, *others)).finditer(text):
        name = by_lower_case.get(match.group().lower())
        if name is not None and _is_meant(text, match, small=small):
            yield name


def _is_meant(text: str, match: re.Match[str], *, small: bool) -> bool:
    """Whether words that could be a plan's name are one."""
    before = text[max(0, match.start() - LOOKED_BACK) : match.start()]
    if IS_A_PLAN.match(text, match.end()) or MOVES_IT.search(before):
        return True
    if IS_MOVED.match(text, match.end()):
        return small or not match.group()[0].islower()
    if small or match.group()[0].islower():
        return small and " " in match.group()
    return " " in match.group() or not BEGINS.search(before)


@lru_cache(MOST_CACHED)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(map(re.escape, names), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)
