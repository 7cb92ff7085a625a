"""Follow up: a question that changes one thing of the scenario before it, as a scenario again.

"And if it were $3 instead?" is read against the levers that stood last: the one it means changes,
the others stay, and the changed one says the words it was read from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from domain.catalog import Carrier
from domain.interview.conversations import Turn
from domain.lever_parsing import MOST_LEVERS, MOST_QUOTED, Amount, Span, amounts, read_levers
from domain.levers import AnyLever, ScopedLever, Size, ValueAdd, ValueRemoval
from domain.scenarios import Scenario

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

Fields = Mapping[str, object]


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
    current = before.reaction.levers
    levers = _replaced(current, reading.levers) if reading.levers else _changed(current, question)
    notice = reading.notice_days
    if not levers or (levers == current and notice is None):
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


def _replaced(current: Sequence[AnyLever], named: Sequence[AnyLever]) -> tuple[AnyLever, ...]:
    """Of two levers of one kind and name the later counts."""
    kinds = {_identity(lever) for lever in named}
    return (*(lever for lever in current if _identity(lever) not in kinds), *named)


def _identity(lever: AnyLever) -> tuple[str, str]:
    name = lever.name if isinstance(lever, ValueAdd | ValueRemoval) else ""
    return lever.kind, name.lower()


def _changed(current: tuple[AnyLever, ...], question: str) -> tuple[AnyLever, ...]:
    """One lever sized, limited or left out as the question says; the same when it says nothing."""
    if (left_out := WITHOUT.search(question)) is not None:
        return tuple(lever for lever in current if not _means(left_out["what"], lever))
    change = _resized(current, question) or _scoped(current, question)
    if change is None:
        return current
    old, new = change
    read_from = question.strip()[:MOST_QUOTED]
    try:
        made = type(old).model_validate({**old.model_dump(), **new, "read_from": read_from})
    except ValidationError:
        return current
    return tuple(made if lever is old else lever for lever in current)


def _resized(current: Sequence[AnyLever], question: str) -> tuple[AnyLever, Fields] | None:
    """The lever that is meant, and what the amount or the factor in the question makes of it."""
    named = amounts(Span(question, 0, len(question)))
    factor = 0.5 if HALF.search(question) else 2.0 if TWICE.search(question) else None
    for lever in sorted(current, key=lambda lever: not _named(question, lever)):
        if lever.size is None:
            continue
        if named and (fields := _at_amount(lever, lever.size, named[0])):
            return lever, fields
        if not named and factor is not None:
            return lever, {name: old * factor for name, old in _sizes(lever, lever.size).items()}
    return None


def _at_amount(lever: AnyLever, size: Size, amount: Amount) -> Fields:
    """The lever's fields at this amount, none when it cannot have one of this unit.

    A price that was to fall falls by the new amount, too.
    """
    field = size.percent_field if amount.unit == "percent" else size.dollars_field
    if field is None:
        return {}
    falls = any(old < 0 for old in _sizes(lever, size).values())
    new = -amount.monthly if falls else amount.monthly
    return {**dict.fromkeys(size.fields), field: new}


def _sizes(lever: AnyLever, size: Size) -> dict[str, float]:
    """The fields of its size that have a value, and that value."""
    fields = {name: getattr(lever, name) for name in size.fields}
    return {name: value for name, value in fields.items() if value is not None}


def _scoped(current: Sequence[AnyLever], question: str) -> tuple[AnyLever, Fields] | None:
    found = SCOPES.search(question)
    limited = next((lever for lever in current if isinstance(lever, ScopedLever)), None)
    if found is None or limited is None:
        return None
    return limited, {"scope": (found["one"] or found["two"]).lower()}


def _named(question: str, lever: AnyLever) -> bool:
    """Whether the question has a word that means this lever rather than another."""
    if _means(question, lever):
        return True
    return lever.size is not None and lever.size.words.search(question) is not None


def _means(words: str, lever: AnyLever) -> bool:
    name = str(getattr(lever, "name", "")).lower().strip()
    if name and (name in words.lower() or words.lower().strip() in name):
        return True
    kind = lever.kind.replace("_", " ").split()[0]
    return kind in words.lower()
