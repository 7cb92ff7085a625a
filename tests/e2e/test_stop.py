"""Ctrl-C and SIGTERM while setting up: one line, the exit code shells know, nothing half done."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.store import open_store
from tests.command_line import HANGS_AFTER_SECONDS, TWIN
from tests.e2e.conftest import ReferenceMarket
from tests.long import LONG

LARGE = ("generate", "--customers", "400000", "--no-audit")
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
HALF_DONE = ("*.partial", ".unfinished", "*.unfinished", "*.part", ".audit-*")

Due = Callable[[subprocess.Popen[str], Path], bool]


def loaded(library: str) -> Due:
    """When a process has got as far as this with what it imports."""
    return lambda run, _: library in Path(f"/proc/{run.pid}/maps").read_text()


def there(pattern: str) -> Due:
    """When a file of a pattern is below the data directory."""
    return lambda _, data_dir: any(data_dir.rglob(pattern))


def workers_import(run: subprocess.Popen[str], _: Path) -> bool:
    workers = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    return any("numpy" in Path(f"/proc/{worker}/maps").read_text() for worker in workers)


SIGNALS = list(CODES)
SERVE = ("serve", "--prepare")
MOMENTS = [
    (SERVE, loaded("pydantic_core")),
    (SERVE, loaded("duckdb")),
    (LARGE, workers_import),
    (LARGE, there(".*.partial")),
    (SERVE, there(".*.partial")),
    (SERVE, there("raw/.unfinished/*")),
    (SERVE, there("analytics/.unfinished/*")),
]
# Each moment with one of the signals, in the long run with both.
STOPS = [
    (words, due, number)
    for place, (words, due) in enumerate(MOMENTS)
    for number in (SIGNALS if LONG else [SIGNALS[place % len(SIGNALS)]])
]


@pytest.mark.parametrize(("words", "due", "number"), STOPS)
def test_what_is_stopped_while_setting_up_leaves_nothing_half_done(
    words: tuple[str, ...], due: Due, number: signal.Signals, tmp_path: Path
) -> None:
    told = stopped(words, due, number, tmp_path)

    assert told == "twin: stopped\n"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_simulation_that_is_stopped_is_cancelled(
    number: signal.Signals, reference_market: ReferenceMarket, tmp_path: Path
) -> None:
    (tmp_path / "raw").symlink_to(reference_market.data_dir / "raw")
    (tmp_path / "analytics").symlink_to(reference_market.data_dir / "analytics")
    scenarios = [f"Prices go up by ${dollars} a month." for dollars in range(1, 40)]

    told = stopped(("simulate", "--repeats", "20", *scenarios), at_work, number, tmp_path)

    store = open_store(f"sqlite:///{tmp_path / 'simulations.sqlite3'}", max_unfinished_calls=1)
    ((simulation,), _) = store.page(1)
    store.close()
    its_own, of_all = told.splitlines()
    assert its_own.startswith(f"twin: {simulation.id} is cancelled; `twin simulations retry")
    assert of_all == "twin: stopped"
    assert simulation.state == "cancelled"
    assert simulation.counts.running == simulation.counts.pending == 0


def at_work(_: subprocess.Popen[str], data_dir: Path) -> bool:
    """When some reactions of the only simulation were had."""
    file = data_dir / "simulations.sqlite3"
    if not file.exists():
        return False
    store = open_store(f"sqlite:///{file}", max_unfinished_calls=1)
    try:
        found = store.page(1)[0]
        return any(simulation.counts.done for simulation in found)
    finally:
        store.close()


def stopped(words: tuple[str, ...], due: Due, number: signal.Signals, data_dir: Path) -> str:
    """Run until it is due, and stop as a terminal or an orchestrator does; what it then said."""
    run = subprocess.Popen(
        [*TWIN, *words],
        env={**os.environ, "CDT_DATA_DIR": str(data_dir), "CDT_PORT": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not due(run, data_dir):
        assert run.poll() is None, "it ended before it was due"
        time.sleep(0.005)
    if number == signal.SIGINT:
        os.killpg(run.pid, number)
    else:
        run.send_signal(number)
    told = run.communicate(timeout=HANGS_AFTER_SECONDS)[1]

    assert run.returncode == CODES[number]
    assert [path for pattern in HALF_DONE for path in data_dir.rglob(pattern)] == []
    assert living(run.pid) == []  # its workers ended too
    return told


def living(group: int) -> list[str]:
    """Processes of a group that are more than a note of how they ended."""
    states = [
        path.read_text().rpartition(")")[2].split() for path in Path("/proc").glob("[0-9]*/stat")
    ]
    return [state for state, _, of, *_ in states if int(of) == group and state != "Z"]
