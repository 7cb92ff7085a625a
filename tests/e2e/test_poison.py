"""A call that kills whoever asks it: it fails for it, and others do not."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.store import SqlSimulationStore, open_store
from adapters.store.calls.losses import MOST_LOST
from api.jobs.pace import Pace
from api.jobs.supervisor import Supervisor
from domain.customers.panel import Panel
from domain.language_model.metering import metered_by
from domain.personas.persona import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from domain.simulations import Market
from domain.simulations.plan import plan_calls
from domain.simulations.simulation import SimulationState
from domain.simulations.summary import summarize
from domain.simulations.usage import Budget
from tests.e2e.crowd import processes, simulation_of, wait_until
from tests.fakes.customers import FakeCustomers
from tests.fakes.simulations import a_reaction, a_request

DEADLY = "S3"
IN_FLIGHT = 4
PACE = Pace(concurrency=IN_FLIGHT, lease_seconds=1.0, poll_seconds=0.05)


class DeadlyModel:
    """An engine that notes whom it asks, a request each, and ends its process at one segment."""

    engine: Engine = "choice"

    def __init__(self, notes: Path) -> None:
        self._notes = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def react(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int
    ) -> Reaction:
        meter = metered_by.get()
        assert meter is not None
        await meter.ask()
        os.write(self._notes, f"{persona.segment_id}\n".encode())
        await asyncio.sleep(0.01)
        if persona.segment_id == DEADLY:
            os._exit(9)
        return a_reaction(seed=seed)


def work(store_url: str, notes: Path) -> None:
    """Work until the simulation is final, or until it kills us."""
    asyncio.run(_work(store_url, notes))


async def _work(store_url: str, notes: Path) -> None:
    store = open_store(store_url, max_unfinished_calls=100_000)
    market = Market(FakeCustomers())
    engines = {"choice": DeadlyModel(notes)}
    await Supervisor(
        store,
        market,
        engines,  # type: ignore[arg-type]  # a dictionary of one engine
        summarize=summarize,
        pace=PACE,
    ).run_until_final("sim_a")
    store.close()


def work_until_final(store: SqlSimulationStore, store_url: str, notes: Path) -> int:
    """How many workers died, each the heir of the one before, until the simulation was final."""
    deaths = 0
    while not simulation_of(store, "sim_a").state.final:
        process = processes.Process(target=work, args=(store_url, notes))
        process.start()
        wait_until(lambda mine=process: mine.exitcode is not None)  # type: ignore[misc]
        process.join()
        assert process.exitcode in {0, 9}
        deaths += process.exitcode == 9
    return deaths


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


def submit(store: SqlSimulationStore, budget: Budget | None = None) -> None:
    request, people = a_request(budget=budget, repeats=2), FakeCustomers()
    calls = plan_calls(request, people)
    store.submit("sim_a", request, calls)


def test_a_call_that_kills_its_workers_fails_and_all_others_are_had(
    store: SqlSimulationStore, store_url: str, tmp_path: Path
) -> None:
    submit(store)
    notes = tmp_path / "notes"

    deaths = work_until_final(store, store_url, notes)

    simulation, records = simulation_of(store, "sim_a"), store.records("sim_a", 100)
    asked = Counter(notes.read_text().split())
    assert simulation.state is SimulationState.PARTIAL
    assert {
        (record.call.segment_id, record.failure and record.failure.code) for record in records
    } == {(f"S{number}", "worker_lost" if number == 3 else None) for number in range(1, 9)}
    assert asked[DEADLY] <= 2 * MOST_LOST  # two calls, each by so many workers
    assert deaths <= 2 * MOST_LOST


@pytest.mark.parametrize("max_calls", [2, 5])
def test_what_kills_its_workers_counts_in_the_budget_each_time(
    store: SqlSimulationStore, store_url: str, tmp_path: Path, max_calls: int
) -> None:
    submit(store, Budget(max_calls=max_calls))
    notes = tmp_path / "notes"

    work_until_final(store, store_url, notes)

    asked = notes.read_text().split()
    simulation = simulation_of(store, "sim_a")
    assert simulation.state is SimulationState.BUDGET_EXHAUSTED
    assert len(asked) <= max_calls
    assert len(asked) <= simulation.spent.calls <= max_calls
