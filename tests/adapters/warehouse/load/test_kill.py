"""Loads killed in the middle, for real."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load.load import load_files, read_manifest
from adapters.warehouse.load_report import RejectLimit
from adapters.warehouse.versions.versions import UNFINISHED, versions
from tests.fakes.small_base import add_customer, small_base, write_files

LOADS_WITHOUT_END = """
import sys
from pathlib import Path
from adapters.warehouse.load.load import load_files
from adapters.warehouse.load_report import RejectLimit

while True:
    load_files(Path(sys.argv[1]), Path(sys.argv[2]), limit=RejectLimit(rows=9))
    print("loaded", flush=True)
"""


@pytest.fixture(scope="module")
def as_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety-three customers as CSV, one of whom must be rejected: the longest way of a load."""
    folder = tmp_path_factory.mktemp("killed") / "offered"
    with small_base() as tables:
        for number in range(90):
            add_customer(tables, number)
        write_files(tables, folder, "csv")
    customers = folder / "customers.csv"
    customers.write_text(customers.read_text().replace("c1,,59715", "c1,,none", 1))
    return folder


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_load_killed_at_any_moment_leaves_a_whole_version_live(
    ninety_more: Path, as_csv: Path, tmp_path: Path, form: str
) -> None:
    source, rows = (ninety_more, 93) if form == "parquet" else (as_csv, 92)
    root = tmp_path / "raw"
    moments = np.random.default_rng(7).uniform(0, 0.8, 5)
    load_files(source, tmp_path, limit=RejectLimit(rows=9))

    for seconds in moments.tolist():
        kill_while_loading(source, tmp_path, seconds)

        live = root / "current"
        customers = pq.read_metadata(live / "internal" / "customers.parquet").num_rows
        assert read_manifest(live).rows["customers"] == customers == rows
        assert (live / "rejects.jsonl").exists() == (form == "csv")

    load_files(source, tmp_path, limit=RejectLimit(rows=9))
    assert len(versions(root)) == 2
    assert not (root / UNFINISHED).exists()


def kill_while_loading(source: Path, data_dir: Path, seconds: float) -> None:
    """Start a process that loads again and again; kill it that long after its first load."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOADS_WITHOUT_END, str(source), str(data_dir)],
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"loaded\n"
        time.sleep(seconds)
        process.kill()
