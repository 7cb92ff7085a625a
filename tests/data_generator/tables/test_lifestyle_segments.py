from __future__ import annotations

import pytest

from data_generator.tables.lifestyle_segments import LIFESTYLES
from tests.data_generator.conftest import Market

PLACES = "lifestyle_segments inner join zip_demographics using (zip_code)"


def test_every_lifestyle_is_lived_somewhere(market: Market) -> None:
    lived = market.rows("select distinct primary_lifestyle from lifestyle_segments")
    assert {lifestyle for (lifestyle,) in lived} == set(LIFESTYLES)


@pytest.mark.parametrize(
    "wrong",
    [
        "pct_iphone + pct_android <> 100",
        "pref_channel_digital + pref_channel_phone + pref_channel_store + pref_channel_chat <> 100",
        "primary_lifestyle = secondary_lifestyle",
        "tech_adoption_score not between 1 and 99",
        "lifestyle_diversity not between 0 and 0.9",
    ],
)
def test_no_place_contradicts_itself(market: Market, wrong: str) -> None:
    assert market.count("lifestyle_segments", wrong) == 0


def test_people_watch_prices_where_incomes_are_low(market: Market) -> None:
    correlation = "select corr(price_sensitivity_index, median_household_income) from {}"
    assert market.number(correlation, PLACES) < -0.6


@pytest.mark.parametrize(
    ("lifestyle", "area_class"),
    [("Rural Reliability", "Rural"), ("Suburban Family Focus", "Suburban")],
)
def test_lifestyles_are_lived_where_they_belong(
    market: Market, lifestyle: str, area_class: str
) -> None:
    share = """
        select avg((urban_rural_class = '{}')::int) from {} where primary_lifestyle = '{}'
    """
    assert market.number(share, area_class, PLACES, lifestyle) > 0.7


def test_value_seekers_live_where_people_watch_prices(market: Market) -> None:
    index = """
        select avg(price_sensitivity_index) from customers
        inner join lifestyle_segments using (zip_code) where plan_name = '{}'
    """
    assert market.number(index, "Glacier") > market.number(index, "Summit") + 15
