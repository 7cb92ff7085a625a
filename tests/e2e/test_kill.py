"""Processes killed in the middle of simulations: nothing lost, nothing stored twice."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.store import SqlSimulationStore, open_store
from domain.plan_calls import plan_calls
from domain.reactions import Reaction
from domain.simulations import CallState, SimulationState
from tests.e2e.worker import IN_FLIGHT, work
from tests.fakes.customers import CARRIER, FakeCustomers
from tests.fakes.simulations import a_reaction, a_request

KILLS = 20
LONGEST_LIFE_SECONDS = 0.7
CALLS_PER_SIMULATION = 80
HANGS_AFTER_SECONDS = 60

Stored = Mapping[tuple[str, int], Reaction]

# A server that has imported everything forks the workers: each is a process of its own within
# milliseconds, so that most of a short life is work.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([work.__module__])


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'simulations.db'}"


@pytest.fixture
def store(store_url: str) -> Iterator[SqlSimulationStore]:
    store = open_store(store_url, max_unfinished_calls=100_000)
    yield store
    store.close()


@contextmanager
def worker(store_url: str, notes: Path) -> Iterator[None]:
    """A working process, which is killed at the end whatever it is doing."""
    process = processes.Process(target=work, args=(store_url, notes))
    process.start()
    try:
        yield
        assert process.is_alive(), "the worker died of itself"
    finally:
        process.kill()
        process.join()
        process.close()


def submit(store: SqlSimulationStore, simulation_id: str) -> None:
    request, people = a_request(repeats=CALLS_PER_SIMULATION // 8), FakeCustomers()
    calls = plan_calls(request, people.personas(), people.segments(), CARRIER)
    store.submit(simulation_id, request, calls)


def stored_reactions(store: SqlSimulationStore) -> Stored:
    return {
        (simulation.id, record.call.index): record.reaction
        for simulation in store.page(100)[0]
        for record in store.records(simulation.id, 10_000)
        if record.reaction
    }


def wait_until_final(store: SqlSimulationStore) -> None:
    give_up_at = time.monotonic() + HANGS_AFTER_SECONDS
    while any(not simulation.state.final for simulation in store.page(100)[0]):
        assert time.monotonic() < give_up_at, "simulations do not end"
        time.sleep(0.05)


def test_no_kill_loses_or_repeats_a_stored_reaction(
    store: SqlSimulationStore, store_url: str, tmp_path: Path
) -> None:
    notes, chance = tmp_path / "notes", random.Random(20)  # noqa: S311 - not a secret
    seen: dict[tuple[str, int], Reaction] = {}

    for number in range(KILLS):
        submit(store, f"sim_{number:02}")
        with worker(store_url, notes):
            time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
        seen |= {key: seen.get(key, said) for key, said in stored_reactions(store).items()}
    with worker(store_url, notes), worker(store_url, notes):
        wait_until_final(store)

    final, asked = stored_reactions(store), notes.read_text().split()
    states = [simulation.state for simulation in store.page(100)[0]]
    assert states == [SimulationState.SUCCEEDED] * KILLS
    assert len(final) == KILLS * CALLS_PER_SIMULATION
    assert seen
    assert {key: final[key] for key in seen} == seen
    words = {reaction.reasoning for reaction in final.values()}
    assert len(words) == len(final)
    assert words <= set(asked)
    print(f"{KILLS} kills, {len(final)} reactions, {len(asked) - len(final)} asked again")  # noqa: T201
    assert len(asked) - len(final) <= KILLS * IN_FLIGHT


def test_a_takeover_does_not_wait_for_the_killed_process(
    store: SqlSimulationStore, store_url: str, tmp_path: Path
) -> None:
    submit(store, "sim_a")
    leased = store.claim("killed long ago", 5, lease_seconds=0.0)

    with worker(store_url, tmp_path / "notes"):
        wait_until_final(store)

    records = store.records("sim_a", CALLS_PER_SIMULATION)
    assert [r.attempts for r in records[: len(leased)]] == [2] * len(leased)
    assert {r.state for r in records} == {CallState.DONE}
    assert not store.finish(leased[0], a_reaction("from the grave"), 1.0)
