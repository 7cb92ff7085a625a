from __future__ import annotations

import numpy as np
import pytest

from domain.chances import chances
from domain.lever_features import feel
from domain.part_worths import ACTION_INDEX, PRIOR
from domain.reactions import Action
from domain.respondents import Respondents
from domain.scenarios import PriceChange
from domain.worlds import DRAWS, Stakes, Worlds, estimates

CHURN, THREATEN = ACTION_INDEX[Action.CHURN], ACTION_INDEX[Action.THREATEN_CHURN]


def test_many_worlds_at_once_measure_what_each_does_alone(people: Respondents) -> None:
    some = people.where(np.arange(40))
    touch = feel((PriceChange(percent=10),), some).features
    baseline, spirits = np.full((40, 7), -2.0), np.linspace(-1, 1, 40)
    bill = some.monthly_bill_dollars.astype(np.float64)
    usual = chances(baseline)
    worlds = Worlds.imagined(PRIOR, 5, 400, 40)

    found = worlds.measures(Stakes(bill, bill / 10, bill, -bill, usual.T), baseline, spirits, touch)

    for world in (0, 37, DRAWS - 1):
        weight = worlds.counts[world]
        moved = chances(baseline + touch @ worlds.weights[world].T)
        churn = moved[:, CHURN] - usual[:, CHURN]
        risk = moved[:, CHURN] + moved[:, THREATEN]
        mood = np.tanh(spirits + touch @ worlds.feelings[world])
        assert found["churn_uplift_points"][world] == pytest.approx(100 * weight @ churn)
        assert found["churn"][world] == pytest.approx(-weight @ (bill * churn))
        assert found["at_risk"][world] == pytest.approx(weight @ (bill * risk))
        assert found["sentiment"][world] == pytest.approx(weight @ mood)


def test_the_same_seed_imagines_the_same_worlds_and_nobody_changes_them() -> None:
    first, second = (Worlds.imagined(PRIOR, 5, 400, 40) for _ in range(2))
    other = Worlds.imagined(PRIOR, 6, 400, 40)

    assert np.array_equal(first.counts, second.counts)
    assert np.array_equal(first.weights, second.weights)
    assert not np.array_equal(first.counts, other.counts)
    with pytest.raises(ValueError, match="read-only"):
        first.counts[0, 0] = 1.0


def test_customers_who_stand_for_more_others_count_more_alike() -> None:
    alone, crowd = (Worlds.imagined(PRIOR, 5, customers, 40) for customers in (40, 4_000))

    assert crowd.counts.std() < alone.counts.std() / 5
    assert np.allclose(crowd.counts.sum(axis=1), 1.0)


def test_an_interval_holds_its_value_also_where_no_world_reaches_it() -> None:
    told = estimates({"price": np.array(9.0)}, {"price": np.linspace(0.0, 1.0, DRAWS)})

    assert told["price"].low == pytest.approx(0.05)
    assert told["price"].value == told["price"].high == 9.0
