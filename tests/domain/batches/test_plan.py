from __future__ import annotations

import pytest

from domain.batches.batch import BatchPlan, Place, Row
from domain.batches.plan import (
    LONGEST_QUESTION,
    LONGEST_SCENARIO,
    MOST_SCENARIOS,
    Asked,
    plan_asking,
    plan_market,
    read_question,
)
from domain.scenarios.scenario import Scenario
from domain.simulations.simulation import Failure
from tests.fakes.customers import FakeCustomers

CUSTOMERS = FakeCustomers()
PERSONAS = CUSTOMERS.personas()
RISE, CREDIT = "Prices rise by $5 a month.", "A one-time credit of $20."


def rows(*arguments: tuple[object, ...]) -> list[Row]:
    return [Row(number, row) for number, row in enumerate(arguments)]


def ask(*arguments: tuple[object, ...]) -> BatchPlan:
    return plan_asking(rows(*arguments), CUSTOMERS)


def market(*arguments: tuple[object, ...]) -> BatchPlan:
    return plan_market(rows(*arguments), CUSTOMERS)


def refusal(plan: BatchPlan, number: int = 0) -> Failure:
    outcome = plan.rows[number].outcome
    assert isinstance(outcome, Failure)
    return outcome


def asked_at(plan: BatchPlan, number: int) -> tuple[str, str]:
    """Whom a row asks, and what, as its simulation will."""
    place = plan.rows[number].outcome
    assert isinstance(place, Place)
    part = plan.parts[place.part]
    call = part.calls[place.index]
    assert call.index == place.index
    return call.segment_id, part.request.scenarios[call.scenario_index].text


def test_a_row_is_one_call_and_no_other_is_made() -> None:
    plan = ask(("S2", RISE), (PERSONAS[0].persona_id, CREDIT))

    (part,) = plan.parts
    assert [asked_at(plan, number) for number in range(2)] == [("S2", RISE), ("S1", CREDIT)]
    assert len(part.calls) == 2
    assert part.request.panel.segments == ("S2", "S1")
    assert part.request.labels["source"] == "service-function"


def test_equal_rows_share_a_call() -> None:
    plan = ask(("S1", RISE), ("S1", RISE), (PERSONAS[0].persona_id, RISE))

    assert [row.outcome for row in plan.rows] == [Place(part=0, index=0)] * 3
    assert len(plan.parts[0].calls) == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((None, RISE), "null_argument"),
        (("S1", None), "null_argument"),
        ((1, RISE), "invalid_argument"),
        (("S1", " "), "invalid_argument"),
        (("S1", "x" * (LONGEST_SCENARIO + 1)), "invalid_argument"),
        (("S99", RISE), "unknown_persona"),
        (("S1",), "wrong_arguments"),
        (("S1", RISE, "more"), "wrong_arguments"),
    ],
)
def test_a_bad_row_is_refused_alone(arguments: tuple[object, ...], code: str) -> None:
    plan = ask(("S1", RISE), arguments, ("S2", RISE))

    assert refusal(plan, 1).code == code
    assert asked_at(plan, 2) == ("S2", RISE)


def test_a_batch_of_bad_rows_needs_no_simulation() -> None:
    assert ask((None, None)).parts == ()
    assert market((None,)).parts == ()


def test_a_refusal_says_whom_one_may_ask() -> None:
    assert f"S1 ({PERSONAS[0].persona_id})" in refusal(ask(("S99", RISE))).detail


def test_what_a_row_may_say_is_what_a_scenario_may_say() -> None:
    longest = "x" * LONGEST_SCENARIO
    assert asked_at(ask(("S1", longest)), 0) == ("S1", Scenario(text=longest).text)


def test_more_scenarios_than_a_simulation_holds_are_split() -> None:
    sent = [(f"S{n % 8 + 1}", f"Prices rise by ${n}.") for n in range(MOST_SCENARIOS * 2 + 1)]

    plan = ask(*sent)

    assert [len(part.request.scenarios) for part in plan.parts] == [50, 50, 1]
    assert [asked_at(plan, number) for number in range(len(sent))] == sent


def test_the_market_is_every_persona_for_each_scenario() -> None:
    plan = market((RISE,), (None,), (CREDIT,), (RISE,))

    (part,) = plan.parts
    assert [s.text for s in part.request.scenarios] == [RISE, CREDIT]
    assert len(part.calls) == 2 * len(PERSONAS)
    assert [row.outcome for row in plan.rows if row.number != 1] == [
        Place(part=0, index=index) for index in (0, 1, 0)
    ]
    assert refusal(plan, 1).code == "null_argument"


def test_rows_keep_the_numbers_they_came_with() -> None:
    plan = plan_asking([Row(7, ("S1", RISE)), Row(3, (None, RISE))], CUSTOMERS)
    assert [row.number for row in plan.rows] == [7, 3]


def test_a_question_has_its_own_limit() -> None:
    read = [read_question(Row(0, ("S1", "x" * n)), PERSONAS) for n in (LONGEST_QUESTION, 4_001)]
    assert [type(one) for one in read] == [Asked, Failure]
