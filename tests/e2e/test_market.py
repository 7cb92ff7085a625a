"""What the offline engine says of the reference market, asked through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import ReferenceMarket

Twin = Callable[..., subprocess.CompletedProcess[str]]

DISNEY = "Snowmobile is raising prices by $5/month. Disney+ will be included free."
FIVE_PERCENT = "We are announcing a 5% price increase on all postpaid plans effective April 1."
FIVE_PERCENT_FOR_ALL = "We are announcing a 5% price increase on all plans."
COVERAGE = "New towers bring better coverage to rural areas and every market."


@pytest.fixture(scope="session")
def twin(reference_market: ReferenceMarket) -> Twin:
    """Runs `twin` over the reference market."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "CDT_DATA_DIR": str(reference_market.data_dir)}
        command = [sys.executable, "-c", "from api.cli.main import main; main()", *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run


@pytest.fixture(scope="session")
def simulated(twin: Twin) -> dict[str, dict[str, Any]]:
    """The summary of each scenario, by its text."""
    texts = (DISNEY, FIVE_PERCENT, FIVE_PERCENT_FOR_ALL, COVERAGE)
    done = twin("simulate", *texts, "--json")
    assert done.returncode == 0, done.stderr
    simulation = json.loads(done.stdout)
    assert simulation["state"] == "succeeded"
    return {summary["text"]: summary for summary in simulation["summary"]["scenarios"]}


def by_segment(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {cell["segment_id"]: cell for cell in summary["segments"]}


@pytest.mark.parametrize("text", [DISNEY, FIVE_PERCENT])
def test_all_eight_segments_answer_the_two_classic_scenarios(
    simulated: dict[str, dict[str, Any]], text: str
) -> None:
    summary = simulated[text]

    assert [cell["segment_id"] for cell in summary["segments"]] == [f"S{i}" for i in range(1, 9)]
    assert all(cell["sufficient_evidence"] for cell in summary["segments"])
    assert summary["customers_asked"] == 20_000
    assert summary["subscribers"] == pytest.approx(28_000_000, abs=8)
    assert summary["revenue"]["churn"]["value"] < 0 < summary["revenue"]["price"]["value"]


def test_value_seekers_take_a_rise_harder_than_premium_techies(
    simulated: dict[str, dict[str, Any]],
) -> None:
    cells = by_segment(simulated[FIVE_PERCENT_FOR_ALL])

    seekers, techies = cells["S1"], cells["S5"]
    assert seekers["sentiment"]["value"] < techies["sentiment"]["value"]
    assert seekers["churn_uplift_points"]["value"] > techies["churn_uplift_points"]["value"]
    assert seekers["action_mix"]["COMPLAIN"] > techies["action_mix"]["COMPLAIN"]


def test_defectors_take_a_rise_hardest_of_all(simulated: dict[str, dict[str, Any]]) -> None:
    cells = by_segment(simulated[FIVE_PERCENT_FOR_ALL])

    assert min(cells, key=lambda name: cells[name]["sentiment"]["value"]) == "S8"
    assert max(cells, key=lambda name: cells[name]["churn_uplift_points"]["value"]) == "S8"


def test_a_coverage_gain_moves_rural_reliables_most(
    simulated: dict[str, dict[str, Any]],
) -> None:
    cells = by_segment(simulated[COVERAGE])

    assert max(cells, key=lambda name: cells[name]["action_mix"]["ACCEPT"]) == "S6"


def test_a_rise_on_postpaid_plans_leaves_prepaid_customers_out(
    simulated: dict[str, dict[str, Any]],
) -> None:
    affected = simulated[FIVE_PERCENT]["subscribers_affected"]

    assert 0 < affected < simulated[FIVE_PERCENT_FOR_ALL]["subscribers_affected"] <= 28_000_008


def test_part_worths_rest_on_campaign_outcomes_and_past_events(
    reference_market: ReferenceMarket,
) -> None:
    assert reference_market.report.outcomes_used > 50_000
    assert reference_market.report.events_used == 736


def test_a_simulation_is_printed_as_a_readable_table(twin: Twin) -> None:
    done = twin("simulate", FIVE_PERCENT, "--segment", "S1", "--segment", "S5")

    assert done.returncode == 0, done.stderr
    assert "S1 Value Seekers" in done.stdout
    assert "S2" not in done.stdout
    assert "Monthly revenue changes by" in done.stdout


def test_personas_are_listed_and_shown(twin: Twin) -> None:
    listed, shown = twin("personas"), twin("personas", "S6")

    assert "Rural Reliables" in listed.stdout
    assert "S6 Rural Reliables" in shown.stdout
    assert json.loads(twin("personas", "S6", "--json").stdout)["segment_id"] == "S6"


def test_a_persona_is_asked_a_scenario_and_a_question(twin: Twin) -> None:
    reaction = json.loads(twin("ask", "S1", DISNEY, "--json").stdout)
    answer = json.loads(twin("ask", "S1", "What about your bill?", "--question", "--json").stdout)

    assert reaction["provenance"]["engine"] == answer["provenance"]["engine"] == "choice"
    assert reaction["measurable"]
    assert answer["evidence"]


def test_doctor_finds_the_market_well(twin: Twin) -> None:
    findings = json.loads(twin("doctor", "--json").stdout)

    assert {finding["part"]: finding["ok"] for finding in findings} == {
        "data directory": True,
        "disk": True,
        "customer data": True,
        "carrier": True,
        "simulations": True,
        "stored rows": True,
        "service": True,
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ask", "S9", DISNEY), "no such persona"),
        (("load", "--from", "/nowhere"), "no such folder"),
        (("serve", "--host", "0.0.0.0"), "CDT_ALLOW_UNAUTHENTICATED"),  # noqa: S104 - refused
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    twin: Twin, words: tuple[str, ...], told: str
) -> None:
    done = twin(*words)

    assert done.returncode == 1
    assert done.stderr.startswith("twin: ")
    assert done.stderr.count("\n") == 1
    assert told in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("simulate", DISNEY, "--segment", "S9"), "--segment: no such segment; use one of S1, S2"),
        (("simulate", " "), "the text is blank"),
        (("serve", "--port", "99999"), "'--port': Input should be less than or equal to 65535"),
    ],
)
def test_what_was_typed_wrong_is_told_with_the_option(
    twin: Twin, words: tuple[str, ...], told: str
) -> None:
    done = twin(*words)

    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
