"""Real customers of another carrier, from its file to a persona's answer, by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import SHARED, needs

EXAMPLE = Path(__file__).parents[2] / "docs/examples/telco_churn"
CUSTOMERS = 7_043


def twin(data_dir: Path, *words: str) -> str:
    environment = os.environ | {
        "CDT_DATA_DIR": str(data_dir),
        "CDT_CARRIER_FILE": str(EXAMPLE / "carrier.toml"),
    }
    command = [sys.executable, "-c", "from api.cli.main import main; main()", *words]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=120
    ).stdout


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("telco")
    mapping, report = EXAMPLE / "mapping.toml", folder / "report.json"
    twin(
        *(folder, "load", "--from", str(SHARED / "data")),
        *("--map", str(mapping), "--report", str(report)),
    )
    twin(folder, "build")
    return folder


@needs("data/telco_customer_churn.csv")
def test_every_real_customer_is_loaded(data_dir: Path) -> None:
    report = json.loads((data_dir / "report.json").read_text())

    customers = next(table for table in report["tables"] if table["table"] == "customers")
    assert (customers["rows_in"], customers["rows_good"]) == (CUSTOMERS, CUSTOMERS)
    assert sum(table["rows_in"] for table in report["tables"]) == CUSTOMERS


@needs("data/telco_customer_churn.csv")
def test_segments_nobody_has_named_come_by_size_with_a_name_of_their_own(data_dir: Path) -> None:
    personas = json.loads(twin(data_dir, "personas", "--json"))

    assert [persona["segment_id"] for persona in personas] == ["S1", "S2", "S3", "S4", "S5"]
    sizes = [persona["customers"] for persona in personas]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == CUSTOMERS
    assert len({persona["segment_name"] for persona in personas}) == 5
    assert len({persona["identity"]["name"] for persona in personas}) == 5


@needs("data/telco_customer_churn.csv")
def test_a_persona_of_real_customers_answers(data_dir: Path) -> None:
    reaction = json.loads(
        twin(data_dir, "ask", "S1", "We raise the price of all plans by $5 a month.", "--json")
    )

    assert reaction["levers"][0]["amount_dollars"] == 5
    assert reaction["provenance"]["customers_asked"] > 1_000
    assert sum(reaction["action_probabilities"].values()) == pytest.approx(1)
