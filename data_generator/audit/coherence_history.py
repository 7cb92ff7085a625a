"""Coherence of history: what must hold of past events and what came of them."""

from __future__ import annotations

from data_generator.audit.rules import Rule, RuleGroup
from data_generator.tables.historical_reactions import SHARE_COLUMNS

_LARGEST = f"greatest({', '.join(SHARE_COLUMNS)})"
_OF_THE_LIKELY = " ".join(f"when '{share}' then {share}" for share in SHARE_COLUMNS)
_OUT_OF_RANGE = " or ".join(f"{share} not between 0 and 1" for share in SHARE_COLUMNS)

HISTORY = (
    RuleGroup(
        "historical_reactions",
        (
            Rule(
                "no two rows of historical_reactions share (event_id, segment_id)",
                count="count(*) - count(distinct (event_id, segment_id))",
            ),
            Rule(
                "history has sixty events or more",
                count="greatest(60 - count(distinct event_id), 0)",
            ),
            Rule(
                "events lie in the four years before the as-of day",
                "event_date >= getvariable('as_of')"
                " or event_date < getvariable('as_of') - interval 4 year",
            ),
            Rule(
                "shares of what customers did are shares and sum to 1",
                f"abs({' + '.join(SHARE_COLUMNS)} - 1) > 1e-6 or {_OUT_OF_RANGE}",
            ),
            Rule(
                "churn rose by the rate after less the rate before",
                "abs(churn_uplift_points - 100 * (churn_rate_after - churn_rate_before)) > 1e-4",
            ),
            Rule("the rate after is the share that left", "churn_rate_after <> churn_share"),
            Rule(
                "the likely action is what most did",
                f"case lower(likely_action) || '_share' {_OF_THE_LIKELY} end"
                f" is distinct from {_LARGEST}",
            ),
            Rule("sentiment is from -1 to 1", "sentiment not between -1 and 1"),
            Rule(
                "a price change is told in dollars, other events have none",
                "(levers like '%price_change%' and levers not like '%recurring%')"
                " <> (price_change_dollars is not null)",
            ),
        ),
    ),
    RuleGroup(
        "(select event_id, count(distinct segment_id) as segments,"
        " count(distinct (event_date, scenario, category, levers)) as kinds"
        " from historical_reactions group by event_id)",
        (
            Rule("an event has one day, scenario and levers", "kinds <> 1"),
            Rule("an event is told of all eight segments", "segments <> 8"),
        ),
    ),
)
