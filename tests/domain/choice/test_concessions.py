from __future__ import annotations

import pytest

from domain.choice.attributes import attributes_of
from domain.choice.concessions import CONCESSIONS, most_pleasing
from domain.choice.part_worths import PRIOR
from domain.customers.respondents import Respondents
from domain.levers import AnyLever, Credit, NetworkChange, PriceChange, ValueRemoval

SCENARIOS: tuple[AnyLever, ...] = (
    PriceChange(percent=20),
    PriceChange(amount_dollars=-5, plans=("River",)),
    ValueRemoval(name="films", monthly_worth_dollars=10),
    NetworkChange(outage_hours=12, where="rural"),
    Credit(amount_dollars=30),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda lever: lever.kind)
def test_the_concession_that_pleases_most_is_the_same_beside_any_scenario(
    people: Respondents, scenario: AnyLever
) -> None:
    weights, _ = PRIOR.sentiment_weights()
    attributes = attributes_of((scenario,), people)

    def pleases(offer: str) -> float:
        beside = attributes_of((CONCESSIONS[offer],), people, besides=attributes)
        return float((beside.features @ weights).mean())

    assert most_pleasing(people, weights) == max(CONCESSIONS, key=pleases)
