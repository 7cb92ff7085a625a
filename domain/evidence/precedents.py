"""Precedents: which past events are worth telling beside a reaction, and which would mislead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from domain.catalog import Carrier
from domain.evidence.lexical import most_relevant
from domain.lever_parsing import read_levers
from domain.reactions import Evidence
from domain.scenarios import (
    AnyLever,
    ContractChange,
    NetworkChange,
    PolicyChange,
    PriceChange,
    ValueAdd,
    ValueRemoval,
)

CONSIDERED = 12  # chosen: of the events that share most words; each is read before it is told
MOST_KEPT = 4_096  # chosen: readings, a millisecond each to make; eight segments of 500 events

Moves = frozenset[tuple[str, bool]]  # what is moved, and whether for the better of customers


@dataclass(frozen=True)
class Precedents:
    """Finds past events like a scenario, reading their texts as a scenario's is read."""

    carrier: Carrier

    def find(
        self, text: str, levers: Sequence[AnyLever], past: Sequence[Evidence], most: int
    ) -> tuple[Evidence, ...]:
        """At most `most` of the past events that share telling words with the text, best first.

        Those that move what the scenario moves, and the same way, come before all others; those
        that only move it the other way are left out: a price cut is no precedent of a rise.
        """
        ways = _moves(levers)
        turned = {(what, not better) for what, better in ways}
        told = [(piece, self._read(piece.text)) for piece in most_relevant(text, past, CONSIDERED)]
        along = [piece for piece, moves in told if moves & ways]
        aside = [piece for piece, moves in told if not moves & (ways | turned)]
        return tuple([*along, *aside][:most])

    @cached_property
    def _read(self) -> Callable[[str], Moves]:
        return lru_cache(MOST_KEPT)(lambda text: _moves(read_levers(text, self.carrier).levers))


class LivePrecedents:
    """Precedents of the carrier that is asked about, kept until it is another. Any thread may."""

    def __init__(self) -> None:
        self._kept: Precedents | None = None

    def of(self, carrier: Carrier) -> Precedents:
        """Those that read texts as this carrier's."""
        kept = self._kept
        if kept is None or kept.carrier is not carrier:
            self._kept = kept = Precedents(carrier)
        return kept


def _moves(levers: Sequence[AnyLever]) -> Moves:
    return frozenset(_move(lever) for lever in levers)


def _move(lever: AnyLever) -> tuple[str, bool]:
    match lever:
        case PriceChange():
            return "price", (lever.amount_dollars or lever.percent or 0.0) < 0
        case ValueAdd() | ValueRemoval():
            return "value", isinstance(lever, ValueAdd)
        case PolicyChange():
            return f"{lever.area} policy", lever.direction == "looser"
        case NetworkChange():
            return "network", lever.coverage_points > 0
        case ContractChange():
            return "contract", lever.months == 0
        case _:
            return lever.kind, True
