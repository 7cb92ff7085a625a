"""A process that works on simulations until it is ended, noting every call of its engine."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import Sequence
from pathlib import Path

from adapters.store import open_store
from api.jobs.pace import Pace
from api.jobs.supervisor import Supervisor
from domain.customers.panel import Panel
from domain.personas.persona import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from domain.simulations import Market
from domain.simulations.summary import summarize
from tests.fakes.customers import FakeCustomers
from tests.fakes.engines import AsksNoModel
from tests.fakes.simulations import a_reaction

IN_FLIGHT = 8
# A third of a lease is longer than a process stands still on a machine with much else to do.
PACE = Pace(concurrency=IN_FLIGHT, lease_seconds=3.0, poll_seconds=0.05)
REACTION_SECONDS = 0.02


class NotingModel(AsksNoModel):
    """An engine whose every reaction has words of its own, on disk before they are spoken."""

    engine: Engine = "choice"

    def __init__(self, notes: Path, seconds: float) -> None:
        self._notes = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._seconds = seconds

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        words = uuid.uuid4().hex
        os.write(self._notes, f"{words}\n".encode())
        await asyncio.sleep(self._seconds)
        return a_reaction(words, seed)


def work(
    store_url: str, notes: Path, seconds: float = REACTION_SECONDS, grace_seconds: float = 0.0
) -> None:
    """Work until killed, or told by SIGTERM to stop. A reaction takes so many `seconds`."""
    asyncio.run(_work(store_url, notes, seconds, grace_seconds))


async def _work(store_url: str, notes: Path, seconds: float, grace_seconds: float) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    store = open_store(store_url, max_unfinished_calls=100_000)
    model = NotingModel(notes, seconds)  # from here on it works, as its notes show
    supervisor = Supervisor(
        store, Market(FakeCustomers()), {"choice": model}, summarize=summarize, pace=PACE
    )
    supervisor.start()
    await told.wait()
    await supervisor.stop(grace_seconds)
    store.close()
