"""Rules of places: what a value must be in the tables of places and markets; see rules.py."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.warehouse.validation.rule_kinds import (
    ANY_DAY,
    GROWTH,
    INDEX,
    NOT_NEGATIVE,
    PERCENTAGE,
    SHARE,
    AnyRule,
    between,
    each,
    one_of,
)

# A key is `column`, in whatever table.
PLACE_RULES: Mapping[str, AnyRule] = {
    # zip_demographics
    "urban_rural_class": one_of("Urban", "Suburban", "Rural", "Remote"),
    "median_age": between(0, 130),
    "labor_force_participation": PERCENTAGE,
    **each(
        (
            "total_population",
            "population_density",
            "land_area_sq_miles",
            "median_household_income",
            "mean_household_income",
            "per_capita_income",
            "median_home_value",
            "median_rent",
            "avg_household_size",
        ),
        NOT_NEGATIVE,
    ),
    **each(
        (
            f"pct_{group}"
            for group in (
                *("age_18_24", "age_25_34", "age_35_44", "age_45_54", "age_55_64", "age_65_plus"),
                *("income_under_25k", "income_25k_50k", "income_50k_75k", "income_75k_100k"),
                *("income_100k_150k", "income_150k_plus"),
                *("high_school", "some_college", "bachelors", "graduate_degree"),
                *("owner_occupied", "renter_occupied"),
                *("family_households", "married_couples", "single_parent", "living_alone"),
                *("white_collar", "blue_collar", "service_industry"),
                *("white", "black", "hispanic", "asian", "other_race"),
            )
        ),
        PERCENTAGE,
    ),
    # economic_indicators
    **each(
        (
            "cost_of_living_index",
            "housing_cost_index",
            "utilities_cost_index",
            "transportation_index",
            "groceries_index",
            "healthcare_index",
            "retail_sales_per_capita",
            "avg_debt_to_income",
        ),
        NOT_NEGATIVE,
    ),
    **each(
        (
            "unemployment_rate",
            "poverty_rate",
            "food_insecurity_rate",
            "uninsured_rate",
            "vacancy_rate",
            "pct_prime_credit",
            "pct_subprime_credit",
            "ecommerce_penetration",
        ),
        PERCENTAGE,
    ),
    **each(
        ("job_growth_rate_yoy", "home_price_growth_yoy", "rent_growth_yoy", "yoy_market_growth"),
        GROWTH,
    ),
    "avg_credit_score": between(300, 850),
    # competitive_landscape
    **each(("total_wireless_subs", "market_size_revenue", "snowmobile_subs"), NOT_NEGATIVE),
    **each(
        (
            "snowmobile_market_share",
            "snowmobile_coverage_pct",
            "snowmobile_5g_pct",
            "vz_market_share",
            "vz_coverage_pct",
            "att_market_share",
            "att_coverage_pct",
            "tmo_market_share",
            "tmo_coverage_pct",
            "regional_market_share",
        ),
        PERCENTAGE,
    ),
    **each(("snowmobile_nps", "vz_nps", "att_nps", "tmo_nps"), between(-100, 100)),
    **each(("vz_avg_price", "att_avg_price", "tmo_avg_price", "regional_avg_price"), NOT_NEGATIVE),
    "market_concentration": NOT_NEGATIVE,
    "price_war_intensity": one_of("Low", "Medium", "High"),
    "promo_end_date": ANY_DAY,
    # lifestyle_segments
    "lifestyle_diversity": SHARE,
    **each(
        (
            "tech_adoption_score",
            "price_sensitivity_index",
            "brand_loyalty_index",
            "eco_consciousness",
            "early_adopter_index",
            "deal_seeker_index",
        ),
        INDEX,
    ),
    **each(
        (
            "smartphone_penetration",
            "pct_iphone",
            "pct_android",
            "smart_home_adoption",
            "streaming_penetration",
            "cord_cutter_rate",
            "social_media_heavy_pct",
            "online_shopping_pct",
            "mobile_banking_pct",
            "pref_channel_digital",
            "pref_channel_phone",
            "pref_channel_store",
            "pref_channel_chat",
            "family_plan_propensity",
            "premium_plan_propensity",
            "prepaid_propensity",
            "switching_propensity",
            "competitor_awareness",
        ),
        PERCENTAGE,
    ),
    "avg_daily_screen_time": between(0, 24),
    **each(("streaming_hours_week", "gaming_hours_week"), between(0, 168)),
    **each(("avg_data_usage_gb", "avg_lines_per_account"), NOT_NEGATIVE),
}
