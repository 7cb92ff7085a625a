"""Loads killed in the middle, for real."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from adapters.warehouse.load import load_files, read_manifest
from adapters.warehouse.versions import UNFINISHED, versions

LOADS_WITHOUT_END = """
import sys
from pathlib import Path
from adapters.warehouse.load import load_files

while True:
    load_files(Path(sys.argv[1]), Path(sys.argv[2]))
    print("loaded", flush=True)
"""


def test_a_load_killed_at_any_moment_leaves_a_whole_version_live(
    ninety_more: Path, tmp_path: Path
) -> None:
    shelf = tmp_path / "raw"
    moments = np.random.default_rng(7).uniform(0, 0.4, 5)
    load_files(ninety_more, tmp_path)

    for seconds in moments.tolist():
        kill_while_loading(ninety_more, tmp_path, seconds)

        live = shelf / "current"
        customers = pq.read_metadata(live / "internal" / "customers.parquet").num_rows
        assert read_manifest(live).rows["customers"] == customers == 93

    load_files(ninety_more, tmp_path)
    assert len(versions(shelf)) == 2
    assert not (shelf / UNFINISHED).exists()


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
