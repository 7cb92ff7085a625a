"""Follow up: a question that changes one thing of the scenario before it, as a scenario again.

"And if it were $3 instead?" is read against the levers that stood last: the one it means changes,
the others stay, and the changed one says the words it was read from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from domain.catalog import Carrier
from domain.interview.conversations import Turn
from domain.lever_parsing import MOST_LEVERS, MOST_QUOTED, Amount, Passage, amounts, read_levers
from domain.scenarios import AnyLever, PriceChange, Scenario

SUPPOSING = re.compile(
    r"\bwhat if\b|\b(?:and|but|or|even) if\b|^\W*if\b|\b(?:how|what) about\b|\bsuppos(?:e|ing)\b"
    r"|\binstead\b|\b(?:would|could) (?:it|you|that) .{0,40}\bif\b|\bmake (?:it|that)\b",
    re.IGNORECASE,
)
WITHOUT = re.compile(
    r"\b(?:without|leave out|left out|drop(?:ped)?|no) (?:the )?(?P<what>[^?.!,;]{2,60})",
    re.IGNORECASE,
)
SCOPES = re.compile(
    r"\b(?:only|just) (?:for |to |on )?(?:the )?(?P<one>prepaid|postpaid)"
    r"|\b(?P<two>prepaid|postpaid)(?: customers| plans)? only",
    re.IGNORECASE,
)
HALF = re.compile(r"\bhalf\b", re.IGNORECASE)
TWICE = re.compile(r"\b(?:twice|double[d]?)\b", re.IGNORECASE)


def _beginning(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})", re.IGNORECASE)


# The fields that hold a lever's size, and the words that mean the lever; the first that has the
# unit asked for is meant when no word says which.
SIZES: dict[str, tuple[str, re.Pattern[str]]] = {
    "price_change": ("amount_dollars", _beginning(r"price|rais|increas|rise|cut|bill|it")),
    "credit": ("amount_dollars", _beginning(r"credit|refund|rebate|money back")),
    "loyalty_reward": ("worth_dollars", _beginning(r"reward|loyal|bonus")),
    "new_plan": ("price_dollars", _beginning(r"plan")),
    "competitor_offer": ("price_dollars", _beginning(r"rival|competitor|they|their")),
    "value_add": ("monthly_worth_dollars", _beginning(r"perk|worth")),
    "value_removal": ("monthly_worth_dollars", _beginning(r"perk|worth")),
}


Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The scenario a question makes of an earlier one, and the index of that one's turn."""

    scenario: Scenario
    turn: int


def follow_up(question: str, turns: Sequence[Turn], carrier: Carrier) -> FollowUp | None:
    """What a question supposes of the latest scenario with levers; None when it supposes nothing.

    Levers the question names take the place of those of their kind.
    """
    before = next((t for t in reversed(turns) if t.reaction and t.reaction.levers), None)
    if before is None or before.reaction is None or not SUPPOSING.search(question):
        return None
    reading = read_levers(question, carrier)
    stood = before.reaction.levers
    levers = _replaced(stood, reading.levers) if reading.levers else _changed(stood, question)
    notice = reading.notice_days
    if not levers or (levers == stood and notice is None):
        return None
    earlier = before.scenario or Scenario(text=before.words)
    scenario = Scenario(
        text=question,
        category=earlier.category,
        audience=earlier.audience,
        levers=levers[:MOST_LEVERS],
        notice_days=earlier.notice_days if notice is None else notice,
    )
    return FollowUp(scenario, before.index)


def _replaced(stood: Sequence[AnyLever], named: Sequence[AnyLever]) -> tuple[AnyLever, ...]:
    """Of two levers of one kind and name the later counts."""
    kinds = {_identity(lever) for lever in named}
    return (*(lever for lever in stood if _identity(lever) not in kinds), *named)


def _identity(lever: AnyLever) -> tuple[str, str]:
    named = lever.kind in {"value_add", "value_removal"}
    return lever.kind, str(getattr(lever, "name", "")).lower() if named else ""


def _changed(stood: tuple[AnyLever, ...], question: str) -> tuple[AnyLever, ...]:
    """One lever sized, limited or left out as the question says; the same when it says nothing."""
    if (left_out := WITHOUT.search(question)) is not None:
        return tuple(lever for lever in stood if not _means(left_out["what"], lever))
    change = _sized(stood, question) or _scoped(stood, question)
    if change is None:
        return stood
    old, new = change
    read_from = question.strip()[:MOST_QUOTED]
    try:
        made = type(old).model_validate({**old.model_dump(), **new, "read_from": read_from})
    except ValidationError:
        return stood
    return tuple(made if lever is old else lever for lever in stood)


def _sized(stood: Sequence[AnyLever], question: str) -> tuple[AnyLever, Fields] | None:
    """The lever that is meant, and what the amount or the factor in the question makes of it."""
    told = amounts(Passage(question, 0, len(question)))
    factor = 0.5 if HALF.search(question) else 2.0 if TWICE.search(question) else None
    for lever in sorted(stood, key=lambda lever: not _named(question, lever)):
        if lever.kind not in SIZES:
            continue
        if told and (size := _size(lever, told[0])):
            return lever, size
        if not told and factor is not None:
            return lever, _multiplied(lever, factor)
    return None


def _size(lever: AnyLever, told: Amount) -> Fields:
    """The lever's fields at this amount, none when it cannot have one of this unit.

    A price that was to fall falls by the new amount, too.
    """
    if isinstance(lever, PriceChange):
        old = lever.percent if lever.amount_dollars is None else lever.amount_dollars
        value = -told.monthly if old is not None and old < 0 else told.monthly
        in_percent = told.unit == "percent"
        return {
            "percent": value if in_percent else None,
            "amount_dollars": None if in_percent else value,
        }
    return {SIZES[lever.kind][0]: told.monthly} if told.unit == "dollars" else {}


def _multiplied(lever: AnyLever, factor: float) -> Fields:
    names = ("amount_dollars", "percent", SIZES[lever.kind][0])
    known = {name: getattr(lever, name, None) for name in names}
    return {name: value * factor for name, value in known.items() if value is not None}


def _scoped(stood: Sequence[AnyLever], question: str) -> tuple[AnyLever, Fields] | None:
    found = SCOPES.search(question)
    limited = next((lever for lever in stood if hasattr(lever, "scope")), None)
    if found is None or limited is None:
        return None
    return limited, {"scope": (found["one"] or found["two"]).lower()}


def _named(question: str, lever: AnyLever) -> bool:
    """Whether the question has a word that means this lever rather than another."""
    if _means(question, lever):
        return True
    return lever.kind in SIZES and SIZES[lever.kind][1].search(question) is not None


def _means(words: str, lever: AnyLever) -> bool:
    name = str(getattr(lever, "name", "")).lower().strip()
    if name and (name in words.lower() or words.lower().strip() in name):
        return True
    kind = lever.kind.replace("_", " ").split()[0]
    return kind in words.lower()
