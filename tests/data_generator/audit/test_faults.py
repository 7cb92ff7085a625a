"""The faults of the reference data set, each by name: none may come back."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import zipcodes

from data_generator.customers.segments import SEGMENT_IDS
from data_generator.customers.traits import ground_truth
from data_generator.generate.generate import generate
from tests.data_generator.conftest import CUSTOMERS, SEED, Market


def test_fault_1_zip_codes_are_not_invented_and_markets_have_names(market: Market) -> None:
    every = zipcodes.list_all()  # type: ignore[no-untyped-call] # no types
    real = {(record["zip_code"], record["state"]) for record in every}
    claimed = market.rows("select zip_code, state_code from zip_demographics")
    assert len(claimed) == 42_000
    assert set(claimed) <= real
    assert market.count("zip_demographics", "state_name = state_code") == 0
    assert market.number("select count(distinct dma_name) from competitive_landscape") == 210
    assert market.number("select count(distinct dma_code) from customers") > 195


def test_fault_2_all_eight_segments_have_members(market: Market) -> None:
    members = [(ground_truth(CUSTOMERS, SEED) == place).mean() for place in range(8)]
    assert len(members) == len(SEGMENT_IDS)
    assert max(members) < 0.21
    assert min(members) > 0.03


def test_fault_3_overage_is_charged(market: Market) -> None:
    assert (
        market.count("monthly_usage", "overage_charges > 0") / market.count("monthly_usage") > 0.1
    )


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("monthly_usage", "billing_month"),
        ("support_interactions", "interaction_date"),
        ("campaign_responses", "sent_at"),
    ],
)
def test_fault_4_nothing_happens_before_the_customer_joined(
    market: Market, table: str, column: str
) -> None:
    rows = f"{table} inner join customers using (customer_id)"
    assert market.count(rows, f"{column} < customer_since") == 0


def test_fault_5_months_are_months_and_february_is_one(market: Market) -> None:
    repeated = "select count(*) - count(distinct (customer_id, billing_month)) from monthly_usage"
    assert market.number(repeated) == 0
    assert market.number("select count(distinct month(billing_month)) from monthly_usage") == 12


def test_fault_6_campaigns_are_shared_and_no_response_is_in_the_future(market: Market) -> None:
    campaigns = market.number("select count(distinct campaign_id) from campaign_responses")
    assert campaigns == 60
    assert market.count("campaign_responses", "campaign_category = campaign_type") == 0
    assert market.count("campaign_responses", "response_at >= timestamp '2026-03-01'") == 0


def test_fault_7_churn_scores_do_not_pile_up(market: Market) -> None:
    largest = "select max(n) from (select count(*) as n from customers group by churn_risk_score)"
    assert market.number(largest) < 0.1 * CUSTOMERS


def test_fault_8_places_matter_to_those_who_live_there(market: Market) -> None:
    correlation = """
        select corr(monthly_arpu::float, median_household_income)
        from customers inner join zip_demographics using (zip_code)
    """
    assert market.number(correlation) > 0.25


def test_fault_9_accounts_do_not_contradict_themselves(market: Market) -> None:
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
    tiers = "select device_model from customers group by 1 having count(distinct device_tier) > 1"
    assert market.rows(tiers) == []
    assert market.count("customers", "plan_category = 'Prepaid' and lines_on_account > 1") == 0
    assert market.number("select count(distinct account_id) from customers") == CUSTOMERS


def test_fault_10_customers_have_words_of_their_own(market: Market) -> None:
    different = "select count(distinct {}) from support_interactions"
    assert market.number(different, "customer_verbatim") > 2_000
    assert market.number(different, "interaction_summary") > 3_000


def test_fault_11_the_day_of_today_changes_nothing_and_no_score_is_missing(
    market: Market, tmp_path: Path
) -> None:
    assert market.count("customers", "app_engagement_score is null") == 0
    for as_of in (date(2026, 3, 1), date(2027, 3, 1)):
        manifest = generate(tmp_path / str(as_of), 500, SEED, as_of=as_of, workers=1)
        assert manifest.rows["monthly_usage"] > 8 * 500


def test_fault_12_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    digests = []
    for place, zone in (("here", "America/Denver"), ("there", "Asia/Tokyo")):
        command = [sys.executable, "-m", "data_generator", "--customers", "300", "--no-audit"]
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": str(len(place))}
        subprocess.run(
            [*command, "--format", "csv", "--out", str(tmp_path / place)],
            check=True,
            env=environment,
            capture_output=True,
        )
        files = sorted((tmp_path / place).glob("*/*"))
        digests.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
    assert len(digests[0]) == 9
    assert digests[0] == digests[1]
