"""Processes stopped, paused and parted from their database in the middle of simulations."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.store import SqlSimulationStore, open_store
from domain.simulations.simulation import SimulationState
from tests.e2e.crowd import (
    simulation_of,
    stored_reactions,
    submit,
    wait_until,
    wait_until_final,
    words_of,
    worker,
)
from tests.e2e.worker import IN_FLIGHT
from tests.fakes.postgres import PostgresServer

CALLS = 80
LONG_SECONDS = 3600.0


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlSimulationStore]:
    store = open_store(postgres_url, max_unfinished_calls=100_000)
    yield store
    store.close()


def running(store: SqlSimulationStore) -> int:
    return simulation_of(store, "sim_a").counts.running


def done(store: SqlSimulationStore) -> int:
    return simulation_of(store, "sim_a").counts.done


def asked(notes: Path) -> list[str]:
    return notes.read_text().split() if notes.exists() else []


def test_a_process_told_to_stop_hands_back_what_it_cannot_finish(
    store: SqlSimulationStore, postgres_url: str, tmp_path: Path
) -> None:
    submit(store, "sim_a", CALLS)
    with worker(postgres_url, tmp_path / "slow", LONG_SECONDS) as stopped:
        wait_until(lambda: running(store) == IN_FLIGHT)
        os.kill(stopped.pid or 0, signal.SIGTERM)
        stopped.join(60)
        assert stopped.exitcode == 0

    assert (running(store), simulation_of(store, "sim_a").counts.pending) == (0, CALLS)
    with worker(postgres_url, tmp_path / "quick"):
        wait_until_final(store, "sim_a")
    assert simulation_of(store, "sim_a").state is SimulationState.SUCCEEDED


def test_a_process_told_to_stop_finishes_what_it_can_and_begins_nothing(
    store: SqlSimulationStore, postgres_url: str, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    submit(store, "sim_a", CALLS)
    with worker(postgres_url, notes, seconds=0.5, grace_seconds=60.0) as stopped:
        wait_until(lambda: running(store) == IN_FLIGHT)
        os.kill(stopped.pid or 0, signal.SIGTERM)
        stopped.join(60)
        assert stopped.exitcode == 0

    assert running(store) == 0
    assert 0 < done(store) == len(asked(notes)) < CALLS


def test_a_paused_process_that_wakes_up_late_stores_nothing(
    store: SqlSimulationStore, postgres_url: str, tmp_path: Path
) -> None:
    submit(store, "sim_a", CALLS)
    with worker(postgres_url, tmp_path / "zombie", seconds=0.5) as zombie:
        wait_until(lambda: running(store) == IN_FLIGHT)
        os.kill(zombie.pid or 0, signal.SIGSTOP)
        with worker(postgres_url, tmp_path / "heir"):
            wait_until_final(store, "sim_a")
        before = stored_reactions(store, "sim_a")

        os.kill(zombie.pid or 0, signal.SIGCONT)
        submit(store, "sim_b", CALLS)
        wait_until_final(store, "sim_b")  # by the zombie, which is done with its past then

    assert stored_reactions(store, "sim_a") == before
    assert len(before) == CALLS
    assert set(words_of(stored_reactions(store, "sim_b"))) <= set(asked(tmp_path / "zombie"))


def test_two_processes_share_the_work_and_one_takes_over_from_the_other(
    store: SqlSimulationStore, postgres_url: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    submit(store, "sim_a", CALLS)
    with worker(postgres_url, first, seconds=0.2) as killed, worker(postgres_url, second, 0.2):
        wait_until(lambda: bool(asked(first)) and bool(asked(second)))
        os.kill(killed.pid or 0, signal.SIGKILL)
        killed.join()
        wait_until_final(store, "sim_a")
        words = words_of(stored_reactions(store, "sim_a"))

        assert len(set(words)) == CALLS
        assert set(words) <= {*asked(first), *asked(second)}
        assert len(asked(first)) + len(asked(second)) - CALLS <= IN_FLIGHT
    assert simulation_of(store, "sim_a").state is SimulationState.SUCCEEDED


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_database_restarted_in_the_middle_loses_nothing(
    store: SqlSimulationStore,
    postgres: PostgresServer,
    postgres_url: str,
    tmp_path: Path,
    how: signal.Signals,
) -> None:
    notes = tmp_path / "notes"
    submit(store, "sim_a", CALLS)
    with worker(postgres_url, notes, seconds=0.2):
        wait_until(lambda: done(store) > 0)
        before = stored_reactions(store, "sim_a")
        postgres.stop(how)
        postgres.start()
        wait_until_final(store, "sim_a")

    after = stored_reactions(store, "sim_a")
    assert len(set(words_of(after))) == CALLS
    assert {key: after[key] for key in before} == before
    assert len(asked(notes)) - CALLS <= IN_FLIGHT
