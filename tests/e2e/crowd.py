"""Workers as processes of their own on one store, and what they left in it."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from adapters.store import SqlSimulationStore
from domain.reactions import Reaction
from domain.simulations.plan import plan_calls
from domain.simulations.simulation import Simulation
from tests.e2e.worker import REACTION_SECONDS, work
from tests.fakes.customers import FakeCustomers
from tests.fakes.simulations import a_request

PERSONAS = 8
HANGS_AFTER_SECONDS = 300

Stored = Mapping[tuple[str, int], Reaction]

# A server that has imported everything forks the workers: each is a process of its own within
# milliseconds, so that most of a short life is work.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([work.__module__])


@contextmanager
def worker(
    store_url: str, notes: Path, seconds: float = REACTION_SECONDS, grace_seconds: float = 0.0
) -> Iterator[ForkServerProcess]:
    """A working process, which is killed at the end whatever it is doing."""
    process = processes.Process(target=work, args=(store_url, notes, seconds, grace_seconds))
    process.start()
    try:
        yield process
        assert process.exitcode in {None, 0, -signal.SIGKILL}, "the worker died of itself"
    finally:
        process.kill()
        process.join()


def submit(store: SqlSimulationStore, simulation_id: str, calls: int) -> None:
    """A simulation of so many calls, a multiple of the personas, at most 160."""
    request, people = a_request(repeats=calls // PERSONAS), FakeCustomers()
    planned = plan_calls(request, people)
    store.submit(simulation_id, request, planned)


def stored_reactions(store: SqlSimulationStore, *simulation_ids: str) -> Stored:
    """By simulation and index."""
    return {
        (simulation_id, record.call.index): record.reaction
        for simulation_id in simulation_ids
        for record in store.records(simulation_id, 10_000)
        if record.reaction
    }


def words_of(stored: Stored) -> list[str]:
    """What was said, in no order that matters."""
    return [reaction.reasoning for reaction in stored.values()]


def simulation_of(store: SqlSimulationStore, simulation_id: str) -> Simulation:
    """The simulation, which must be there."""
    simulation = store.get(simulation_id)
    assert simulation is not None
    return simulation


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again; a condition that never comes is a failure."""
    give_up_at = time.monotonic() + HANGS_AFTER_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, "simulations do not end"
        time.sleep(0.05)


def wait_until_final(store: SqlSimulationStore, *simulation_ids: str) -> None:
    """Until each of them has a final state."""
    for simulation_id in simulation_ids:
        wait_until(lambda name=simulation_id: simulation_of(store, name).state.final)  # type: ignore[misc]
