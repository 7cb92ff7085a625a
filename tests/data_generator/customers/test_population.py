from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data_generator.customers.plans import ALLOWANCE_GB
from data_generator.customers.population import Population
from data_generator.customers.segments import CHURN_RISK, SHARE
from data_generator.customers.traits import ground_truth

DAYS = [date(2026, 3, 1), date(2026, 3, 17), date(2024, 2, 29), date(2025, 1, 31)]


@pytest.fixture(scope="module")
def people() -> Population:
    return Population(42, date(2026, 3, 1), 0, 20_000)


@pytest.mark.parametrize("customers", [400, 20_000])
def test_segments_have_their_shares_in_sets_of_any_size(customers: int) -> None:
    shares = np.bincount(ground_truth(customers, 42), minlength=8) / customers
    assert shares == pytest.approx(SHARE, abs=0.005)


def test_ground_truth_is_the_segment_behind_the_rows(people: Population) -> None:
    assert np.array_equal(ground_truth(20_000, 42), people.segment)


def test_a_customer_is_the_same_in_any_range(people: Population) -> None:
    few = Population(42, date(2026, 3, 1), 5_000, 100)
    for trait in ("age", "place", "tenure_months", "plan", "data_gb", "churn_risk_hundredths"):
        assert np.array_equal(getattr(people, trait)[5_000:5_100], getattr(few, trait)), trait


@pytest.mark.parametrize("as_of", DAYS, ids=str)
def test_tenure_counts_the_full_months_since_joining(as_of: date) -> None:
    people = Population(42, as_of, 0, 3_000)
    first_full_month = people.customer_since.astype("datetime64[M]") + 1
    full_months = (np.datetime64(as_of, "M") - first_full_month).astype(np.int64)
    assert np.array_equal(people.tenure_months, full_months)


@pytest.mark.parametrize("as_of", DAYS, ids=str)
def test_nothing_can_be_recorded_outside_the_window(as_of: date) -> None:
    people = Population(42, as_of, 0, 3_000)
    assert (people.window_start >= people.customer_since).all()
    assert people.window_days.min() >= 28
    assert people.window_days.max() in (365, 366)


def test_churn_scores_have_no_floor_and_the_carriers_mean(people: Population) -> None:
    score = people.churn_risk_hundredths
    assert np.bincount(score).max() / len(score) < 0.10
    assert score.min() > 0
    within_a_year = 1 - (1 - 0.018) ** 12
    assert score.mean() / 100 == pytest.approx(within_a_year, abs=0.015)
    assert np.dot(SHARE, CHURN_RISK) == pytest.approx(within_a_year, abs=0.015)


def test_nobody_stays_on_a_plan_they_exceed_by_half(people: Population) -> None:
    assert (people.data_gb <= 1.5 * ALLOWANCE_GB[people.plan]).all()


def test_rural_customers_live_in_the_country_and_hardly_anybody_else(people: Population) -> None:
    country = people.area_class >= 2
    assert country[people.segment == 5].mean() > 0.93
    assert country[people.segment != 5].mean() < 0.04
