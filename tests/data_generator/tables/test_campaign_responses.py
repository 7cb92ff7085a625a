from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from data_generator.customers.population import Population
from data_generator.history.response_law import OFFER_TYPES, frustration, gain, response_law
from data_generator.io.recipe import AS_OF
from tests.data_generator.conftest import CUSTOMERS, SEED, Market


def test_there_are_as_many_offers_as_the_carrier_makes(market: Market) -> None:
    offers = market.number("select count(*) from campaign_responses") / CUSTOMERS
    assert offers == pytest.approx(5.29, rel=0.03)


def test_sixty_campaigns_each_have_one_of_everything(market: Market) -> None:
    campaigns = market.rows("""
        select distinct campaign_id, campaign_name, campaign_type, campaign_category, offer_type,
            offer_value, channel
        from campaign_responses
    """)
    assert len(campaigns) == 60
    assert len({campaign[0] for campaign in campaigns}) == 60
    assert len({campaign[1] for campaign in campaigns}) == 60
    assert {campaign[4] for campaign in campaigns} == set(OFFER_TYPES)
    assert not any(campaign[2] == campaign[3] for campaign in campaigns)


def test_nobody_gets_the_same_campaign_twice(market: Market) -> None:
    repeated = """
        select count(*) - count(distinct (customer_id, campaign_id)) from campaign_responses
    """
    assert market.number(repeated) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        "opened and not delivered",
        "clicked and not opened",
        "responded and not clicked",
        "converted and response_type <> 'Accepted'",
        "responded <> (response_type in ('Accepted', 'Declined', 'Complained')) and delivered",
        "delivered <> (response_type is not null)",
        "responded <> (response_at is not null)",
        "response_at < sent_at",
        "response_at >= timestamp '2026-03-01'",
        "sent_at < customer_since",
        "sent_at < timestamp '2025-03-01'",
        "converted <> (conversion_value > 0)",
        "offer_value <= 0",
    ],
)
def test_no_offer_contradicts_itself(market: Market, wrong: str) -> None:
    offers = "campaign_responses inner join customers using (customer_id)"
    assert market.count(offers, wrong) == 0


def test_offers_are_accepted_and_complained_of_at_believable_rates(market: Market) -> None:
    rates = market.rows("""
        select
            offer_type,
            avg((response_type = 'Accepted')::int),
            avg((response_type = 'Complained')::int)
        from campaign_responses where delivered group by offer_type
    """)
    assert len(rates) == len(OFFER_TYPES)
    for offer, accepted, complained in rates:
        assert 0.03 <= accepted <= 0.16, offer
        assert 0 < complained < 0.02, offer


class Answers(NamedTuple):
    """Delivered offers, a row each: to whom, what came of them, and what the law said before."""

    segment: NDArray[np.intp]
    offer: NDArray[np.intp]
    happened: tuple[NDArray[np.bool_], NDArray[np.bool_]]  # accepted, complained
    chance: tuple[NDArray[np.float64], NDArray[np.float64]]


@pytest.fixture(scope="module")
def answers(market: Market) -> Answers:
    rows = market.rows("""
        select customers.file_row_number, offer_type, offer_value::float,
            response_type = 'Accepted', response_type = 'Complained'
        from campaign_responses inner join customers using (customer_id) where delivered
    """)
    owner, kind, dollars, accepted, complained = map(np.array, zip(*rows, strict=True))
    offer = np.array([OFFER_TYPES.index(name) for name in kind])
    people = Population(SEED, AS_OF, 0, CUSTOMERS)
    worth = gain(people, owner, offer, dollars)
    chance = response_law().chances(worth, offer, frustration(people)[owner])
    return Answers(people.segment[owner].astype(np.intp), offer, (accepted, complained), chance)


def deviations(
    group: NDArray[np.intp], happened: NDArray[np.bool_], chance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far each group's rate is from the law's, in standard errors of independent answers."""
    here = np.bincount(group) > 0
    expected, variance = np.bincount(group, chance), np.bincount(group, chance * (1 - chance))
    off = np.abs(np.bincount(group, happened) - expected)[here]
    return np.asarray(off / np.sqrt(variance[here]))


@pytest.mark.parametrize("answer", [0, 1], ids=["accepted", "complained"])
def test_responses_follow_the_true_law(answers: Answers, answer: int) -> None:
    chance = answers.chance[answer]
    tenth = np.argsort(np.argsort(chance)) * 10 // len(chance)
    assert (deviations(tenth, answers.happened[answer], chance) < 4).all()


@pytest.mark.parametrize("answer", [0, 1], ids=["accepted", "complained"])
def test_each_segment_answers_each_lever_at_the_rate_of_the_law(
    answers: Answers, answer: int
) -> None:
    cell = answers.segment * len(OFFER_TYPES) + answers.offer
    off = deviations(cell, answers.happened[answer], answers.chance[answer])
    assert len(off) == 8 * len(OFFER_TYPES)
    assert (off < 4).all()
    assert np.sqrt((off**2).mean()) == pytest.approx(1, abs=0.35)
