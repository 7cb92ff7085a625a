"""Processes killed in the middle of simulations: nothing lost, nothing stored twice.

Twenty kills; `make test-long` asks for a thousand.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.store import SqlSimulationStore, open_store
from domain.reactions import Reaction
from domain.simulations.simulation import CallState, SimulationState
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
from tests.fakes.simulations import a_reaction, finish
from tests.long import LONG

KILLS = 500 if LONG else 10  # on each of two stores
# A process lives until it has asked so much: how long that takes is the machine's affair. Who has
# asked for more than is in flight has stored something.
MOST_ASKED = 3 * IN_FLIGHT
LONGEST_REST_SECONDS = 0.05  # so that it dies anywhere between two calls
KILLED_WHILE_OPENING = 0.2  # share of processes, perhaps before they have begun
CALLS = 40


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'simulations.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[SqlSimulationStore]:
    store = open_store(store_url, max_unfinished_calls=100_000)
    yield store
    store.close()


def asked_in(notes: Path) -> int:
    return len(notes.read_text().split()) if notes.exists() else 0


def all_final(store: SqlSimulationStore, names: set[str]) -> bool:
    return all(simulation_of(store, name).state.final for name in names)


def had_in_part(store: SqlSimulationStore, name: str) -> bool:
    """Whether calls of it were given up, as those are that lost a worker thrice."""
    simulation = simulation_of(store, name)
    records = store.records(name, CALLS)
    codes = {record.failure.code for record in records if record.failure}
    assert codes <= {"worker_lost"}
    return simulation.state is SimulationState.PARTIAL


def test_no_kill_loses_or_repeats_a_stored_reaction(
    store: SqlSimulationStore,
    store_url: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    chance = random.Random(20)  # noqa: S311 - not a secret
    names, going_on = [f"sim_{number:03}" for number in range(KILLS)], set[str]()
    seen: dict[tuple[str, int], Reaction] = {}

    for name in names:
        submit(store, name, CALLS)
        going_on.add(name)
        notes = tmp_path / f"{name}.notes"
        with worker(store_url, notes):
            if chance.random() > KILLED_WHILE_OPENING:
                life = chance.randint(0, MOST_ASKED)
                wait_until(lambda: asked_in(notes) >= life or all_final(store, going_on))  # noqa: B023
            time.sleep(chance.uniform(0, LONGEST_REST_SECONDS))
        for key, said in stored_reactions(store, *going_on).items():
            seen.setdefault(key, said)
        going_on = {each for each in going_on if not simulation_of(store, each).state.final}
    last = tmp_path / "last.notes"
    given_up = 0
    with worker(store_url, last), worker(store_url, last):
        wait_until_final(store, *names)
        while partial := [name for name in names if had_in_part(store, name)]:
            given_up += sum(simulation_of(store, name).counts.failed for name in partial)
            for name in partial:
                store.retry(name)
            wait_until_final(store, *partial)

    final = stored_reactions(store, *names)
    asked = [words for notes in tmp_path.glob("*.notes") for words in notes.read_text().split()]
    states = [simulation_of(store, name).state for name in names]
    words = words_of(final)
    lost = KILLS * CALLS - len(final) + sum(final.get(key) != said for key, said in seen.items())
    twice, stuck = len(words) - len(set(words)), sum(not state.final for state in states)
    repeated = len(asked) - len(final)
    record_property(
        store_url.partition(":")[0],
        f"{KILLS} kills, {len(final)} reactions, {len(seen)} seen between kills: "
        f"{lost} lost, {twice} stored twice, {stuck} stuck, {given_up} given up and retried, "
        f"{repeated} asked again of {KILLS * IN_FLIGHT} that may have been in flight",
    )
    assert states == [SimulationState.SUCCEEDED] * KILLS
    assert (lost, twice, stuck) == (0, 0, 0)
    assert seen
    assert set(words) <= set(asked)
    assert repeated <= KILLS * IN_FLIGHT


def test_a_takeover_does_not_wait_for_the_killed_process(
    store: SqlSimulationStore, store_url: str, tmp_path: Path
) -> None:
    submit(store, "sim_a", CALLS)
    leased = store.claim("killed long ago", 5, lease_seconds=0.0)

    with worker(store_url, tmp_path / "notes"):
        wait_until_final(store, "sim_a")

    records = store.records("sim_a", CALLS)
    assert [r.attempts for r in records[: len(leased)]] == [2] * len(leased)
    assert {r.state for r in records} == {CallState.DONE}
    assert not finish(store, leased[0], a_reaction("from the grave"), 1.0)
