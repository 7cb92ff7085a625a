"""A process that serves made-up customers; one of its engines quotes in its errors what it hears.

Engine `llm` asks the model on loopback that the settings name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.store import open_store
from api.cli.bind import holding_address
from api.cli.serve import serve_http
from api.services import Services
from api.settings import Settings
from api.wiring.bootstrap import assemble
from api.wiring.choice_model_provider import ChoiceModelProvider
from api.wiring.open_models import open_chat
from domain.customers.panel import Panel
from domain.engines.choice import ChoiceReactions
from domain.engines.llm import ModelReactions
from domain.engines.reaction_model import ReactionModel
from domain.personas.persona import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from tests.fakes.customers import FakeCustomers
from tests.fakes.engines import AsksNoModel


class Quoting(AsksNoModel):
    """An engine that fails in every way that could carry a text into a log."""

    engine: Engine = "grounded"

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        logging.getLogger("some.library").error("cannot parse %s", scenario.text)
        forgotten = asyncio.create_task(self._fail(scenario))
        forgotten.add_done_callback(lambda task: task.add_done_callback(_fail_too))
        del forgotten  # asyncio tells of an exception that nobody fetched
        raise RuntimeError(scenario.text)

    async def _fail(self, scenario: Scenario) -> None:
        raise ValueError(scenario.text)


def _fail_too(task: asyncio.Task[None]) -> None:
    raise KeyError(str(task.exception()))


@asynccontextmanager
async def made_up_services(settings: Settings) -> AsyncIterator[Services]:
    """Services over made-up customers, a real store and a real model on loopback."""
    customers = FakeCustomers()
    store = open_store(settings.store_url, max_unfinished_calls=settings.max_unfinished_calls)
    choice = ChoiceReactions(customers, ChoiceModelProvider(customers))
    async with open_chat(settings) as chat:
        assert chat is not None
        engines: dict[Engine, ReactionModel] = {
            "choice": choice,
            "llm": ModelReactions(customers, chat),
            "grounded": Quoting(),
        }
        yield assemble(settings, customers, store, engines)
    store.close()


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    with holding_address(settings.host, settings.port) as listener:
        serve_http(settings, listener, made_up_services)
