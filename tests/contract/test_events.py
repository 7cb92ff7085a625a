"""What a SimulationStore promises those who watch, put to each implementer."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from adapters.store import SqlSimulationStore
from adapters.store.database.database import Database
from domain.simulations.simulation import (
    CallState,
    Failure,
    LeasedCall,
    Mark,
    SimulationState,
    Summary,
)
from tests.fakes.disks import Disk
from tests.fakes.simulations import a_reaction, a_request, finish, some_calls

FAILURE = Failure(code="timeout", detail="no reaction within 120 s; retry")
LEASE_SECONDS = 30.0
NO_SUMMARY = Summary(scenarios=())


def claim_all(store: SqlSimulationStore) -> Sequence[LeasedCall]:
    return store.claim("worker", 1_000, LEASE_SECONDS)


def test_calls_are_numbered_as_they_end(disk: Disk, store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(4))
    claimed = claim_all(store)
    finish(store, claimed[2], a_reaction(), 1.0)
    finish(store, claimed[0], FAILURE, 1.0)
    finish(disk.open(), claimed[3], a_reaction(), 1.0)

    ended = store.ended("sim_a", 10)

    assert [(number, record.call.index) for number, record in ended] == [(1, 2), (2, 0), (3, 3)]
    assert [record.state for _, record in ended][1] is CallState.FAILED
    assert store.ended("sim_a", 1, after=1) == [ended[1]]
    assert store.ended("sim_a", 10, after=3) == []


def test_each_simulation_has_numbers_of_its_own(store: SqlSimulationStore) -> None:
    for name in ("sim_a", "sim_b"):
        store.submit(name, a_request(), some_calls(2))
    for leased in claim_all(store):
        finish(store, leased, a_reaction(), 1.0)

    assert [number for number, _ in store.ended("sim_a", 10)] == [1, 2]
    assert [number for number, _ in store.ended("sim_b", 10)] == [1, 2]


def test_marks_tell_state_and_last_number(store: SqlSimulationStore) -> None:
    for name in ("sim_a", "sim_b"):
        store.submit(name, a_request(), some_calls(1))
    (leased,) = store.claim("worker", 1, LEASE_SECONDS)
    finish(store, leased, a_reaction(), 1.0)
    store.conclude(leased.simulation_id, SimulationState.SUCCEEDED, NO_SUMMARY, None)

    marks = store.marks(["sim_a", "sim_b", "sim_unknown"])

    assert marks == {
        "sim_a": Mark(SimulationState.SUCCEEDED, 1),
        "sim_b": Mark(SimulationState.QUEUED, 0),
    }
    assert store.marks([]) == {}


def test_whoever_follows_the_numbers_misses_nothing_of_many_writers(disk: Disk) -> None:
    stores, names = [disk.open() for _ in range(4)], ("sim_a", "sim_b")
    for name in names:
        stores[0].submit(name, a_request(), some_calls(100))
    claimed = claim_all(stores[0])

    with ThreadPoolExecutor(18) as threads:
        writing = [threads.submit(_finish, stores[n % 4], one) for n, one in enumerate(claimed)]
        followed = [threads.submit(_follow, stores[3], name, writing) for name in names]

        assert all(one.result() for one in writing)
        assert [one.result() for one in followed] == [list(range(1, 101))] * 2


def test_a_number_is_not_seen_before_a_lower_one_is_kept(
    disk: Disk, store: SqlSimulationStore
) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    (leased,) = claim_all(store)
    slow = Database(disk.url, disk.clock)

    with ThreadPoolExecutor(1) as threads:
        with slow.writing() as connection:
            slow.take_turns(connection, ["sim_b", "sim_a"])
            finishing = threads.submit(_finish, store, leased)
            with pytest.raises(TimeoutError):
                finishing.result(timeout=0.5)
            assert store.ended("sim_a", 1) == []
        assert finishing.result()

    slow.close()


def _finish(store: SqlSimulationStore, leased: LeasedCall) -> bool:
    return finish(store, leased, a_reaction(), 1.0)


def _follow(
    store: SqlSimulationStore, simulation_id: str, writing: Sequence[Future[bool]]
) -> list[int]:
    """Numbers as a reader sees them who never looks back, until all is written and read."""
    seen, written = [0], False
    while True:
        more = store.ended(simulation_id, 10, after=seen[-1])
        if written and not more:
            return seen[1:]
        seen += [number for number, _ in more]
        written = all(one.done() for one in writing)
