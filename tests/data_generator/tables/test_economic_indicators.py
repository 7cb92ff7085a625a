from __future__ import annotations

import pytest

from tests.data_generator.conftest import Market

PLACES = "economic_indicators inner join zip_demographics using (zip_code)"


def test_every_place_has_an_economy(market: Market) -> None:
    assert market.count(PLACES) == 42_000


@pytest.mark.parametrize(
    ("column", "sign"),
    [
        ("unemployment_rate", -1),
        ("poverty_rate", -1),
        ("uninsured_rate", -1),
        ("avg_credit_score", 1),
        ("pct_prime_credit", 1),
        ("ecommerce_penetration", 1),
    ],
)
def test_economies_agree_with_incomes(market: Market, column: str, sign: int) -> None:
    correlation = "select corr({}::float, median_household_income) from {}"
    assert sign * market.number(correlation, column, PLACES) > 0.4


def test_credit_shares_leave_room_for_those_between(market: Market) -> None:
    wrong = "pct_prime_credit + pct_subprime_credit >= 100"
    assert market.count("economic_indicators", wrong) == 0


def test_living_costs_more_in_hawaii_than_in_mississippi(market: Market) -> None:
    mean = "select avg(cost_of_living_index) from {} where state_code = '{}'"
    assert market.number(mean, PLACES, "HI") > market.number(mean, PLACES, "MS") + 60


def test_data_are_as_of_the_month_of_the_data_set(market: Market) -> None:
    days = market.rows("select distinct data_as_of_date::varchar from economic_indicators")
    assert days == [("2026-03-01",)]
