from __future__ import annotations

import pytest

from tests.data_generator.conftest import CUSTOMERS, Market


def test_there_are_as_many_months_as_the_carrier_has(market: Market) -> None:
    months = market.number("select count(*) from monthly_usage") / CUSTOMERS
    assert months == pytest.approx(9.29, rel=0.03)


def test_months_are_the_real_calendar_months_of_a_year(market: Market) -> None:
    months = market.rows("select distinct billing_month::varchar from monthly_usage order by 1")
    assert [month for (month,) in months] == [
        *[f"2025-{month:02d}-01" for month in range(3, 13)],
        "2026-01-01",
        "2026-02-01",
    ]


def test_a_customer_has_a_bill_for_each_full_month_up_to_twelve(market: Market) -> None:
    wrong = """
        select count(*) from customers left join (
            select customer_id, count(*) as months, count(distinct billing_month) as different,
                min(billing_month) as first, max(billing_month) as last
            from monthly_usage group by customer_id
        ) using (customer_id)
        where months is distinct from least(tenure_months, 12) or months <> different
            or last <> date '2026-02-01' or first < customer_since
    """
    assert market.number(wrong) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        (
            "total_bill <> base_charge + overage_charges + roaming_charges + add_on_charges"
            " - discounts_applied"
        ),
        "total_bill <= 0",
        "data_usage_gb <= 0",
        "data_usage_4g_pct + data_usage_5g_pct <> 100",
        "not is_5g_capable and data_usage_5g_pct > 0",
        "roaming_charges <> 10 * roaming_days",
        "roaming_data_gb > data_usage_gb",
        "roaming_days > 0 and not has_intl_roaming",
        "(payment_status = 'Unpaid') <> (days_to_payment is null)",
        "payment_status in ('Late', 'Partial') and days_to_payment <= 30",
        "plan_category = 'Prepaid' and payment_status <> 'Paid'",
        "voice_minutes_onnet < 0 or voice_minutes_offnet < 0 or voice_calls_count < 1",
        "add_on_charges <> 15 * has_device_protection::int + 10 * has_streaming_bundle::int",
    ],
)
def test_no_month_contradicts_itself(market: Market, wrong: str) -> None:
    months = "monthly_usage inner join customers using (customer_id)"
    assert market.count(months, wrong) == 0


def test_overage_is_paid_on_every_capped_plan_and_on_no_other(market: Market) -> None:
    payers = market.rows("""
        select distinct plan_name from monthly_usage inner join customers using (customer_id)
        where overage_charges > 0 order by 1
    """)
    assert payers == [("Flurry",), ("Glacier",), ("Powder",)]


def test_two_lines_are_billed_more_than_one(market: Market) -> None:
    cheaper_pairs = """
        with base as (
            select plan_name, lines_on_account as lines, avg(base_charge::float) as base
            from monthly_usage inner join customers using (customer_id) group by all
        )
        select count(*) from base as few inner join base as many
            on few.plan_name = many.plan_name and few.lines < many.lines
        where few.base >= many.base
    """
    assert market.number(cheaper_pairs) == 0


def test_new_devices_carry_more_data_over_5g_in_cities_than_in_the_country(market: Market) -> None:
    share = """
        select avg(data_usage_5g_pct::float) from monthly_usage
        inner join customers using (customer_id) inner join zip_demographics using (zip_code)
        where is_5g_capable and urban_rural_class = '{}'
    """
    assert market.number(share, "Urban") > 2 * market.number(share, "Rural")
