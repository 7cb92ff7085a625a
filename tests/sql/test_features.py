from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from adapters.warehouse.scripts.scripts import run_script, script
from domain.customers.respondents import FLOAT_COLUMNS

Insert = Callable[..., None]
Features = Callable[..., list[Any]]


def bill(insert: Insert, month: date, customer_id: str = "c1", **values: object) -> None:
    row = {"total_bill": 50, "payment_status": "Paid", **values}
    insert(
        "raw.monthly_usage",
        usage_id=f"{customer_id}/{month}",
        customer_id=customer_id,
        billing_month=month,
        **row,
    )


def contact(insert: Insert, day: datetime, category: str = "Billing", **values: object) -> None:
    row = {"customer_id": "c1", "channel": "Call", **values}
    insert(
        "raw.support_interactions",
        interaction_id=f"{day}/{category}",
        interaction_date=day,
        category=category,
        **row,
    )


def test_a_customer_we_know_nothing_more_of_has_no_unknown_feature(
    insert: Insert, features: Features, warehouse: duckdb.DuckDBPyConnection
) -> None:
    insert("raw.customers")

    features("customer_id")

    (row,) = warehouse.table("analytics.customer_features").fetchall()
    columns = warehouse.table("analytics.customer_features").columns
    unknown = {name for name, value in zip(columns, row, strict=True) if value is None}
    assert unknown == {"nps_answer", "predicted_churn_reason"}


def test_the_last_day_is_read_off_the_data(
    insert: Insert, features: Features, warehouse: duckdb.DuckDBPyConnection
) -> None:
    insert("raw.customers")
    bill(insert, date(2025, 1, 1))
    contact(insert, datetime(2025, 1, 20, 9))  # noqa: DTZ001 the tables hold naive timestamps

    features("customer_id")

    (row,) = warehouse.table("analytics.calendar").fetchall()
    assert row == (date(2025, 1, 31), date(2024, 2, 1), date(2025, 1, 1), date(2024, 2, 1))


def test_only_the_last_twelve_bills_count(insert: Insert, features: Features) -> None:
    insert("raw.customers")
    bill(insert, date(2024, 1, 1), total_bill=1_000, payment_status="Unpaid")
    bill(insert, date(2024, 2, 1), total_bill=60, payment_status="Late")
    bill(insert, date(2025, 1, 1), total_bill=40)

    assert features("usage_months", "monthly_bill", "late_payer") == [(2.0, 50.0, 0.5)]


def test_only_complaints_of_the_last_twelve_months_count(
    insert: Insert, features: Features
) -> None:
    insert("raw.customers")
    for day in (datetime(2024, 1, 31), datetime(2024, 2, 1), datetime(2025, 1, 31)):  # noqa: DTZ001
        contact(insert, day, category="Complaint")
    contact(insert, datetime(2024, 6, 1), category="Billing")  # noqa: DTZ001

    assert features("contacts_12m", "complaints_12m") == [(3.0, 2.0)]


def test_an_offer_that_was_not_delivered_was_not_declined(
    insert: Insert, features: Features
) -> None:
    insert("raw.customers")
    for number, delivered, answer in ((1, True, "Accepted"), (2, True, None), (3, False, None)):
        insert(
            "raw.campaign_responses",
            response_id=str(number),
            customer_id="c1",
            campaign_id="k",
            offer_type="Bill Credit",
            sent_at=datetime(2025, 1, number),  # noqa: DTZ001
            delivered=delivered,
            response_type=answer,
        )

    assert features("offers", "deals", "deals_accepted") == [(2.0, 2.0, 1.0)]


@pytest.mark.parametrize(
    ("tenure", "ends", "months_left"),
    [(60, None, 0.0), (60, date(2024, 1, 1), 0.0), (6, date(2026, 1, 31), 12.0)],
)
def test_a_contract_that_is_over_has_no_months_left(
    insert: Insert, features: Features, tenure: int, ends: date | None, months_left: float
) -> None:
    insert("raw.customers", tenure_months=tenure, contract_end_date=ends)
    bill(insert, date(2025, 1, 1))

    assert features("contract_months_left") == [(pytest.approx(months_left, abs=0.05),)]


def test_an_unlimited_plan_allows_999_gb(insert: Insert, features: Features) -> None:
    for number, (plan, limit) in enumerate([("Capped", 5), ("Boundless", None)]):
        insert(
            "analytics.plan_catalog",
            plan_name=plan,
            plan_category="Postpaid",
            plan_price=50,
            data_gb=limit,
        )
        insert("raw.customers", customer_id=f"c{number}", plan_name=plan)
    insert("raw.customers", customer_id="c9", plan_name="Forgotten")

    assert features("data_allowance_gb") == [(5.0,), (999.0,), (999.0,)]


def test_a_missing_place_is_an_average_place(insert: Insert, features: Features) -> None:
    for zip_code, income in (("59715", 40_000), ("10001", 80_000)):
        insert(
            "external.zip_demographics",
            zip_code=zip_code,
            state_code="MT",
            urban_rural_class="Rural",
            median_household_income=income,
        )
    insert("raw.customers", customer_id="c1")
    insert("raw.customers", customer_id="c2", zip_code="99999")

    assert features("household_income", "rural") == [(40_000.0, 1.0), (60_000.0, 0.0)]


def test_a_rival_that_does_not_sell_in_a_market_is_not_the_cheapest(
    insert: Insert, features: Features
) -> None:
    insert(
        "external.competitive_landscape",
        dma_code="001",
        vz_avg_price=60,
        att_avg_price=None,
        tmo_avg_price=0,
        regional_avg_price=45,
    )
    insert("raw.customers", lines_on_account=2)
    bill(insert, date(2025, 1, 1), total_bill=100)

    (row,) = features("competitor_saving_dollars", of="analytics.respondent_features")

    assert row == (pytest.approx(100 - 45 * 1.4),)


def test_the_countryside_lies_in_the_gaps_of_coverage(insert: Insert, features: Features) -> None:
    insert("external.competitive_landscape", dma_code="001", snowmobile_coverage_pct=90)
    for number, place in enumerate(["Urban", "Suburban", "Rural", "Remote"]):
        insert(
            "external.zip_demographics",
            zip_code=f"0000{number}",
            state_code="MT",
            urban_rural_class=place,
        )
        insert("raw.customers", customer_id=f"c{number}", zip_code=f"0000{number}")

    gaps = [gap for (gap,) in features("coverage_gap", of="analytics.respondent_features")]

    assert gaps == pytest.approx([0.05, 0.10, 0.30, 0.30])


def test_a_cheap_plan_and_taken_deals_show_a_price_sensitive_customer(
    insert: Insert, features: Features
) -> None:
    insert("raw.customers", customer_id="thrifty", plan_price=25)
    insert("raw.customers", customer_id="wealthy", plan_price=95)
    for number in range(3):
        insert(
            "raw.campaign_responses",
            response_id=str(number),
            customer_id="thrifty",
            campaign_id="k",
            offer_type="Monthly Discount",
            sent_at=datetime(2025, 1, 1),  # noqa: DTZ001
            delivered=True,
            response_type="Accepted",
        )

    thrifty, wealthy = features("price_sensitivity", of="analytics.respondent_features")

    assert thrifty[0] > wealthy[0] + 0.25


def test_respondents_have_every_column_the_choice_model_reads(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    run_script(warehouse, script("06_create_enriched_views"))

    columns = warehouse.table("analytics.respondent_features").columns

    assert set(columns) == {*FLOAT_COLUMNS, "customer_id", "plan_name", "state_code"}
