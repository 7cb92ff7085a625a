"""Rules: what a value must be, column by column, beyond the type that sql/02, 03 and 08 declare.

A rule holds for every value that is there; whether one must be there is the tables' own `not null`.
Allowed words are listed only where sql/06 and sql/07 compare with them: any other word would be
taken for "none of these" without an error. Other words can be mapped (docs/loading.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import assert_never

from adapters.warehouse.validation.rule_kinds import (
    ACTION,
    ANY_DAY,
    AT_LEAST_ONE,
    LEVERS,
    MARKET_CODE,
    NOT_BLANK,
    NOT_NEGATIVE,
    PAST,
    PERCENTAGE,
    RATING,
    SCENARIO_CATEGORY,
    SEGMENT,
    SHARE,
    STATE_CODE,
    SUPPORT_CHANNEL,
    ZIP_CODE,
    AnyRule,
    PastDay,
    Rule,
    between,
    each,
    one_of,
)
from adapters.warehouse.validation.rules_of_places import PLACE_RULES


def rule_of(table: str, column: str, today: date) -> Rule | None:
    """The rule for a column of a table, or None where any value of its type will do."""
    match RULES.get(f"{table}.{column}", RULES.get(column)):
        case PastDay() as past:
            return past.as_of(today)
        case Rule() | None as rule:
            return rule
        case unknown:
            assert_never(unknown)


IDENTIFIERS = ("customer_id", "usage_id", "interaction_id", "response_id", "campaign_id")

# A key is `column`, in whatever table, or `table.column` where tables differ.
RULES: Mapping[str, AnyRule] = {
    **each(IDENTIFIERS, NOT_BLANK),
    "zip_code": ZIP_CODE,
    "state_code": STATE_CODE,
    "dma_code": MARKET_CODE,
    # customers
    "age": between(0, 130),
    "gender": one_of("M", "F", "Other", "Unknown"),
    "plan_name": NOT_BLANK,
    "plan_category": one_of("Prepaid", "Postpaid"),
    "lines_on_account": AT_LEAST_ONE,
    "device_tier": one_of("Flagship", "Mid", "Budget"),
    "app_engagement_score": SHARE,
    "churn_risk_score": SHARE,
    "nps_score": RATING,
    "contract_end_date": ANY_DAY,
    **each(
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
    **each(
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
    **each(("data_usage_4g_pct", "data_usage_5g_pct"), PERCENTAGE),
    **each(("data_throttled_days", "roaming_days"), between(0, 31)),
    **each(
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
    "payment_status": one_of("Paid", "Late", "Partial", "Unpaid"),
    # support_interactions
    "support_interactions.channel": SUPPORT_CHANNEL,
    "category": one_of("Billing", "Technical", "Sales", "Complaint", "General", "Account"),
    "resolution_status": one_of("Resolved", "Escalated", "Pending", "Unresolved"),
    "resolution_time_hours": NOT_NEGATIVE,
    "sentiment_score": between(-1, 1),
    "csat_score": between(1, 5),
    # campaign_responses
    "response_type": one_of("Accepted", "Declined", "Ignored", "Complained"),
    **each(("offer_value", "conversion_value"), NOT_NEGATIVE),
    **PLACE_RULES,
    # historical_reactions
    **each(("event_id", "scenario"), NOT_BLANK),
    "segment_id": SEGMENT,
    "event_date": PAST,
    "historical_reactions.category": SCENARIO_CATEGORY,
    "levers": LEVERS,
    "likely_action": ACTION,
    "price_change_dollars": between(-500, 500),
    "churn_uplift_points": between(-100, 100),
    "sentiment": between(-1, 1),
    **each(
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
