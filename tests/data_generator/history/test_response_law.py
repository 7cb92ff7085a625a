from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data_generator.customers.population import Population
from data_generator.history.response_law import (
    OFFER_TYPES,
    affinities,
    frustration,
    gain,
    response_law,
)

DISCOUNT, STREAMING = OFFER_TYPES.index("Monthly Discount"), OFFER_TYPES.index("Free Streaming")


@pytest.fixture(scope="module")
def people() -> Population:
    return Population(42, date(2026, 3, 1), 0, 4_000)


def chances(people: Population, offer: int, dollars: float) -> tuple[np.ndarray[tuple[int]], ...]:
    owner = np.arange(len(people))
    offers = np.full(len(people), offer)
    worth = gain(people, owner, offers, np.full(len(people), dollars))
    return response_law().chances(worth, offers, frustration(people))


@pytest.mark.parametrize("offer", range(len(OFFER_TYPES)), ids=OFFER_TYPES)
def test_a_larger_offer_is_accepted_more_by_everybody(people: Population, offer: int) -> None:
    small, _ = chances(people, offer, 5.0)
    large, _ = chances(people, offer, 20.0)
    assert (large > small).all()


def test_the_law_has_a_slope_for_every_offer() -> None:
    assert len(response_law().accept_slopes) == len(OFFER_TYPES)


def test_those_who_watch_prices_take_discounts_more_often(people: Population) -> None:
    accept, _ = chances(people, DISCOUNT, 8.0)
    assert accept[people.segment == 0].mean() > 2 * accept[people.segment == 4].mean()


def test_those_who_stream_take_streaming_more_often(people: Population) -> None:
    accept, _ = chances(people, STREAMING, 10.0)
    likes = affinities(people)["streaming"]
    assert accept[likes > 0.8].mean() > 1.3 * accept[likes < 0.3].mean()


def test_frustrated_customers_complain_more_and_few_others_do(people: Population) -> None:
    _, complain = chances(people, DISCOUNT, 8.0)
    assert complain[people.segment == 7].mean() > 5 * complain[people.segment == 3].mean()
    assert complain.mean() < 0.02


def test_chances_leave_room_to_let_the_offer_pass(people: Population) -> None:
    accept, complain = chances(people, DISCOUNT, 20.0)
    assert (accept > 0).all()
    assert (accept + complain < 1).all()
