"""Precedents: which past events are worth telling beside a reaction, and which would mislead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from domain.catalog import Carrier
from domain.evidence.lexical import most_relevant
from domain.lever_parsing import read_levers
from domain.levers import AnyLever, Effect
from domain.reactions import Evidence

CONSIDERED = 12  # chosen: of the events that share most words; each is read before it is told
MOST_KEPT = 4_096  # chosen: readings, a millisecond each to make; eight segments of 500 events


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
        wanted = _effects(levers)
        opposite = {Effect(effect.changed, not effect.better) for effect in wanted}
        events = [
            (event, self._read(event.text)) for event in most_relevant(text, past, CONSIDERED)
        ]
        alike = [event for event, effects in events if effects & wanted]
        others = [event for event, effects in events if not effects & (wanted | opposite)]
        return tuple([*alike, *others][:most])

    @cached_property
    def _read(self) -> Callable[[str], frozenset[Effect]]:
        return lru_cache(MOST_KEPT)(lambda text: _effects(read_levers(text, self.carrier).levers))


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


def _effects(levers: Sequence[AnyLever]) -> frozenset[Effect]:
    return frozenset(lever.effect for lever in levers)
