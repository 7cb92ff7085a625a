from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from data_generator.customers.population import Population
from data_generator.draws import Floats
from data_generator.history.event_attributes import event_attributes, status_quo
from data_generator.history.event_outcomes import ACTIONS, CHURN, action_chances
from data_generator.history.event_types import EVENT_TYPES, EventType
from data_generator.history.past_events import Event
from data_generator.history.response_law import OFFER_TYPES, frustration, gain, response_law

ACCEPT, IGNORE, COMPLAIN, THREATEN = (
    ACTIONS.index(word) for word in ("ACCEPT", "IGNORE", "COMPLAIN", "THREATEN_CHURN")
)
BY_NAME = {event_type.name: event_type for event_type in EVENT_TYPES}
LOSSES = [
    "postpaid-rise",
    "percent-rise",
    "one-off-fee",
    "commitment",
    "outage",
    "rival-discount",
    "rival-bonus",
]
GAINS = ["price-cut", "streaming-perk", "data-perk", "roaming-perk", "credit", "loyalty-reward"]


@pytest.fixture(scope="module")
def people() -> Population:
    return Population(42, date(2026, 3, 1), 0, 4_000)


def after(people: Population, name: str, size: float) -> Floats:
    event = Event(0, BY_NAME[name], date(2025, 3, 1), size)
    return action_chances(event_attributes(event, people), people)


@pytest.mark.parametrize(
    ("name", "size", "offer"),
    [
        ("credit", 30, "Bill Credit"),
        ("price-cut", -5, "Monthly Discount"),
        ("streaming-perk", 10, "Free Streaming"),
        ("data-perk", 8, "Data Bonus"),
        ("roaming-perk", 12, "Free Roaming"),
    ],
)
def test_a_past_offer_is_answered_by_the_law_of_campaigns(
    people: Population, name: str, size: float, offer: str
) -> None:
    everybody = np.arange(len(people))
    code = np.full(len(people), OFFER_TYPES.index(offer))
    worth = gain(people, everybody, code, np.full(len(people), abs(size)))
    accept, complain = response_law().chances(worth, code, frustration(people))
    chances = after(people, name, size)
    noted = chances[[ACCEPT, IGNORE, COMPLAIN]]
    assert noted[0] / noted.sum(axis=0) == pytest.approx(accept, abs=1e-6)
    assert noted[2] / noted.sum(axis=0) == pytest.approx(complain, abs=1e-6)


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)
def test_everybody_does_one_thing_after_a_move(people: Population, event_type: EventType) -> None:
    chances = after(people, event_type.name, event_type.sizes[0])
    assert chances.min() > 0
    assert chances.sum(axis=0) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_a_larger_loss_drives_nobody_back_and_some_away(people: Population, name: str) -> None:
    small, large = sorted(BY_NAME[name].sizes)[:: len(BY_NAME[name].sizes) - 1]
    less, more = after(people, name, small), after(people, name, large)
    assert (more[CHURN] >= less[CHURN]).all()
    assert (more[CHURN] > less[CHURN]).mean() > 0.7


@pytest.mark.parametrize("name", GAINS)
def test_a_gain_keeps_customers_and_is_accepted_by_more(people: Population, name: str) -> None:
    baseline = action_chances(status_quo(people), people)
    given = after(people, name, BY_NAME[name].sizes[0])
    assert (given[CHURN] <= baseline[CHURN]).all()
    assert given[ACCEPT].mean() > baseline[ACCEPT].mean()


def test_a_rise_hurts_more_than_a_cut_of_its_size_pleases(people: Population) -> None:
    baseline = action_chances(status_quo(people), people)[CHURN]
    raised = action_chances(
        event_attributes(Event(0, BY_NAME["price-cut"], date(2025, 3, 1), 5.0), people), people
    )[CHURN]
    cut = after(people, "price-cut", -5.0)[CHURN]
    assert (raised - baseline).mean() > 1.5 * (baseline - cut).mean()


def test_a_contract_holds_those_who_would_leave(people: Population) -> None:
    baseline = action_chances(status_quo(people), people)[CHURN]
    relative_hazard = after(people, "percent-rise", 8.0)[CHURN] / baseline
    alike = (people.segment == 2) & ~people.prepaid
    bound = people.contract > 0
    assert relative_hazard[alike & bound].mean() < relative_hazard[alike & ~bound].mean()


@pytest.mark.parametrize(
    ("name", "touched"),
    [
        ("prepaid-rise", lambda people: people.prepaid),
        ("postpaid-rise", lambda people: ~people.prepaid),
        ("blizzard-rise", lambda people: people.plan == 3),
        ("rural-towers", lambda people: people.area_class >= 2),
        ("loyalty-reward", lambda people: people.tenure_months >= 24),
    ],
)
def test_a_move_leaves_those_alone_whom_it_is_not_for(
    people: Population, name: str, touched: Callable[[Population], NDArray[np.bool_]]
) -> None:
    reached = touched(people)
    baseline = action_chances(status_quo(people), people)
    moved = after(people, name, BY_NAME[name].sizes[0])
    differs = (moved != baseline).any(axis=0)
    assert not differs[~reached].any()
    assert differs[reached].all()


def test_customers_without_a_move_leave_at_the_carriers_own_rate(people: Population) -> None:
    monthly = action_chances(status_quo(people), people)[CHURN].mean()
    assert monthly == pytest.approx(0.018, abs=0.0005)
