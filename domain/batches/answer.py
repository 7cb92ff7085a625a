"""Answer batch: what the rows of a service function get once their simulations are final."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from domain.batches.batch import Batch, Place
from domain.reactions import Reaction
from domain.simulations import Call, CallRecord, Failure, ScenarioSummary, Simulation

DELETED = Failure(code="deleted", detail="its simulation was deleted; run the query again")
UNANSWERED = Failure(code="no_reaction", detail="no reaction was stored; run the query again")
NOBODY = Failure(
    code="no_reactions", detail="no persona's reaction succeeded; see the simulation's reactions"
)


@dataclass(frozen=True, slots=True)
class Finished:
    """A simulation in a final state, with its calls by index."""

    simulation: Simulation
    records: Sequence[CallRecord]


@dataclass(frozen=True, slots=True)
class AskedReaction:
    """What a persona says, as the answer to a row of `ask`."""

    simulation_id: str
    call: Call
    reaction: Reaction


@dataclass(frozen=True, slots=True)
class MarketSummary:
    """What the market does, as the answer to a row of `simulate`."""

    simulation_id: str
    summary: ScenarioSummary


RowAnswer = AskedReaction | MarketSummary | Failure


def answers(batch: Batch, parts: Sequence[Finished | None]) -> list[tuple[int, RowAnswer]]:
    """An answer per row, in the order the rows were sent. None is a simulation now deleted."""
    return [(row.number, _answer(batch, row.outcome, parts)) for row in batch.rows]


def _answer(batch: Batch, outcome: Place | Failure, parts: Sequence[Finished | None]) -> RowAnswer:
    if isinstance(outcome, Failure):
        return outcome
    part = parts[outcome.part]
    if part is None:
        return DELETED
    match batch.function:
        case "ask":
            return _reaction(part, outcome.index)
        case "simulate":
            return _summary(part, outcome.index)
        case _:
            assert_never(batch.function)


def _reaction(part: Finished, index: int) -> AskedReaction | Failure:
    record = _record(part.records, index)
    if record is None:
        return UNANSWERED
    if record.reaction is None:
        return record.failure or UNANSWERED
    return AskedReaction(part.simulation.id, record.call, record.reaction)


def _record(records: Sequence[CallRecord], index: int) -> CallRecord | None:
    """The record of a call; plan_batch numbers them without gaps, damaged ones may be missing."""
    if index < len(records) and records[index].call.index == index:
        return records[index]
    return next((each for each in records if each.call.index == index), None)


def _summary(part: Finished, index: int) -> MarketSummary | Failure:
    simulation = part.simulation
    if simulation.summary is None:
        return simulation.error or NOBODY
    summary = simulation.summary.scenarios[index]
    return MarketSummary(simulation.id, summary) if summary.reactions_valid else NOBODY
