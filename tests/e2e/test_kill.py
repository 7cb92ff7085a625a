"""Processes killed in the middle of simulations: nothing lost, nothing stored twice.

CDT_KILLS says how many; `make test-long` asks for a thousand.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.store import SqlSimulationStore, open_store
from domain.reactions import Reaction
from domain.simulations import CallState, SimulationState
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
from tests.fakes.simulations import a_reaction

KILLS = int(os.environ.get("CDT_KILLS", "50")) // 2  # on each of two stores
LONGEST_LIFE_SECONDS = 0.7
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
        with worker(store_url, tmp_path / f"{name}.notes"):
            if chance.random() > KILLED_WHILE_OPENING:
                wait_until((tmp_path / f"{name}.notes").exists)
            time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
        for key, said in stored_reactions(store, *going_on).items():
            seen.setdefault(key, said)
        going_on = {each for each in going_on if not simulation_of(store, each).state.final}
    last = tmp_path / "last.notes"
    with worker(store_url, last), worker(store_url, last):
        wait_until_final(store, *names)

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
        f"{lost} lost, {twice} stored twice, {stuck} stuck, "
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
    assert not store.finish(leased[0], a_reaction("from the grave"), 1.0)
