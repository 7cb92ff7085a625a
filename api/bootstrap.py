"""Bootstrap: settings become services. With its open_ modules, it alone chooses adapters."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from adapters.store import SqlSimulationStore, open_store
from api.jobs import Market, Pace, Supervisor
from api.open_models import open_chat, open_retriever
from api.open_warehouse import open_customers
from api.settings import Settings, needed
from data_generator.carrier import read_carrier, reference_carrier
from domain.aggregate import summarize
from domain.ask_model import ModelReactions
from domain.catalog import Carrier
from domain.chat import ChatModel
from domain.choice import ChoiceModel
from domain.errors import EngineUnavailable, Unavailable
from domain.fit import PART_WORTHS_ID
from domain.part_worths import PRIOR, PartWorths
from domain.plan_calls import plan_calls
from domain.ports import BatchStore, CustomerBase, ReactionModel, SimulationLog, SimulationStore
from domain.put_into_words import GroundedReactions
from domain.react import ChoiceReactions
from domain.reactions import Engine
from domain.simulations import Call, Idempotency, Simulation, SimulationRequest
from domain.usage import Price


class Store(SimulationStore, BatchStore, Protocol):
    """Where simulations are kept, and the batches they answer."""


@dataclass(frozen=True, slots=True)
class Services:
    """All that the ways in work with. The first of `reaction_models` is the default engine."""

    settings: Settings
    carrier: Carrier
    customers: CustomerBase
    store: Store
    reaction_models: Mapping[Engine, ReactionModel]
    supervisor: Supervisor

    @property
    def default_engine(self) -> Engine:
        """The engine of requests that name none."""
        return next(iter(self.reaction_models))

    def reaction_model(self, engine: Engine | None) -> ReactionModel:
        """The engine asked for, or the default. Raises EngineUnavailable."""
        name = engine or self.default_engine
        if name not in self.reaction_models:
            raise EngineUnavailable(name, tuple(self.reaction_models))
        return self.reaction_models[name]

    def plan(self, request: SimulationRequest) -> tuple[Call, ...]:
        """The calls a request asks for, after checking all of it that can be. Blocks."""
        self.reaction_model(request.engine)
        people = self.customers
        return plan_calls(request, people.personas(), people.segments(), self.carrier)

    async def submit(
        self, request: SimulationRequest, idempotency: Idempotency | None = None
    ) -> tuple[Simulation, bool]:
        """Accept a simulation: it is on disk when this returns. See SimulationStore.submit."""
        calls = await asyncio.to_thread(self.plan, request)
        return await self.submit_calls(request, calls, idempotency)

    async def submit_calls(
        self,
        request: SimulationRequest,
        calls: Sequence[Call],
        idempotency: Idempotency | None = None,
    ) -> tuple[Simulation, bool]:
        """Accept a simulation of calls planned already. See SimulationStore.submit."""
        accepted = await asyncio.to_thread(
            self.store.submit, f"sim_{uuid.uuid4().hex}", request, calls, idempotency
        )
        self.supervisor.wake()
        return accepted

    async def simulate(self, request: SimulationRequest) -> Simulation:
        """Accept a simulation and work on it here until it is final."""
        simulation, _ = await self.submit(request)
        return await self.supervisor.run_until_final(simulation.id)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The services these settings ask for; nobody works on simulations until told to."""
    carrier = carrier_of(settings)
    store = await asyncio.to_thread(_open_store, settings)
    try:
        with open_customers(settings, carrier) as (customers, log):
            async with open_chat(settings) as chat, open_retriever(settings) as retriever:
                model_of = LiveChoiceModel(customers, carrier)
                choice = ChoiceReactions(customers, carrier, model_of, retriever)
                models = _reaction_models(choice, chat)
                yield assemble(settings, carrier, customers, store, models, log=log)
    finally:
        await asyncio.to_thread(store.close)


def assemble(
    settings: Settings,
    carrier: Carrier,
    customers: CustomerBase,
    store: Store,
    reaction_models: Mapping[Engine, ReactionModel],
    *,
    log: SimulationLog | None = None,
) -> Services:
    """Services from their parts, with a supervisor over them."""
    pace = Pace(concurrency=settings.concurrency, lease_seconds=settings.lease_seconds)
    supervisor = Supervisor(
        store,
        Market(customers, carrier),
        reaction_models,
        summarize=partial(summarize, price=_price(settings)),
        pace=pace,
        log=log,
    )
    return Services(settings, carrier, customers, store, reaction_models, supervisor)


def _price(settings: Settings) -> Price | None:
    """What the language model takes, if that was told. Raises SettingMissing for half of it."""
    per_input, per_output = settings.model_price_input, settings.model_price_output
    if per_input is None and per_output is None:
        return None
    return Price(
        needed(per_input, "model_price_input", "CDT_MODEL_PRICE_OUTPUT"),
        needed(per_output, "model_price_output", "CDT_MODEL_PRICE_INPUT"),
    )


def carrier_of(settings: Settings) -> Carrier:
    """The operator's carrier, or the reference carrier."""
    if settings.carrier_file is None:
        return reference_carrier()
    return read_carrier(settings.carrier_file)


def _open_store(settings: Settings) -> SqlSimulationStore:
    if settings.database_url is None:
        _make_folder(settings.data_dir)
    return open_store(settings.store_url, max_unfinished_calls=settings.max_unfinished_calls)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "make its parent writable or set CDT_DATA_DIR to another folder"
        raise Unavailable("the data directory", remedy) from error


def _reaction_models(
    choice: ChoiceReactions, chat: ChatModel | None
) -> dict[Engine, ReactionModel]:
    """The engines at hand, the default first: numbers come from customers, words from a model."""
    if chat is None:
        return {"choice": choice}
    return {
        "grounded": GroundedReactions(choice, chat),
        "choice": choice,
        "llm": ModelReactions(choice.customers, choice.carrier, chat, retriever=choice.retriever),
    }


class BuiltCustomers(CustomerBase, Protocol):
    """A customer base that is rebuilt now and then, with what was fitted in the live build."""

    @property
    def version(self) -> str:
        """The name of the live build."""
        ...

    def choice_model(self, model_id: str) -> str | None:
        """Parameters, JSON text, of a model fitted in the live build, or None."""
        ...


@dataclass(slots=True)
class LiveChoiceModel:
    """The choice model of the live build, calibrated once per build. May be called by threads."""

    customers: BuiltCustomers
    carrier: Carrier
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: tuple[str, ChoiceModel] | None = None

    def __call__(self) -> ChoiceModel:
        """The model of the build that is live now. Raises DatasetMissing without one."""
        version = self.customers.version
        with self._lock:
            if self._made is None or self._made[0] != version:
                self._made = version, self._make()
            return self._made[1]

    def _make(self) -> ChoiceModel:
        fitted = self.customers.choice_model(PART_WORTHS_ID)
        part_worths = PartWorths.model_validate_json(fitted) if fitted else PRIOR
        return ChoiceModel.calibrated(part_worths, self.customers.respondents(), self.carrier)
