from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from data_generator.customers.identifiers import customer_ids
from data_generator.customers.segments import SEGMENT_IDS
from data_generator.customers.traits import ground_truth
from domain.customers.segmentation import discover_segments
from tests.data_generator.conftest import CUSTOMERS, SEED, Market

BEHAVIOR = """
    with monthly as (
        select
            customer_id,
            ln(1 + avg(data_usage_gb::float)) as data,
            ln(30 + avg(voice_minutes_onnet + voice_minutes_offnet)) as voice,
            ln(10 + avg(sms_sent + mms_sent)) as messages,
            ln(avg(total_bill::float)) as bill,
            avg((payment_status <> 'Paid')::int) as late
        from monthly_usage
        group by customer_id
    )
    select
        data, voice, messages, bill, late,
        ln(lines_on_account), ln(6 + tenure_months), age,
        (urban_rural_class in ('Rural', 'Remote'))::int, (device_tier = 'Flagship')::int,
        (device_os = 'iOS')::int, app_engagement_score::float, has_streaming_bundle::int,
        churn_risk_score::float, coalesce(nps_score, 5), ln(1 + complaint_count_12m)
    from customers
    inner join monthly using (customer_id)
    inner join zip_demographics using (zip_code)
    order by customers.file_row_number
"""


def test_behavior_gives_the_latent_segments_away(market: Market) -> None:
    features = np.array(market.rows(BEHAVIOR), dtype=np.float64)
    names = [f"feature {column}" for column in range(features.shape[1])]
    found = discover_segments(features, names, {segment: {} for segment in SEGMENT_IDS}, seed=0)
    assert adjusted_rand_score(ground_truth(CUSTOMERS, SEED), found.cluster) >= 0.9


def test_ids_are_those_the_ground_truth_is_ordered_by(market: Market) -> None:
    ids = market.rows("select customer_id from customers order by file_row_number")
    assert [text for (text,) in ids] == customer_ids(CUSTOMERS, SEED).tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        "plan_category = 'Prepaid' and (lines_on_account > 1 or contract_type <> 'NoContract')",
        "(contract_type = 'NoContract') <> (contract_end_date is null)",
        "contract_end_date < date '2026-03-01'",
        "plan_name = 'Avalanche' and lines_on_account not between 3 and 6",
        "plan_name <> 'Avalanche' and lines_on_account > 2",
        "(payment_method = 'AutoPay') <> autopay_enrolled",
        "rewards_member <> (rewards_tier is not null)",
        "not rewards_member and rewards_points_balance <> 0",
        "app_user <> (last_app_login is not null)",
        "last_app_login not between customer_since and date '2026-02-28'",
        "(nps_score is null) <> (nps_survey_date is null)",
        "nps_survey_date not between customer_since and date '2026-02-28'",
        "nps_score not between 0 and 10",
        "lifetime_value <> monthly_arpu * tenure_months",
        "(device_brand = 'Apple') <> (device_os = 'iOS')",
        "app_engagement_score is null or churn_risk_score is null",
    ],
)
def test_no_customer_contradicts_themself(market: Market, wrong: str) -> None:
    assert market.count("customers", wrong) == 0


@pytest.mark.parametrize("column", ["device_tier", "device_brand", "device_os", "is_5g_capable"])
def test_what_a_device_is_follows_from_its_model(market: Market, column: str) -> None:
    several = """
        select device_model from customers group by device_model
        having count(distinct {}) > 1
    """
    assert market.rows(several, column) == []


def test_prices_and_categories_are_those_of_the_plans(market: Market) -> None:
    plans = market.rows(
        "select distinct plan_name, plan_category, plan_price::float from customers order by 3, 1"
    )
    assert plans == [
        ("Glacier", "Prepaid", 25.0),
        ("Flurry", "Postpaid", 35.0),
        ("Powder", "Postpaid", 55.0),
        ("Blizzard", "Postpaid", 75.0),
        ("Summit", "Postpaid", 95.0),
        ("Avalanche", "Postpaid", 140.0),
    ]


def test_account_numbers_never_collide(market: Market) -> None:
    assert market.number("select count(distinct account_id) from customers") == CUSTOMERS


def test_customers_live_where_their_zip_code_is(market: Market) -> None:
    elsewhere = """
        select count(*) from customers left join zip_demographics as z using (zip_code)
        where z.zip_code is null or z.state_code <> customers.state_code
            or z.dma_code <> customers.dma_code
    """
    assert market.number(elsewhere) == 0


def test_customers_live_in_nearly_all_markets(market: Market) -> None:
    assert market.number("select count(distinct dma_code) from customers") > 195


def test_those_who_pay_more_live_where_incomes_are_higher(market: Market) -> None:
    correlation = """
        select corr(monthly_arpu::float, median_household_income)
        from customers inner join zip_demographics using (zip_code)
    """
    assert market.number(correlation) > 0.25


def test_revenue_is_the_sum_of_the_bills(market: Market) -> None:
    wrong = """
        select count(*) from customers inner join (
            select customer_id, sum(total_bill) as billed, count(*) as months
            from monthly_usage group by customer_id
        ) using (customer_id)
        where total_revenue_12m <> billed
            or abs(monthly_arpu::double * months - billed::double) > 0.005 * months + 1e-6
    """
    assert market.number(wrong) == 0


def test_complaint_counts_agree_with_support(market: Market) -> None:
    wrong = """
        select count(*) from customers left join (
            select customer_id, count(*) as complaints
            from support_interactions where category = 'Complaint' group by customer_id
        ) using (customer_id)
        where complaint_count_12m <> coalesce(complaints, 0)
    """
    assert market.number(wrong) == 0
