"""A question that changes one thing of a scenario is read against its levers."""

from __future__ import annotations

from typing import Any

import pytest

from domain.catalog import Carrier
from domain.interview.conversations import Turn
from domain.interview.follow_up import follow_up
from domain.levers import AnyLever, PriceChange, ValueAdd
from domain.scenarios.scenario import Scenario
from tests.fakes.simulations import a_reaction

RISE = PriceChange(amount_dollars=5, scope="postpaid", read_from="up by $5")
PERK = ValueAdd(name="Disney+", monthly_worth_dollars=10, affinity="streaming")


def turns_with(*levers: AnyLever) -> list[Turn]:
    reaction = a_reaction().model_copy(update={"levers": levers})
    return [Turn(index=0, scenario=Scenario(text="Up by $5.", notice_days=7), reply=reaction)]


def levers_of(question: str, carrier: Carrier, *before: AnyLever) -> list[dict[str, Any]]:
    found = follow_up(question, turns_with(*before), carrier)
    assert found is not None
    assert found.turn == 0
    assert found.scenario.levers is not None
    return [lever.model_dump() for lever in found.scenario.levers]


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("What if it was only $2?", {"amount_dollars": 2}),
        ("And if it were $3 instead?", {"amount_dollars": 3}),
        ("How about 10%?", {"amount_dollars": None, "percent": 10}),
        ("What if it was half of that?", {"amount_dollars": 2.5}),
        ("And if you doubled it?", {"amount_dollars": 10}),
        ("What if it was for prepaid customers only?", {"scope": "prepaid"}),
    ],
)
def test_one_lever_changes_and_says_the_words_it_was_read_from(
    carrier: Carrier, question: str, changed: dict[str, Any]
) -> None:
    price, perk = levers_of(question, carrier, RISE, PERK)
    assert price == {**RISE.model_dump(), **changed, "read_from": question}
    assert perk == PERK.model_dump()


def test_a_price_that_was_to_fall_falls_by_the_new_amount(carrier: Carrier) -> None:
    cut = PriceChange(amount_dollars=-5)
    (price,) = levers_of("What if it was $8?", carrier, cut)
    assert price["amount_dollars"] == -8


def test_what_is_left_out_is_gone(carrier: Carrier) -> None:
    (left,) = levers_of("And if it was without Disney+?", carrier, RISE, PERK)
    assert left == RISE.model_dump()


def test_what_is_added_comes_on_top(carrier: Carrier) -> None:
    levers = levers_of("What if you added free Netflix?", carrier, RISE, PERK)
    assert levers[:2] == [RISE.model_dump(), PERK.model_dump()]
    assert [lever["kind"] for lever in levers] == ["price_change", "value_add", "value_add"]


def test_the_notice_can_be_changed_alone(carrier: Carrier) -> None:
    found = follow_up("And if we gave 60 days notice?", turns_with(RISE), carrier)
    assert found is not None
    assert (found.scenario.levers, found.scenario.notice_days) == ((RISE,), 60)


@pytest.mark.parametrize(
    "question", ["Why?", "What about coverage?", "What if it rains?", "How much is $5 to you?"]
)
def test_what_supposes_nothing_measurable_is_no_scenario(carrier: Carrier, question: str) -> None:
    assert follow_up(question, turns_with(RISE), carrier) is None


def test_without_a_scenario_before_there_is_nothing_to_change(carrier: Carrier) -> None:
    assert follow_up("What if it was only $2?", (), carrier) is None
    assert follow_up("What if it was only $2?", turns_with(), carrier) is None
