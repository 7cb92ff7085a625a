"""A process that works on simulations until it is killed, noting every call of its engine."""

from __future__ import annotations

import asyncio
import os
import uuid
from pathlib import Path

from adapters.store import open_store
from api.jobs import Market, Pace, Supervisor
from domain.aggregate import summarize
from domain.personas import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios import Scenario
from domain.simulations import Panel
from tests.fakes.customers import CARRIER, FakeCustomers
from tests.fakes.simulations import a_reaction

IN_FLIGHT = 8
PACE = Pace(concurrency=IN_FLIGHT, lease_seconds=1.5, poll_seconds=0.05)
REACTION_SECONDS = 0.02


class NotingModel:
    """An engine whose every reaction has words of its own, on disk before they are spoken."""

    engine: Engine = "choice"

    def __init__(self, notes: Path) -> None:
        self._notes = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def react(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int
    ) -> Reaction:
        words = uuid.uuid4().hex
        os.write(self._notes, f"{words}\n".encode())
        await asyncio.sleep(REACTION_SECONDS)
        return a_reaction(words, seed)


def work(store_url: str, notes: Path) -> None:
    """Work for ever."""
    asyncio.run(_work(store_url, notes))


async def _work(store_url: str, notes: Path) -> None:
    store = open_store(store_url, max_unfinished_calls=100_000)
    market = Market(FakeCustomers(), CARRIER)
    supervisor = Supervisor(
        store, market, {"choice": NotingModel(notes)}, summarize=summarize, pace=PACE
    )
    supervisor.start()
    await asyncio.Event().wait()
