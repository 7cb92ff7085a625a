from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from data_generator.audit.audit import (
    RULE_GROUPS,
    Finding,
    audit,
    coherence,
    findings_table,
    marginals,
)
from data_generator.audit.database import open_files
from data_generator.generate.generate import generate
from data_generator.io.manifest import Manifest
from data_generator.io.write import Format
from data_generator.schema.schema import SCHEMAS
from tests.data_generator.conftest import Market

# what to do to the data, and the rules that must notice
DAMAGES = {
    "update customers set customer_id = 'x' where age > 80": [
        "no two rows of customers share customer_id",
        "customers are those the seed makes",
        "customer_id of monthly_usage is in customers",
        "customer_id of support_interactions is in customers",
        "customer_id of campaign_responses is in customers",
    ],
    "update customers set account_id = 'SM-1'": ["no two rows of customers share account_id"],
    "update monthly_usage set usage_id = 'x'": ["no two rows of monthly_usage share usage_id"],
    "update monthly_usage set billing_month = billing_month - interval 30 day": [
        "months are firsts of the year before the as-of day",
        "months start after joining",
    ],
    "update monthly_usage set billing_month = date '2026-02-01'": [
        "no two rows of monthly_usage share (customer_id, billing_month)"
    ],
    "update support_interactions set interaction_id = 'x'": [
        "no two rows of support_interactions share interaction_id"
    ],
    "update campaign_responses set response_id = 'x', campaign_id = 'c'": [
        "no two rows of campaign_responses share response_id",
        "no two rows of campaign_responses share (customer_id, campaign_id)",
        "a campaign has one name, offer and channel",
    ],
    "update zip_demographics set zip_code = '00000'": [
        "no two rows of zip_demographics share zip_code",
        "ZIP codes are real",
        "zip_code of customers is in zip_demographics",
        "zip_code of economic_indicators is in zip_demographics",
        "zip_code of lifestyle_segments is in zip_demographics",
    ],
    "update economic_indicators set zip_code = '00601'": [
        "no two rows of economic_indicators share zip_code"
    ],
    "update lifestyle_segments set zip_code = '00601'": [
        "no two rows of lifestyle_segments share zip_code"
    ],
    "update competitive_landscape set dma_code = '999', dma_name = 'Elsewhere'": [
        "no two rows of competitive_landscape share dma_code",
        "dma_code of zip_demographics is in competitive_landscape",
    ],
    "update competitive_landscape set dma_name = 'Elsewhere'": [
        "markets are named alike everywhere"
    ],
    "update zip_demographics set state_code = 'ZZ', state_name = 'ZZ', dma_code = '101'": [
        "ZIP codes are in their real state",
        "customers live in the state of their ZIP code",
        "customers live in the market of their ZIP code",
        "state names are names",
    ],
    "update zip_demographics set pct_age_18_24 = 0, pct_income_under_25k = 0, pct_bachelors = 0,"
    " pct_owner_occupied = 0, pct_white_collar = 0, pct_asian = 0": [
        *(
            f"shares by {group} sum to 100"
            for group in ("age", "income", "education", "tenure", "work", "origin")
        )
    ],
    "update zip_demographics set pct_single_parent = null": [
        "couples and single parents make families"
    ],
    "update lifestyle_segments set pct_iphone = 1, pref_channel_chat = null": [
        "shares by system sum to 100",
        "shares by contact sum to 100",
    ],
    "update competitive_landscape set vz_market_share = 1": ["shares by carrier sum to 100"],
    "update historical_reactions set event_id = 'x', event_date = date '2020-01-01'": [
        "no two rows of historical_reactions share (event_id, segment_id)",
        "history has sixty events or more",
        "events lie in the four years before the as-of day",
        "an event has one day, scenario and levers",
    ],
    "update historical_reactions set segment_id = 'S1'": ["an event is told of all eight segments"],
    "update historical_reactions set churn_share = 0.5, sentiment = 2": [
        "shares of what customers did are shares and sum to 1",
        "the rate after is the share that left",
        "sentiment is from -1 to 1",
    ],
    "update historical_reactions set churn_rate_before = 0": [
        "churn rose by the rate after less the rate before"
    ],
    "update historical_reactions set likely_action = 'UPGRADE'": [
        "the likely action is what most did"
    ],
    "update historical_reactions set price_change_dollars = 1": [
        "a price change is told in dollars, other events have none"
    ],
    "update customers set tenure_months = tenure_months + 1": [
        "tenure is the full months since joining",
        "lifetime value is revenue a month times months",
        "everybody has a bill for each month of tenure up to twelve",
    ],
    "update customers set lines_on_account = 2": [
        "prepaid accounts have one line",
        "family plans have three to six lines, others one or two",
    ],
    "update customers set contract_end_date = date '2020-01-01'": [
        "contracts end where there is one, and not in the past"
    ],
    "update customers set churn_risk_score = null where age < 20": ["scores are never missing"],
    "update customers set plan_price = 1": ["prices and categories are those of the plans"],
    "update customers set device_tier = case when age < 40 then 'Mid' else 'Budget' end": [
        "what a device is follows from its model"
    ],
    "update monthly_usage set total_bill = null where data_usage_gb > 50": [
        "a bill is the sum of its parts",
        "revenue is the sum of the bills",
        "ARPU is the mean of the bills to the cent",
    ],
    "update monthly_usage set data_usage_5g_pct = 1": [
        "shares on 4G and 5G sum to 100",
        "no 5G without a 5G device",
    ],
    "update monthly_usage set roaming_days = 3": ["only those with the option roam, at its price"],
    "update monthly_usage set overage_charges = 1": [
        "overage is charged on plans with an allowance only"
    ],
    "update monthly_usage set days_to_payment = null": [
        "unpaid bills have no day of payment, others do"
    ],
    "update support_interactions set interaction_date = timestamp '2027-01-01'": [
        "contacts are made after joining and before the as-of day"
    ],
    "update support_interactions set resolution_status = 'Pending', category = 'Complaint'": [
        "contacts took time where they ended, and only there",
        "first contacts that resolve are resolved",
        "complaint counts agree with contacts",
    ],
    "update campaign_responses set clicked = false": [
        "responded implies clicked implies opened implies delivered"
    ],
    "update campaign_responses set response_at = timestamp '2020-01-01'": [
        "responses follow sending",
        "responses have a time, others none",
    ],
    "update campaign_responses set response_at = timestamp '2027-01-01'": [
        "offers are sent after joining and answered before the as-of day"
    ],
    "update campaign_responses set conversion_value = 0": ["who converted accepted, at a value"],
    "update customers set monthly_arpu = monthly_arpu * 1.2": ["ARPUs are as expected"],
    "delete from customers where plan_name = 'Summit'": [
        "plans are as expected",
        "segments are as expected",
    ],
    "delete from monthly_usage where data_usage_gb > 30": ["volumes are as expected"],
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Tables of 2,000 customers that may be damaged."""
    folder = tmp_path_factory.mktemp("audited")
    manifest = generate(folder, 2_000, 42, workers=1)
    with duckdb.connect() as database:
        open_files(database, folder, manifest, folder)
        for table in SCHEMAS:
            database.execute(f"create temp table {table} as from main.{table}")
        yield database


def broken(findings: Iterator[Finding]) -> set[str]:
    return {finding.rule.split(",")[0] for finding in findings if finding.violations}


def test_a_market_keeps_every_rule(market: Market) -> None:
    findings = audit(market.folder, market.manifest)
    assert [finding for finding in findings if finding.violations] == []
    assert all(finding.checked for finding in findings)
    assert len(findings) == sum(len(group.rules) for group in RULE_GROUPS) + 4


@pytest.mark.parametrize(("damage", "rules"), DAMAGES.items(), ids=list(DAMAGES))
def test_what_breaks_a_rule_is_counted(
    copy: duckdb.DuckDBPyConnection, damage: str, rules: list[str]
) -> None:
    concerned = [
        group for group in RULE_GROUPS if {rule.description for rule in group.rules} & set(rules)
    ]
    copy.begin()
    copy.execute(damage)
    observed = broken(coherence(copy, concerned)) | broken(marginals(copy))
    copy.rollback()
    assert {rule.split(",")[0] for rule in rules} <= observed


def test_every_rule_is_seen_to_be_broken_once() -> None:
    rules = {rule.description for group in RULE_GROUPS for rule in group.rules}
    assert rules - {rule for noticed in DAMAGES.values() for rule in noticed} == set()


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_files_are_read_back_as_they_were_written(tmp_path: Path, file_format: Format) -> None:
    manifest = generate(tmp_path, 1_000, 7, format=file_format, workers=1)
    assert not [finding for finding in audit(tmp_path, manifest) if finding.violations]


def test_a_data_set_of_another_seed_is_told(market: Market) -> None:
    other: Manifest = replace(market.manifest, seed=43)
    observed = broken(iter(audit(market.folder, other)))
    assert observed == {
        "customers are those the seed makes",
        "ARPUs are as expected",
        "segments are as expected",
    }


def test_a_shard_alone_cannot_be_audited(tmp_path: Path, market: Market) -> None:
    with pytest.raises(ValueError, match="merge the shards"):
        audit(tmp_path, replace(market.manifest, shard="1/2"))


def test_findings_are_shown_as_rule_rows_and_violations() -> None:
    shown = findings_table([Finding("bills add up", 12_000, 0), Finding("no orphans", 5, 1_200)])
    assert shown.splitlines() == [
        "rule              checked   violations",
        "bills add up       12,000            0",
        "no orphans              5        1,200",
    ]
