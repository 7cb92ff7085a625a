from __future__ import annotations

import pytest

from tests.data_generator.conftest import Market

GROUPS = {
    "age": "pct_age_18_24 + pct_age_25_34 + pct_age_35_44 + pct_age_45_54 + pct_age_55_64"
    " + pct_age_65_plus",
    "income": "pct_income_under_25k + pct_income_25k_50k + pct_income_50k_75k"
    " + pct_income_75k_100k + pct_income_100k_150k + pct_income_150k_plus",
    "education": "pct_high_school + pct_some_college + pct_bachelors + pct_graduate_degree",
    "tenure": "pct_owner_occupied + pct_renter_occupied",
    "work": "pct_white_collar + pct_blue_collar + pct_service_industry",
    "origin": "pct_white + pct_black + pct_hispanic + pct_asian + pct_other_race",
}


@pytest.mark.parametrize("group", GROUPS)
def test_shares_of_a_group_sum_to_exactly_one_hundred(market: Market, group: str) -> None:
    assert market.count("zip_demographics", f"{GROUPS[group]} <> 100") == 0


@pytest.mark.parametrize(
    "wrong",
    [
        "pct_married_couples + pct_single_parent <> pct_family_households",
        "pct_family_households + pct_living_alone > 100",
        "mean_household_income <= median_household_income",
        "per_capita_income >= mean_household_income",
        "state_name = state_code or length(state_name) < 4",
        "abs(total_population / land_area_sq_miles - population_density) > 0.01",
        "urban_rural_class = 'Urban' and population_density < 2500",
        "urban_rural_class = 'Remote' and population_density >= 7",
        "median_age not between 25 and 60",
    ],
)
def test_no_place_contradicts_itself(market: Market, wrong: str) -> None:
    assert market.count("zip_demographics", wrong) == 0


def test_every_place_is_in_a_named_market(market: Market) -> None:
    unnamed = """
        select count(*) from zip_demographics left join competitive_landscape as c using (dma_code)
        where c.dma_name is distinct from zip_demographics.dma_name
    """
    assert market.number(unnamed) == 0
    assert market.number("select count(distinct dma_code) from zip_demographics") == 210


def test_homes_cost_more_where_incomes_are_higher(market: Market) -> None:
    correlation = "select corr(median_home_value, median_household_income) from zip_demographics"
    assert market.number(correlation) > 0.6


@pytest.mark.parametrize("column", ["pct_owner_occupied", "pct_family_households"])
def test_suburbs_are_where_families_own_homes(market: Market, column: str) -> None:
    mean = "select avg({}) from zip_demographics where urban_rural_class = '{}'"
    assert market.number(mean, column, "Suburban") > market.number(mean, column, "Urban") + 8
