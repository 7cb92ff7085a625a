"""Conclusions: what simulations end in once their calls are over, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from api.jobs.loops import report
from domain.catalog import Carrier
from domain.customers import Segment
from domain.errors import TwinError
from domain.personas import CustomerBase
from domain.simulations import (
    DAMAGED,
    NOTHING,
    CallRecord,
    CallState,
    ConclusionStore,
    Failure,
    Price,
    Replay,
    RetentionStore,
    Simulation,
    SimulationLog,
    SimulationReader,
    SimulationRequest,
    SimulationState,
    Summary,
    Usage,
    compare_replay,
    reason,
    usage_of,
)

Summarize = Callable[
    [SimulationRequest, Sequence[CallRecord], Sequence[Segment], Carrier, Usage], Summary
]
# Reactions of personas that are no more must not be scaled by another build's segments.
OTHER_BUILD = Failure(
    code="other_build",
    detail="the customers were built for another carrier or into other segments while it ran; "
    "ask again",
)
Verdict = tuple[SimulationState, Summary | None, Failure | None]

UNEXPECTED = Failure(code="internal", detail="an unexpected error in the service; its log has more")


@dataclass(frozen=True, slots=True)
class Market:
    """Whose customers the personas speak for, and what a language model takes, if that is known."""

    customers: CustomerBase
    price: Price | None = None


class EndedStore(SimulationReader, ConclusionStore, RetentionStore, Protocol):
    """What reads the calls of a simulation, gives it its end and notes who has heard of it."""


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
        verdict = self._verdict(simulation, records)
        replay = self._compared(simulation, records)
        return verdict[0] if self.store.conclude(simulation_id, *verdict, replay) else None

    def deliver(self, log: SimulationLog, simulation_id: str) -> None:
        """Tell the log of a concluded simulation. There is nothing to tell of a damaged one."""
        simulation = self.store.get(simulation_id)
        if simulation is None:
            return
        if not simulation.damaged:
            log.record(simulation, self.store.records(simulation_id, simulation.counts.total))
        self.store.note_delivered(simulation_id)

    def _compared(self, simulation: Simulation, records: Sequence[CallRecord]) -> Replay | None:
        if simulation.replay is None:
            return None
        of = simulation.replay.of
        earlier = self.store.records(of, len(records))
        return compare_replay(of, earlier, records) if earlier else Replay(of=of)

    def _verdict(self, simulation: Simulation, records: Sequence[CallRecord]) -> Verdict:
        state, error = _ending(simulation, records)
        over = [record for record in records if record.state is not CallState.CANCELLED]
        if not any(record.reaction for record in over):
            return state, None, error
        return self._summarized(simulation, over, self._usage(records), state, error)

    def _usage(self, records: Sequence[CallRecord]) -> Usage:
        spent = sum((record.spent for record in records if record.spent is not NOTHING), NOTHING)
        reactions = [record.reaction for record in records if record.reaction]
        return usage_of(spent, reactions, self.market.price)

    def _summarized(
        self,
        simulation: Simulation,
        records: Sequence[CallRecord],
        usage: Usage,
        state: SimulationState,
        error: Failure | None,
    ) -> Verdict:
        customers = self.market.customers
        known = {persona.persona_id for persona in customers.personas()}
        if any(record.call.persona_id not in known for record in records if record.reaction):
            return SimulationState.FAILED, None, OTHER_BUILD
        try:
            summary = self.summarize(
                simulation.request, records, customers.segments(), customers.carrier, usage
            )
        except TwinError:
            raise  # something is missing for now: the next round tries again
        except Exception as bug:  # noqa: BLE001 - it would stay running for ever
            report("summary failed", bug, simulation_id=simulation.id)
            return SimulationState.FAILED, None, UNEXPECTED
        return state, summary, error


def _ending(
    simulation: Simulation, records: Sequence[CallRecord]
) -> tuple[SimulationState, Failure | None]:
    """The final state of a simulation whose calls are over, and why it is not whole."""
    had = sum(record.reaction is not None for record in records)
    failures = [record.failure for record in records if record.failure]
    if simulation.state is SimulationState.CANCELLING:
        return SimulationState.CANCELLED, None
    if had + len(failures) < len(records):
        detail = f"{had} of {len(records)} reactions were had; retry with a larger budget"
        return SimulationState.BUDGET_EXHAUSTED, Failure(code="budget_exhausted", detail=detail)
    if not records:
        return SimulationState.FAILED, Failure(code=DAMAGED, detail=reason(["calls"]))
    if not had:
        detail = f"none of {len(records)} reactions succeeded; first: {failures[0].detail}"
        return SimulationState.FAILED, Failure(code="no_reactions", detail=detail)
    return SimulationState.PARTIAL if failures else SimulationState.SUCCEEDED, None
