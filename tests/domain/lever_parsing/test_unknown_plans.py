"""Plans that customers are on and the carrier does not have: a text that names one is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from domain.catalog import AddOn, Carrier, Plan, Rival
from domain.errors import InvalidInput
from domain.lever_parsing.unknown_plans import unknown_plans_in
from domain.simulations.plan import plan_calls
from domain.simulations.simulation import SimulationRequest
from tests.fakes.customers import FakeCustomers

CARRIER = Carrier(
    name="Harbor",
    subscribers=1_000,
    monthly_churn=0.02,
    plans=(Plan(name="Mobile Unlimited", category="Postpaid", price_dollars=50),),
    add_ons=(AddOn(name="Smart Watch", price_dollars=5),),
    rivals=(Rival(name="Basic Telecom"),),
    segment_count=4,
)
STRANGE = {"Mobile Smart": 10, "Unlimited": 5, "Basic": 3, "No": 2, "fiber optic": 4, "Smart": 1}


class Harbor(FakeCustomers):
    """Customers on one plan of the carrier's and on six it does not have."""

    @property
    def carrier(self) -> Carrier:
        return CARRIER

    def plans(self) -> dict[str, int]:
        return {"Mobile Unlimited": 30, **STRANGE}


def named(text: str) -> Sequence[str]:
    return [fault.detail.partition(" is a plan")[0] for fault in unknown_plans_in(text, HARBOR, "")]


HARBOR = Harbor()


@pytest.mark.parametrize(
    ("text", "plans"),
    [
        ("We raise the price of Mobile Smart by $5 a month.", ["Mobile Smart"]),
        ("we raise mobile smart by $5", ["Mobile Smart"]),
        ("MOBILE SMART GOES UP BY $5", ["Mobile Smart"]),
        ("Mobile Smart goes up by $5.", ["Mobile Smart"]),
        ("Prices of 'Mobile Smart' and Basic rise by $5.", ["Mobile Smart", "Basic"]),
        ("Basic goes up by $5.", ["Basic"]),
        ("the basic plan gets 5 dollars dearer", ["Basic"]),
        ("We cut basic by $5.", ["Basic"]),
        ("Customers on the No plan pay $5 more.", ["No"]),
        ("Fiber optic customers pay $5 more.", ["fiber optic"]),
        ("Unlimited, Mobile Unlimited and Mobile Smart rise by $5.", ["Mobile Smart"]),
    ],
)
def test_a_plan_of_the_data_that_the_carrier_lacks_is_known_by_its_name(
    text: str, plans: list[str]
) -> None:
    assert named(text) == plans


@pytest.mark.parametrize(
    "text",
    [
        "We raise all prices by $5 a month.",
        "No more late fees.",
        "no contract any more",
        "There are no fees. No hidden costs either.",
        "We offer unlimited data to everybody.",
        "Mobile Unlimited goes up by $5.",
        "A smart move: basic manners from support.",
        "Smart Watch is free for a year.",
        "Basic Telecom offers $5 off.",
        "A fiber optic network reaches your town.",
    ],
)
def test_common_words_and_names_of_the_carriers_own_are_no_unknown_plans(text: str) -> None:
    assert named(text) == []


def test_a_scenario_that_names_one_is_refused_with_the_plans_there_are() -> None:
    texts = ("Prices rise by $5.", "Mobile Smart goes up by $5.")
    request = SimulationRequest.model_validate({"scenarios": [{"text": text} for text in texts]})

    with pytest.raises(InvalidInput) as refused:
        plan_calls(request, HARBOR)

    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/scenarios/1", "unknown_plan")
    assert "use one of Mobile Unlimited" in fault.detail


def test_levers_that_are_given_stand_whatever_the_text_names() -> None:
    lever = {"kind": "price_change", "amount_dollars": 5, "plans": ["Mobile Unlimited"]}
    scenario = {"text": "Mobile Smart goes up by $5.", "levers": [lever]}

    assert plan_calls(SimulationRequest.model_validate({"scenarios": [scenario]}), HARBOR)


@pytest.mark.parametrize("plan", ["Mobile Smart", "Nowhere"])
def test_levers_that_name_one_are_refused(plan: str) -> None:
    lever = {"kind": "price_change", "amount_dollars": 5, "plans": [plan]}
    request = {"scenarios": [{"text": "A rise.", "levers": [lever]}]}

    with pytest.raises(InvalidInput) as refused:
        plan_calls(SimulationRequest.model_validate(request), HARBOR)

    assert [fault.pointer for fault in refused.value.faults] == ["/scenarios/0/levers/0/plans/0"]
