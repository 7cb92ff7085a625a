from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.batches.answer import (
    DELETED,
    NOBODY,
    AskedReaction,
    Finished,
    MarketSummary,
    RowAnswer,
    answers,
)
from domain.batches.batch import Batch, Function, Place, PlannedRow
from domain.simulations.simulation import (
    Call,
    CallRecord,
    CallState,
    Counts,
    Failure,
    Simulation,
    SimulationState,
)
from domain.simulations.summary import summarize
from tests.fakes.customers import CARRIER, FakeCustomers
from tests.fakes.simulations import a_reaction, a_request, some_calls

TIMEOUT = Failure(code="timeout", detail="no reaction within 120 s; retry")
ALL_FAILED = Failure(code="no_reactions", detail="none of 1 reactions succeeded")
NULL = Failure(code="null_argument", detail="the scenario is NULL; give a text")


def record(call: Call, outcome: str | Failure) -> CallRecord:
    if isinstance(outcome, Failure):
        return CallRecord(call=call, state=CallState.FAILED, attempts=1, failure=outcome)
    reaction = a_reaction(outcome)
    return CallRecord(call=call, state=CallState.DONE, attempts=1, reaction=reaction)


def finished(*outcomes: str | Failure) -> Finished:
    """A simulation of one scenario whose calls came to these words or failures."""
    calls, request = some_calls(len(outcomes)), a_request()
    records = [record(call, out) for call, out in zip(calls, outcomes, strict=True)]
    heard = any(r.reaction for r in records)
    failed = len([r for r in records if r.failure])
    simulation = Simulation(
        id="sim_a",
        state=SimulationState.PARTIAL if heard else SimulationState.FAILED,
        request=request,
        counts=Counts(
            total=len(calls), done=len(calls) - failed, failed=failed, running=0, pending=0
        ),
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        error=None if heard else ALL_FAILED,
        summary=summarize(request, records, FakeCustomers().segments(), CARRIER) if heard else None,
    )
    return Finished(simulation, records)


def answered(
    function: Function, part: Finished | None, *outcomes: Place | Failure
) -> list[RowAnswer]:
    rows = tuple(PlannedRow(number=n, outcome=out) for n, out in enumerate(outcomes))
    batch = Batch(function=function, rows_hash="", rows=rows, simulation_ids=("sim_a",))
    numbered = answers(batch, [part])
    assert [number for number, _ in numbered] == list(range(len(outcomes)))
    return [answer for _, answer in numbered]


def at(index: int) -> Place:
    return Place(part=0, index=index)


def test_a_row_gets_the_reaction_of_its_own_call() -> None:
    part = finished("first", "second", TIMEOUT)

    second, null, timeout, first = answered("ask", part, at(1), NULL, at(2), at(0))

    assert isinstance(first, AskedReaction)
    assert isinstance(second, AskedReaction)
    assert (first.reaction.reasoning, second.reaction.reasoning) == ("first", "second")
    assert second.call.persona_id == "per_1"
    assert (null, timeout) == (NULL, TIMEOUT)


def test_a_row_gets_the_summary_of_its_scenario() -> None:
    (summary,) = answered("simulate", finished("fine", TIMEOUT), at(0))

    assert isinstance(summary, MarketSummary)
    assert (summary.summary.reactions_valid, summary.summary.reactions_failed) == (1, 1)


def test_a_market_that_said_nothing_is_an_error_with_its_reason() -> None:
    assert answered("simulate", finished(TIMEOUT), at(0)) == [ALL_FAILED]


def test_a_scenario_nobody_answered_is_an_error_beside_others() -> None:
    part = finished("fine")
    summary = part.simulation.summary
    assert summary is not None
    unheard = summary.scenarios[0].model_copy(update={"reactions_valid": 0})
    both = summary.model_copy(update={"scenarios": (unheard, summary.scenarios[0])})
    part = Finished(part.simulation.model_copy(update={"summary": both}), part.records)

    first, second = answered("simulate", part, at(0), at(1))

    assert first == NOBODY
    assert isinstance(second, MarketSummary)


@pytest.mark.parametrize("function", ["ask", "simulate"])
def test_what_was_deleted_is_told_and_refusals_are_still_known(function: Function) -> None:
    assert answered(function, None, at(0), NULL) == [DELETED, NULL]
