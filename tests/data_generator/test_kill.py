"""Kills at random points of a run: with KILLS=200 in the environment, two hundred of them."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from data_generator.manifest import Manifest, read_manifest

KILLS = int(os.environ.get("KILLS", "4"))
CUSTOMERS, SEED = 6_000, 7


def start(out: Path, workers: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "data_generator", "--customers", str(CUSTOMERS)]
    return subprocess.Popen(
        [*command, "--seed", str(SEED), "--workers", str(workers), "--no-audit", "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def undisturbed(folder: Path, workers: int) -> tuple[Manifest, float]:
    """What a run writes, and how many seconds it takes as a process."""
    started = time.perf_counter()
    assert start(folder, workers).wait() == 0
    return read_manifest(folder / "manifest.json"), time.perf_counter() - started


def wait_for_the_first_file(folder: Path) -> None:
    """Wait until the run has begun to write, however long a busy machine takes to start it."""
    for _ in range(6_000):
        if any(path.is_file() for path in folder.rglob("*")):
            return
        time.sleep(0.01)
    pytest.fail("nothing was written within a minute")


def wait_for_the_last(group: int) -> None:
    """Wait until no process of the run is left; a worker that stays is a failure."""
    for _ in range(600):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(group, signal.SIGKILL)
    pytest.fail("a worker outlived its parent by a minute")


@pytest.mark.parametrize(
    ("kill", "workers"), [(os.kill, 2), (os.killpg, 1)], ids=["the parent", "everybody"]
)
def test_a_killed_run_leaves_whole_files_or_none_and_no_manifest(
    kill: Callable[[int, int], None], workers: int, tmp_path: Path
) -> None:
    manifest, seconds = undisturbed(tmp_path / "whole", workers)
    expected = {file.path: file.sha256 for file in manifest.files}
    chance = random.Random(f"{workers} of {KILLS}")  # noqa: S311 - where to kill, nothing secret
    unfinished = 0
    for turn in range(KILLS // 2):
        folder = tmp_path / str(turn % 5)  # what one kill left lies in the way of a later one
        (folder / "manifest.json").unlink(missing_ok=True)
        run = start(folder, workers)
        if turn == 0:
            wait_for_the_first_file(folder)
        else:  # half of them in the last fifth, where files get their names
            time.sleep(seconds * (chance.random() if turn % 2 else 0.8 + 0.4 * chance.random()))
        kill(run.pid, signal.SIGKILL)
        run.wait()
        wait_for_the_last(run.pid)
        found = {
            str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in folder.glob("*/[!.]*")
        }
        assert found.items() <= expected.items()
        if (folder / "manifest.json").exists():
            assert found == expected
            assert read_manifest(folder / "manifest.json") == manifest
        else:
            unfinished += 1
    assert unfinished > 0
