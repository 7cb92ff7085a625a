from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data_generator.generate.generate import generate
from data_generator.generate.make import TABLES
from data_generator.schema.schema import FOLDERS


def children() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return [int(process) for process in listed.split()]


def test_a_worker_that_is_killed_fails_the_run_and_the_others_end(tmp_path: Path) -> None:
    before, killed = set(children()), list[int]()

    def kill_one(table: str, done: int, total: int) -> None:
        if not killed:
            killed.append((set(children()) - before).pop())
            os.kill(killed[0], signal.SIGKILL)

    with pytest.raises(ChildProcessError, match="give --workers 1"):
        generate(tmp_path, 60_000, 7, workers=3, progress=kill_one)
    assert killed
    assert set(children()) == before
    assert not (tmp_path / "manifest.json").exists()


def test_a_folder_that_cannot_be_written_is_told_by_the_worker(tmp_path: Path) -> None:
    partial = tmp_path / "internal" / ".monthly_usage.parquet.partial" / "in the way"
    partial.parent.mkdir(parents=True)
    with pytest.raises(OSError, match=r"monthly_usage\.parquet\.partial"):
        generate(tmp_path, 300, 7, workers=2)


def test_a_worker_imports_nothing_of_the_service_that_started_it() -> None:
    listing = "import sys, data_generator.generate.worker; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", listing], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert {"data_generator.generate.make", "pyarrow.parquet"} <= loaded
    assert not {"api", "fastapi", "duckdb", "scipy", "rich"} & loaded


def test_more_workers_than_tables_are_not_started(tmp_path: Path) -> None:
    manifest = generate(tmp_path, 50, 7, workers=20)
    assert {file.name for file in manifest.files} == set(FOLDERS) == set(TABLES)
