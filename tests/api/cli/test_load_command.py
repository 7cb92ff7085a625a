"""`twin load` as an operator meets it: a real process, its exit code, its words and its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MAPPING = """
[tables.customers]
file = "people.csv"

[tables.customers.columns]
customer_id = "id"
zip_code = "zip"
state_code = { constant = "MT" }
dma_code = { constant = "000" }
customer_since = { constant = "2024-01-01" }
tenure_months = { constant = "12" }
plan_name = { constant = "Small" }
plan_category = { constant = "Prepaid" }
plan_price = { constant = "25" }
lines_on_account = { constant = "1" }
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "mapping.toml").write_text(MAPPING)
    (tmp_path / "people.csv").write_text("id,zip\na,59715\nb,secret\n")
    return tmp_path


def load(source: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """With the folder and its mapping."""
    return run(source, "--from", str(source), "--map", str(source / "mapping.toml"), *words)


def run(source: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli.main import main; main()", "load", *words],
        env=os.environ | {"CDT_DATA_DIR": str(source / "data")},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def test_a_refused_load_says_why_and_writes_its_report(source: Path) -> None:
    done = load(source, "--report", str(source / "report.json"))

    report = json.loads((source / "report.json").read_text())
    assert done.returncode == 1
    assert "people.csv: zip_code must be five digits" in done.stderr
    assert "line 3 ('secret')" in done.stderr
    assert (report["loaded"], report["tables"][0]["rows_rejected"]) == (False, 1)
    assert report["tables"][0]["faults"][0]["places"] == [{"number": 3, "value": "secret"}]


def test_a_load_that_may_leave_rows_out_says_what_it_left(source: Path) -> None:
    done = load(source, "--allow-rejects", "1")

    assert done.returncode == 0
    assert "1 rows rejected, kept in" in done.stdout
    assert "rejected: people.csv: zip_code must be five digits" in done.stderr
    assert "note: monthly_usage: no file is offered: the table is empty" in done.stderr


@pytest.mark.parametrize("limit", ["banana", "101%", "-1", "nan%", "5%%", "1e3", "1_000", "٣", ""])
def test_a_limit_that_makes_no_sense_says_what_one_is(source: Path, limit: str) -> None:
    done = load(source, "--allow-rejects", limit)

    assert done.returncode == 2
    assert "'--allow-rejects': must be a number of rows such as 100, or a share" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--from", "{}/nowhere"], "{}/nowhere: there is no such folder; name the one with"),
        (["--from", "{}/people.csv"], "{}/people.csv: this is a file; name the folder it is in"),
        (["--from", "{}/empty"], "{}/empty: no file is named after a table (customers, "),
        (["--from", "{}"], "; it has people.csv; rename the files, or say in a mapping file"),
        (["--from", "{}", "--map", "{}/no.toml"], "{}/no.toml: the mapping file cannot be read"),
        (["--from", "{}", "--map", "{}"], "{}: the mapping file cannot be read (Is a directory)"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(
    source: Path, words: list[str], says: str
) -> None:
    (source / "empty").mkdir()

    done = run(source, *(word.format(source) for word in words))

    assert done.returncode == 1
    assert says.format(source) in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_report_that_cannot_be_written_is_told_before_the_load(source: Path) -> None:
    done = load(source, "--allow-rejects", "1", "--report", str(source / "nowhere/report.json"))

    assert done.returncode == 2
    assert "there is no folder" in done.stderr
    assert not (source / "data").exists()
