"""Concluded simulations told to a log, whatever happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from adapters.store import SqlSimulationStore, open_store
from api.jobs.pace import Pace
from api.jobs.supervisor import Supervisor
from domain.errors import Unavailable
from domain.simulations import Market
from domain.simulations.plan import plan_calls
from domain.simulations.simulation import CallRecord, Simulation, SimulationState
from domain.simulations.summary import summarize
from tests.fakes.customers import FakeCustomers
from tests.fakes.engines import Echo
from tests.fakes.simulations import a_request

pytestmark = pytest.mark.anyio

PACE = Pace(concurrency=8, poll_seconds=0.05)


class FlakyLog:
    """A log that cannot be reached the first times."""

    def __init__(self, failures: int = 0) -> None:
        self.left = failures
        self.told: list[tuple[str, SimulationState, int]] = []

    def record(self, simulation: Simulation, records: Sequence[CallRecord]) -> None:
        if self.left > 0:
            self.left -= 1
            raise Unavailable("the log", "try again")
        self.told.append((simulation.id, simulation.state, len(records)))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlSimulationStore]:
    store = open_store(f"sqlite:///{tmp_path / 'simulations.db'}", max_unfinished_calls=10_000)
    yield store
    store.close()


def submit(store: SqlSimulationStore, simulation_id: str) -> None:
    people, asked = FakeCustomers(), a_request()
    calls = plan_calls(asked, people)
    store.submit(simulation_id, asked, calls)


def hire(store: SqlSimulationStore, log: FlakyLog | None) -> Supervisor:
    market = Market(FakeCustomers())
    return Supervisor(store, market, {"choice": Echo()}, summarize=summarize, pace=PACE, log=log)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a store on disk has no event
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("failures", [0, 3])
async def test_each_concluded_simulation_is_told_once(
    store: SqlSimulationStore, failures: int
) -> None:
    log = FlakyLog(failures)
    for name in ("sim_a", "sim_b"):
        submit(store, name)
    supervisor = hire(store, log)
    supervisor.start()
    await until(lambda: len(log.told) == 2 and not store.undelivered(10))
    await supervisor.stop(1)
    assert sorted(log.told) == [
        ("sim_a", SimulationState.SUCCEEDED, 8),
        ("sim_b", SimulationState.SUCCEEDED, 8),
    ]


async def test_a_log_that_is_down_holds_up_no_simulation(store: SqlSimulationStore) -> None:
    log = FlakyLog(failures=10_000)
    submit(store, "sim_a")
    simulation = await hire(store, log).run_until_final("sim_a")
    assert simulation.state is SimulationState.SUCCEEDED
    assert store.undelivered(10) == ["sim_a"]


async def test_what_was_concluded_without_a_log_is_told_when_there_is_one(
    store: SqlSimulationStore,
) -> None:
    submit(store, "sim_a")
    await hire(store, None).run_until_final("sim_a")
    log = FlakyLog()
    supervisor = hire(store, log)
    supervisor.start()
    await until(lambda: bool(log.told))
    await supervisor.stop(1)
    assert [name for name, _, _ in log.told] == ["sim_a"]
