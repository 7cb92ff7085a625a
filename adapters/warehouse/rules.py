"""What a value must be, column by column, beyond the type that sql/02, 03 and 08 declare.

A rule holds for every value that is there; whether one must be there is the tables' own `not null`.
Allowed words are listed only where sql/06 and sql/07 compare with them: any other word would be
taken for "none of these" without a sound. Other words can be mapped (docs/loading.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

FIRST_DAY = "1900-01-01"  # chosen: nobody's contract is older; a wrong century is caught
LAST_DAY = "2200-01-01"  # chosen: for what is still to come, such as the end of a contract


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition in SQL on `{value}`, and how to say what it asks for: "must be ..."."""

    holds: str
    must_be: str

    def holds_for(self, value: str) -> str:
        """The condition on an SQL expression."""
        return self.holds.replace("{value}", value)


def rule_of(table: str, column: str, today: date) -> Rule | None:
    """The rule for a column of a table, or None where any value of its type will do.

    What has happened may be dated tomorrow at the latest, wherever on earth `today` is.
    """
    rule = RULES.get(f"{table}.{column}", RULES.get(column))
    if rule is None or rule is not PAST:
        return rule
    return _not_after(rule, today + timedelta(days=1))


def _between(least: float, most: float) -> Rule:
    return Rule(f"{{value}} between {least} and {most}", f"from {least} to {most}")


def _one_of(*words: str) -> Rule:
    listed = ", ".join(exp.Literal.string(word).sql(dialect="duckdb") for word in words)
    return Rule(f"{{value}} in ({listed})", f"one of {', '.join(words)}")


def _matching(pattern: str, must_be: str) -> Rule:
    return Rule(f"regexp_full_match({{value}}, '{pattern}')", must_be)


def _not_after(rule: Rule, last: date) -> Rule:
    return Rule(f"{rule.holds} and {{value}} < '{last + timedelta(days=1)}'", rule.must_be)


def _each(columns: Iterable[str], rule: Rule) -> dict[str, Rule]:
    return dict.fromkeys(columns, rule)


PERCENTAGE = _between(0, 100)
INDEX = _between(0, 100)
SHARE = _between(0, 1)
RATING = _between(0, 10)
GROWTH = Rule("{value} >= -100", "-100 % or more")
NOT_NEGATIVE = Rule("{value} >= 0", "0 or more")
AT_LEAST_ONE = Rule("{value} >= 1", "1 or more")
PAST = Rule(f"{{value}} >= '{FIRST_DAY}'", f"a day from {FIRST_DAY} to tomorrow")
ANY_DAY = Rule(f"{{value}} between '{FIRST_DAY}' and '{LAST_DAY}'", f"{FIRST_DAY} to {LAST_DAY}")
NOT_BLANK = Rule("trim({value}) <> ''", "more than blanks")
ZIP_CODE = _matching("[0-9]{5}", "five digits")
STATE_CODE = _matching("[A-Z]{2}", "two capital letters")
MARKET_CODE = _matching("[0-9]{3}", "three digits")
SEGMENT = _matching("[A-Za-z0-9_-]{1,32}", "a segment such as S1")
LEVERS = Rule(  # DuckDB evaluates both sides of an `and`, and fails on what is no JSON
    "case when json_valid({value}) then json_type({value}) = 'ARRAY' else false end",
    "a JSON list of levers",
)
SCENARIO_CATEGORY = _one_of(
    "Pricing", "Product", "Policy", "Competitive", "Retention", "Service", "General"
)
ACTION = _one_of("ACCEPT", "IGNORE", "COMPLAIN", "THREATEN_CHURN", "CHURN", "UPGRADE", "DOWNGRADE")
SUPPORT_CHANNEL = _one_of("App", "Chat", "Call", "Email", "Store", "Social")

IDENTIFIERS = ("customer_id", "usage_id", "interaction_id", "response_id", "campaign_id")

# A key is `column`, in whatever table, or `table.column` where tables differ.
RULES: Mapping[str, Rule] = {
    **_each(IDENTIFIERS, NOT_BLANK),
    "zip_code": ZIP_CODE,
    "state_code": STATE_CODE,
    "dma_code": MARKET_CODE,
    # customers
    "age": _between(0, 130),
    "gender": _one_of("M", "F", "Other", "Unknown"),
    "plan_name": NOT_BLANK,
    "plan_category": _one_of("Prepaid", "Postpaid"),
    "lines_on_account": AT_LEAST_ONE,
    "device_tier": _one_of("Flagship", "Mid", "Budget"),
    "app_engagement_score": SHARE,
    "churn_risk_score": SHARE,
    "nps_score": RATING,
    "contract_end_date": ANY_DAY,
    **_each(
        (
            "customer_since",
            "last_app_login",
            "nps_survey_date",
            "billing_month",
            "interaction_date",
            "sent_at",
            "response_at",
            "data_as_of_date",
        ),
        PAST,
    ),
    **_each(
        (
            "tenure_months",
            "plan_price",
            "device_age_months",
            "monthly_arpu",
            "lifetime_value",
            "total_revenue_12m",
            "rewards_points_balance",
            "complaint_count_12m",
        ),
        NOT_NEGATIVE,
    ),
    # monthly_usage
    **_each(("data_usage_4g_pct", "data_usage_5g_pct"), PERCENTAGE),
    **_each(("data_throttled_days", "roaming_days"), _between(0, 31)),
    **_each(
        (
            "voice_minutes_onnet",
            "voice_minutes_offnet",
            "voice_minutes_intl",
            "voice_calls_count",
            "data_usage_gb",
            "sms_sent",
            "mms_sent",
            "roaming_data_gb",
            "roaming_voice_min",
            "base_charge",
            "overage_charges",
            "roaming_charges",
            "add_on_charges",
            "discounts_applied",
            "total_bill",
            "days_to_payment",
        ),
        NOT_NEGATIVE,
    ),
    "payment_status": _one_of("Paid", "Late", "Partial", "Unpaid"),
    # support_interactions
    "support_interactions.channel": SUPPORT_CHANNEL,
    "category": _one_of("Billing", "Technical", "Sales", "Complaint", "General", "Account"),
    "resolution_status": _one_of("Resolved", "Escalated", "Pending", "Unresolved"),
    "resolution_time_hours": NOT_NEGATIVE,
    "sentiment_score": _between(-1, 1),
    "csat_score": _between(1, 5),
    # campaign_responses
    "response_type": _one_of("Accepted", "Declined", "Ignored", "Complained"),
    **_each(("offer_value", "conversion_value"), NOT_NEGATIVE),
    # zip_demographics
    "urban_rural_class": _one_of("Urban", "Suburban", "Rural", "Remote"),
    "median_age": _between(0, 130),
    "labor_force_participation": PERCENTAGE,
    **_each(
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
    **_each(
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
    **_each(
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
    **_each(
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
    **_each(
        ("job_growth_rate_yoy", "home_price_growth_yoy", "rent_growth_yoy", "yoy_market_growth"),
        GROWTH,
    ),
    "avg_credit_score": _between(300, 850),
    # competitive_landscape
    **_each(("total_wireless_subs", "market_size_revenue", "snowmobile_subs"), NOT_NEGATIVE),
    **_each(
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
    **_each(("snowmobile_nps", "vz_nps", "att_nps", "tmo_nps"), _between(-100, 100)),
    **_each(("vz_avg_price", "att_avg_price", "tmo_avg_price", "regional_avg_price"), NOT_NEGATIVE),
    "market_concentration": NOT_NEGATIVE,
    "price_war_intensity": _one_of("Low", "Medium", "High"),
    "promo_end_date": ANY_DAY,
    # lifestyle_segments
    "lifestyle_diversity": SHARE,
    **_each(
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
    **_each(
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
    "avg_daily_screen_time": _between(0, 24),
    **_each(("streaming_hours_week", "gaming_hours_week"), _between(0, 168)),
    **_each(("avg_data_usage_gb", "avg_lines_per_account"), NOT_NEGATIVE),
    # historical_reactions
    **_each(("event_id", "scenario"), NOT_BLANK),
    "segment_id": SEGMENT,
    "event_date": PAST,
    "historical_reactions.category": SCENARIO_CATEGORY,
    "levers": LEVERS,
    "likely_action": ACTION,
    "price_change_dollars": _between(-500, 500),
    "churn_uplift_points": _between(-100, 100),
    "sentiment": _between(-1, 1),
    **_each(
        (
            "churn_rate_before",
            "churn_rate_after",
            "accept_share",
            "ignore_share",
            "complain_share",
            "threaten_churn_share",
            "churn_share",
            "upgrade_share",
            "downgrade_share",
        ),
        SHARE,
    ),
}
