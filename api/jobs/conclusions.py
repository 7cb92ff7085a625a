"""Conclusions: simulations whose calls are over get their ends, whoever had the calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from api.jobs.loops import report
from domain.errors import TwinError
from domain.simulations import (
    CallRecord,
    Conclusion,
    ConclusionStore,
    Failure,
    Market,
    Simulation,
    SimulationReader,
    SimulationState,
    Summarize,
    compare_with_original,
    conclude,
)

UNEXPECTED = Failure(code="internal", detail="an unexpected error in the service; its log has more")


class EndedStore(SimulationReader, ConclusionStore, Protocol):
    """What reads the calls of a simulation and gives it its end."""


@dataclass(frozen=True, slots=True)
class Conclusions:
    """Gives simulations of a store their ends. All of it blocks."""

    store: EndedStore
    market: Market
    summarize: Summarize

    def conclude(self, simulation_id: str) -> SimulationState | None:
        """Give a simulation whose calls are over its final state; None where it had one.

        One that breaks whoever concludes it is set aside, for others wait behind it.
        """
        try:
            return self._conclude(simulation_id)
        except TwinError:
            raise  # something is missing for now: the next round tries again
        except Exception as bug:  # noqa: BLE001 - it would be tried for ever
            report("conclusion failed", bug, simulation_id=simulation_id)
            self.store.set_aside(simulation_id)
            return SimulationState.FAILED

    def _conclude(self, simulation_id: str) -> SimulationState | None:
        simulation = self.store.get(simulation_id)
        if simulation is not None and simulation.damaged:
            self.store.set_aside(simulation_id)
            return SimulationState.FAILED
        if simulation is None or simulation.state.final:
            return None
        records = self.store.records(simulation_id, simulation.counts.total)
        end = self._conclusion(simulation, records)
        replay = compare_with_original(simulation, records, self.store)
        ended = self.store.conclude(simulation_id, end.state, end.summary, end.error, replay)
        return end.state if ended else None

    def _conclusion(self, simulation: Simulation, records: Sequence[CallRecord]) -> Conclusion:
        try:
            return conclude(simulation, records, self.market, self.summarize)
        except TwinError:
            raise  # something is missing for now: the next round tries again
        except Exception as bug:  # noqa: BLE001 - it would stay running for ever
            report("summary failed", bug, simulation_id=simulation.id)
            return Conclusion(SimulationState.FAILED, error=UNEXPECTED)
