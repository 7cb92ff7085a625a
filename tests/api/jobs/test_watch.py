"""Watching simulations of a real store: what is told, to whom, and how often the store is asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest

from adapters.store import SqlSimulationStore, open_store
from api.jobs.watch import PAGE, Watches
from api.representations.events import Place
from domain.errors import Unavailable
from domain.simulations import SimulationReader
from domain.simulations.simulation import Failure, LeasedCall, SimulationState, Summary
from tests.fakes.simulations import a_reaction, a_request, finish, some_calls

pytestmark = pytest.mark.anyio

NEVER = 3600.0
NO_SUMMARY = Summary(scenarios=())
PING = b": ping\n\n"


class CountingStore:
    """A store that counts what is asked of it and can be out of order."""

    def __init__(self, store: SqlSimulationStore) -> None:
        self._store = store
        self.asked: Counter[str] = Counter()
        self.broken = False

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401 - whatever the store has
        self.asked[method] += 1
        if self.broken:
            raise Unavailable("the simulation store", "try again")
        return getattr(self._store, method)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlSimulationStore]:
    store = open_store(f"sqlite:///{tmp_path / 'simulations.db'}", max_unfinished_calls=100_000)
    yield store
    store.close()


@pytest.fixture
def counting(store: SqlSimulationStore) -> CountingStore:
    return CountingStore(store)


@pytest.fixture
async def watches(counting: CountingStore) -> AsyncIterator[Watches]:
    """Watches that look when rung, and at nothing else."""
    watches = Watches(cast("SimulationReader", counting), poll_seconds=NEVER)
    watches.start()
    yield watches
    await watches.end()


def begin(store: SqlSimulationStore, name: str, calls: int) -> list[LeasedCall]:
    store.submit(name, a_request(), some_calls(calls))
    return list(store.claim("worker", calls, 30.0))


def conclude(store: SqlSimulationStore, name: str) -> None:
    assert store.conclude(name, SimulationState.SUCCEEDED, NO_SUMMARY, None)


async def told(watches: Watches, name: str, place: Place | None = None) -> bytes:
    async with aclosing(watches.events(name, place or Place())) as events:
        return b"".join([each async for each in events])


def names(stream: bytes) -> list[str]:
    return [line[7:] for line in stream.decode().split("\n") if line.startswith("event: ")]


def ids(stream: bytes) -> list[int]:
    return [int(line[4:]) for line in stream.decode().split("\n") if line.startswith("id: ")]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a store on disk has no event
            await asyncio.sleep(0.01)


async def until_watched(watches: Watches, clients: int) -> None:
    await until(lambda: sum(each.clients for each in watches._watched.values()) == clients)


async def test_a_simulation_that_is_over_is_told_from_its_first_reaction_to_its_end(
    store: SqlSimulationStore, watches: Watches
) -> None:
    first, second = begin(store, "sim_a", 2)
    finish(store, second, a_reaction(), 1.0)
    finish(store, first, Failure(code="timeout", detail="retry"), 1.0)
    conclude(store, "sim_a")

    stream = await told(watches, "sim_a")

    assert names(stream) == ["reaction", "reaction", "progress", "state", "done"]
    assert ids(stream) == [2, 4, 4, 4, 5]
    assert stream.index(b'"index":1') < stream.index(b'"index":0')


async def test_what_happens_while_one_watches_is_told_as_it_happens(
    store: SqlSimulationStore, watches: Watches
) -> None:
    (leased,) = begin(store, "sim_a", 1)
    async with aclosing(watches.events("sim_a", Place())) as events, asyncio.timeout(20):
        so_far = [await anext(events) for _ in range(3)]
        assert names(b"".join(so_far)) == ["state", "progress"]

        finish(store, leased, a_reaction(), 1.0)
        watches.ring("sim_a")
        assert names(await anext(events)) == ["reaction"]
        assert names(await anext(events)) == ["progress"]

        conclude(store, "sim_a")
        watches.ring("sim_a")
        assert names(b"".join([each async for each in events])) == ["state", "done"]


@pytest.mark.parametrize("seen", [0, 1, PAGE, PAGE + 3, 2 * PAGE + 8])
async def test_whoever_comes_back_misses_nothing_and_is_told_nothing_twice(
    store: SqlSimulationStore, watches: Watches, seen: int
) -> None:
    for leased in begin(store, "sim_a", 2 * PAGE + 9):
        finish(store, leased, a_reaction(), 1.0)
    conclude(store, "sim_a")

    stream = await told(watches, "sim_a", Place(seen))

    reactions = [each for each in stream.split(b"\n\n") if each.startswith(b"event: reaction")]
    assert len(reactions) == 2 * PAGE + 9 - seen
    assert ids(stream) == sorted(ids(stream))
    assert ids(stream)[-1] % 2 == 1


async def test_a_thousand_who_watch_cost_the_store_what_one_does(
    store: SqlSimulationStore, counting: CountingStore, watches: Watches
) -> None:
    calls = begin(store, "sim_a", 3)
    watching = [asyncio.create_task(told(watches, "sim_a")) for _ in range(1_000)]
    await until_watched(watches, 1_000)
    for leased in calls:
        finish(store, leased, a_reaction(), 1.0)
    conclude(store, "sim_a")
    watches.ring("sim_a")

    async with asyncio.timeout(60):
        streams = await asyncio.gather(*watching)

    assert {names(stream).count("reaction") for stream in streams} == {3}
    assert {names(stream)[-1] for stream in streams} == {"done"}
    assert counting.asked["ended"] <= 3
    assert counting.asked["get"] <= 3


async def test_those_who_wait_do_not_have_the_store_asked(
    store: SqlSimulationStore, counting: CountingStore, watches: Watches
) -> None:
    begin(store, "sim_a", 1)
    watching = [asyncio.create_task(told(watches, "sim_a")) for _ in range(50)]
    await until_watched(watches, 50)
    await until(lambda: watches._watched["sim_a"].simulation is not None)
    before = counting.asked.copy()

    for _ in range(20):
        watches.ring("sim_other")
        await asyncio.sleep(0.01)

    assert counting.asked == before
    watches.close()
    await asyncio.gather(*watching)


async def test_what_another_process_did_is_seen_without_a_ring(store: SqlSimulationStore) -> None:
    (leased,) = begin(store, "sim_a", 1)
    watches = Watches(store, poll_seconds=0.05)
    watches.start()
    watching = asyncio.create_task(told(watches, "sim_a"))
    await until_watched(watches, 1)

    finish(store, leased, a_reaction(), 1.0)
    conclude(store, "sim_a")

    async with asyncio.timeout(20):
        assert names(await watching)[-1] == "done"
    await watches.end()


async def test_silence_is_broken_by_comments(store: SqlSimulationStore) -> None:
    begin(store, "sim_a", 1)
    watches = Watches(store, poll_seconds=NEVER, ping_seconds=0.02)
    watches.start()
    async with aclosing(watches.events("sim_a", Place())) as events, asyncio.timeout(20):
        pings = 0
        async for event in events:
            pings += event == PING
            if pings == 3:
                break
    await watches.end()


async def test_closing_ends_every_stream_and_those_that_begin_later(
    store: SqlSimulationStore, watches: Watches
) -> None:
    begin(store, "sim_a", 1)
    watching = [asyncio.create_task(told(watches, "sim_a")) for _ in range(20)]
    await until_watched(watches, 20)

    watches.close()

    async with asyncio.timeout(20):
        streams: Sequence[bytes] = await asyncio.gather(*watching)
        assert names(await told(watches, "sim_a")) == []
    assert all("done" not in names(stream) for stream in streams)


async def test_nobody_who_left_is_kept_in_mind(store: SqlSimulationStore, watches: Watches) -> None:
    begin(store, "sim_a", 1)
    watching = [asyncio.create_task(told(watches, "sim_a")) for _ in range(20)]
    await until_watched(watches, 20)

    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)

    assert watches._watched == {}


async def test_a_simulation_deleted_meanwhile_ends_the_stream(
    store: SqlSimulationStore, watches: Watches
) -> None:
    (leased,) = begin(store, "sim_a", 1)
    watching = asyncio.create_task(told(watches, "sim_a"))
    await until_watched(watches, 1)
    finish(store, leased, a_reaction(), 1.0)
    conclude(store, "sim_a")
    store.delete("sim_a")
    watches.ring("sim_a")

    async with asyncio.timeout(20):
        assert "done" not in names(await watching)


async def test_a_store_out_of_order_ends_streams_for_clients_to_come_back(
    store: SqlSimulationStore, counting: CountingStore, watches: Watches
) -> None:
    (leased,) = begin(store, "sim_a", 1)
    async with aclosing(watches.events("sim_a", Place())) as events, asyncio.timeout(20):
        for _ in range(3):
            await anext(events)
        finish(store, leased, a_reaction(), 1.0)
        watches.ring("sim_a")
        await until(lambda: watches._watched["sim_a"].sequence == 1)
        counting.broken = True
        assert [each async for each in events] == []

    counting.broken = False
    conclude(store, "sim_a")
    assert names(await told(watches, "sim_a")).count("reaction") == 1
