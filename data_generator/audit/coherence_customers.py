"""Coherence of customers: keys of all tables, and what must hold of customers and their records."""

from __future__ import annotations

from data_generator.audit.rules import Rule, RuleGroup, owned, unique

_FIRST_OF_MONTH = "date_trunc('month', getvariable('as_of'))"
_FIRST_DAY = "greatest(o.customer_since, getvariable('as_of') - interval 1 year)"

KEYS = tuple(
    unique(table, key)
    for table, key in (
        ("customers", "customer_id"),
        ("customers", "account_id"),
        ("monthly_usage", "usage_id"),
        ("monthly_usage", "(customer_id, billing_month)"),
        ("support_interactions", "interaction_id"),
        ("campaign_responses", "response_id"),
        ("campaign_responses", "(customer_id, campaign_id)"),
        ("zip_demographics", "zip_code"),
        ("economic_indicators", "zip_code"),
        ("lifestyle_segments", "zip_code"),
        ("competitive_landscape", "dma_code"),
    )
)

CUSTOMERS = (
    RuleGroup(
        "customers as t left join zip_demographics as o using (zip_code)",
        (
            owned("customers", "zip_code", "zip_demographics"),
            Rule("customers live in the state of their ZIP code", "o.state_code <> t.state_code"),
            Rule("customers live in the market of their ZIP code", "o.dma_code <> t.dma_code"),
            Rule(
                "tenure is the full months since joining",
                "t.tenure_months <> datediff('month', t.customer_since, getvariable('as_of')) - 1",
            ),
            Rule(
                "prepaid accounts have one line",
                "t.plan_category = 'Prepaid' and t.lines_on_account <> 1",
            ),
            Rule(
                "family plans have three to six lines, others one or two",
                "t.lines_on_account not between if(t.plan_name = 'Avalanche', 3, 1)"
                " and if(t.plan_name = 'Avalanche', 6, 2)",
            ),
            Rule(
                "contracts end where there is one, and not in the past",
                "(t.contract_type = 'NoContract') <> (t.contract_end_date is null)"
                " or t.contract_end_date < getvariable('as_of')",
            ),
            Rule(
                "lifetime value is revenue a month times months",
                "t.lifetime_value <> t.monthly_arpu * t.tenure_months",
            ),
            Rule(
                "scores are never missing",
                "t.churn_risk_score is null or t.app_engagement_score is null",
            ),
        ),
    ),
    RuleGroup(
        "customers as t left join plans as o on t.plan_name = o.plan_name",
        (
            Rule(
                "prices and categories are those of the plans",
                "o.plan_name is null or t.plan_price <> o.price or t.plan_category <> o.category",
            ),
        ),
    ),
    RuleGroup(
        "(select device_model, count(distinct (device_brand, device_tier, device_os,"
        " is_5g_capable)) as kinds from customers group by device_model)",
        (Rule("what a device is follows from its model", "kinds > 1"),),
    ),
    RuleGroup(
        "customers as t full join truth as o using (customer_id)",
        (Rule("customers are those the seed makes", "o.segment is null or t.account_id is null"),),
    ),
)

USAGE = (
    RuleGroup(
        "monthly_usage as t left join customers as o using (customer_id)",
        (
            owned("monthly_usage"),
            Rule(
                "a bill is the sum of its parts",
                "total_bill is distinct from base_charge + overage_charges + roaming_charges"
                " + add_on_charges - discounts_applied",
            ),
            Rule("months start after joining", "billing_month < o.customer_since"),
            Rule(
                "months are firsts of the year before the as-of day",
                f"day(billing_month) <> 1 or billing_month >= {_FIRST_OF_MONTH}"
                f" or billing_month < {_FIRST_OF_MONTH} - interval 1 year",
            ),
            Rule(
                "shares on 4G and 5G sum to 100",
                "data_usage_4g_pct + data_usage_5g_pct is distinct from 100",
            ),
            Rule("no 5G without a 5G device", "not o.is_5g_capable and data_usage_5g_pct > 0"),
            Rule(
                "only those with the option roam, at its price",
                "roaming_charges <> 10 * roaming_days"
                " or roaming_days > 0 and not o.has_intl_roaming",
            ),
            Rule(
                "overage is charged on plans with an allowance only",
                "overage_charges > 0 and o.plan_name in ('Blizzard', 'Avalanche', 'Summit')",
            ),
            Rule(
                "unpaid bills have no day of payment, others do",
                "(payment_status = 'Unpaid') <> (days_to_payment is null)",
            ),
        ),
    ),
    RuleGroup(
        "customers as o left join (select customer_id, count(*) as months,"
        " sum(total_bill) as billed from monthly_usage group by customer_id) using (customer_id)",
        (
            Rule(
                "everybody has a bill for each month of tenure up to twelve",
                "coalesce(months, 0) <> least(o.tenure_months, 12)",
            ),
            Rule("revenue is the sum of the bills", "o.total_revenue_12m is distinct from billed"),
            Rule(
                "ARPU is the mean of the bills to the cent",
                "abs(o.monthly_arpu::double - billed::double / months) > 0.005001",
            ),
        ),
    ),
)

SUPPORT = (
    RuleGroup(
        "support_interactions as t left join customers as o using (customer_id)",
        (
            owned("support_interactions"),
            Rule(
                "contacts are made after joining and before the as-of day",
                f"interaction_date < {_FIRST_DAY} or interaction_date >= getvariable('as_of')",
            ),
            Rule(
                "contacts took time where they ended, and only there",
                "(resolution_status in ('Resolved', 'Escalated'))"
                " <> (resolution_time_hours is not null)",
            ),
            Rule(
                "first contacts that resolve are resolved",
                "first_contact_resolution and resolution_status <> 'Resolved'",
            ),
        ),
    ),
    RuleGroup(
        "customers as o left join (select customer_id, count(*) as complaints from"
        " support_interactions where category = 'Complaint' group by customer_id)"
        " using (customer_id)",
        (
            Rule(
                "complaint counts agree with contacts",
                "o.complaint_count_12m <> coalesce(complaints, 0)",
            ),
        ),
    ),
)

CAMPAIGNS = (
    RuleGroup(
        "campaign_responses as t left join customers as o using (customer_id)",
        (
            owned("campaign_responses"),
            Rule(
                "responded implies clicked implies opened implies delivered",
                "responded > clicked or clicked > opened or opened > delivered",
            ),
            Rule("responses follow sending", "response_at < sent_at"),
            Rule(
                "responses have a time, others none",
                "responded <> (response_at is not null)",
            ),
            Rule(
                "offers are sent after joining and answered before the as-of day",
                f"sent_at < {_FIRST_DAY} or coalesce(response_at, sent_at) >= getvariable('as_of')",
            ),
            Rule(
                "who converted accepted, at a value",
                "converted and response_type is distinct from 'Accepted'"
                " or converted <> (conversion_value > 0)",
            ),
        ),
    ),
    RuleGroup(
        "(select campaign_id, count(distinct (campaign_name, campaign_type, campaign_category,"
        " offer_type, offer_value, channel)) as kinds from campaign_responses"
        " group by campaign_id)",
        (Rule("a campaign has one name, offer and channel", "kinds > 1"),),
    ),
)
