"""Bootstrap: settings become services. With its open_ modules, it alone chooses adapters."""

from __future__ import annotations

import asyncio
import os
import threading
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import numpy as np
import structlog

from adapters.exports import EXPORTS
from api.admission import Admission
from api.conclusions import Market
from api.courier import Courier
from api.deadlines import ASKED_MODEL_SECONDS
from api.gauges import Build, Jobs, Queue, Running
from api.jobs import Pace, Supervisor
from api.keyring import Keyring
from api.listeners import Listeners
from api.metered import MeteredReactions
from api.metrics import Metrics
from api.open_carrier import carrier_of
from api.open_models import open_chat, open_retriever
from api.open_store import keyring_of, open_database
from api.open_warehouse import open_customers
from api.open_webhooks import open_courier
from api.published import Published
from api.quota import DailyQuota
from api.settings import Settings, needed
from api.watch import Watches
from domain.aggregate import summarize
from domain.ask_model import ModelReactions
from domain.asking import DEADLINE_SECONDS
from domain.callers import PUBLIC
from domain.catalog import Carrier
from domain.chat import ChatModel
from domain.choice import ChoiceModel
from domain.conversations import Keeping
from domain.converse import Interviewer
from domain.errors import (
    EngineUnavailable,
    FieldError,
    InvalidInput,
    StateConflict,
)
from domain.fit import PART_WORTHS_ID
from domain.part_worths import PRIOR, PartWorths
from domain.plan_calls import Plan, plan_run
from domain.ports import (
    BacklogStore,
    BatchStore,
    ConversationStore,
    CustomerBase,
    Export,
    KeyStore,
    QuotaStore,
    ReactionModel,
    SimulationLog,
    SimulationStore,
)
from domain.put_into_words import GroundedReactions
from domain.react import ChoiceReactions
from domain.reactions import Engine
from domain.simulations import Call, Idempotency, Simulation, SimulationRequest
from domain.usage import Budget, Price
from domain.webhooks import WebhookRules

LARGE_BYTES = 30 << 20  # below the 32 MB that glibc learns from
MOST_COMPUTED = 4  # chosen: half of a reaction takes the interpreter, which serves one at a time
PUT_OFF_SECONDS = (5.0, 30.0, 180.0, 600.0)  # chosen: a hiccup, a restart, an outage

log = structlog.stdlib.get_logger()


class Store(SimulationStore, BatchStore, BacklogStore, Protocol):
    """Where simulations and conversations are kept, and who may ask for them."""

    @property
    def keys(self) -> KeyStore:
        """The API keys made with `twin keys`."""
        ...

    @property
    def quota(self) -> QuotaStore:
        """What tenants have used of their daily quota."""
        ...

    @property
    def conversations(self) -> ConversationStore:
        """What was said to personas, and by them."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """All that the ways in work with. The first of `reaction_models` is the default engine.

    These are for somebody who waits; those of the supervisor give a language model more time.
    """

    settings: Settings
    carrier: Carrier
    customers: BuiltCustomers
    store: Store
    reaction_models: Mapping[Engine, ReactionModel]
    supervisor: Supervisor
    keyring: Keyring
    quota: DailyQuota
    exports: Mapping[str, Export]
    price: Price | None
    asking: Admission
    computing: Admission
    listeners: Listeners
    watches: Watches
    metrics: Metrics
    published: Published
    courier: Courier | None = None

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

    def admission(self, engine: Engine | None) -> Admission:
        """Where an ask by this engine, or the default, has its place while it is under way.

        What waits for a processor must not queue for long, what waits for a network may; neither
        takes places from the other.
        """
        return self.computing if (engine or self.default_engine) == "choice" else self.asking

    def interviewer(self, engine: Engine | None) -> Interviewer:
        """Who puts things to personas by this engine. Raises EngineUnavailable."""
        return Interviewer(self.customers, self.carrier, self.reaction_model(engine))

    @property
    def keeping(self) -> Keeping:
        """How much of a conversation is kept, and how long."""
        days = self.settings.conversation_days
        return Keeping(self.settings.conversation_turns, days * 24 * 3600)

    def plan(self, request: SimulationRequest) -> Plan:
        """The calls a request asks for, after checking all of it that can be. Blocks."""
        self.reaction_model(request.engine)
        self.check_budget(request.budget)
        people = self.customers
        return plan_run(
            request, people.personas(), people.segments(), self.carrier, people.respondents
        )

    async def submit(
        self,
        request: SimulationRequest,
        idempotency: Idempotency | None = None,
        *,
        tenant: str = PUBLIC,
    ) -> tuple[Simulation, bool]:
        """Accept a simulation: it is on disk when this returns. See SimulationStore.submit.

        What came before under its key is returned, at no cost, without planning it again, which may
        need customer data that are not there now.
        """
        if earlier := await self._earlier(idempotency, tenant):
            return earlier, True
        plan = await asyncio.to_thread(self.plan, request)
        return await self._accept(request, plan, idempotency, tenant)

    async def submit_calls(
        self,
        request: SimulationRequest,
        calls: Sequence[Call],
        idempotency: Idempotency | None = None,
        *,
        tenant: str = PUBLIC,
    ) -> tuple[Simulation, bool]:
        """Accept a simulation of calls planned already. See submit."""
        if earlier := await self._earlier(idempotency, tenant):
            return earlier, True
        return await self._accept(request, Plan(tuple(calls), ()), idempotency, tenant)

    async def replay(
        self, simulation: Simulation, idempotency: Idempotency | None = None
    ) -> tuple[Simulation, bool]:
        """Accept a simulation that asks all of another once more. Raises StateConflict."""
        if earlier := await self._earlier(idempotency, simulation.tenant):
            return earlier, True
        if not simulation.state.final:
            raise StateConflict("it is still worked on; replay it once it is final")
        self.reaction_model(simulation.request.engine)
        records = await asyncio.to_thread(
            self.store.records, simulation.id, simulation.counts.total
        )
        plan = Plan(tuple(record.call for record in records), simulation.left_out)
        return await self._accept(
            simulation.request, plan, idempotency, simulation.tenant, replay_of=simulation.id
        )

    async def _earlier(self, idempotency: Idempotency | None, tenant: str) -> Simulation | None:
        """What was accepted under a key before. Raises IdempotencyConflict."""
        if idempotency is None:
            return None
        return await asyncio.to_thread(self.store.find_submitted, idempotency, tenant)

    async def _accept(
        self,
        request: SimulationRequest,
        plan: Plan,
        idempotency: Idempotency | None,
        tenant: str,
        *,
        replay_of: str | None = None,
    ) -> tuple[Simulation, bool]:
        if request.webhook_url is not None:
            await self._check_webhook(request.webhook_url)
        simulation, replayed = await asyncio.to_thread(
            self.store.submit,
            f"sim_{uuid.uuid4().hex}",
            request,
            plan.calls,
            idempotency,
            tenant=tenant,
            replay_of=replay_of,
            allowance=self.quota.allowance,
            left_out=plan.left_out,
        )
        if not replayed:
            log.info("simulation accepted", simulation_id=simulation.id, calls=len(plan.calls))
        self.supervisor.wake()
        return simulation, replayed

    def check_budget(self, budget: Budget | None) -> None:
        """Raise InvalidInput on a budget in dollars where nobody told what a model takes."""
        if budget and budget.max_cost_dollars is not None and self.price is None:
            detail = "no price of the model is set here; use max_tokens or max_calls"
            raise InvalidInput([FieldError("/budget/max_cost_dollars", detail, "no_price")])

    async def _check_webhook(self, url: str) -> None:
        if self.courier is None:
            WebhookRules().destination(url)
        else:
            await self.courier.check(url)

    async def simulate(self, request: SimulationRequest) -> Simulation:
        """Accept a simulation and work on it here until it is final."""
        simulation, _ = await self.submit(request)
        return await self.supervisor.run_until_final(simulation.id)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The services these settings ask for; nobody works on simulations until told to."""
    _keep_freed_memory()
    carrier = carrier_of(settings)
    metrics = Metrics(_price(settings))
    store = await asyncio.to_thread(open_database, settings)
    try:
        await asyncio.to_thread(store.conversations.expire)
        with open_customers(settings, carrier) as (customers, log):
            async with (
                open_chat(settings, metrics) as chat,
                open_retriever(settings) as retriever,
                open_courier(settings, store) as courier,
            ):
                model_of = LiveChoiceModel(customers, carrier)
                choice = ChoiceReactions(
                    customers, carrier, model_of, retriever, at_once=_computed_at_once()
                )
                services = assemble(
                    settings,
                    carrier,
                    customers,
                    store,
                    _reaction_models(choice, chat, ASKED_MODEL_SECONDS),
                    patient_models=_reaction_models(choice, chat, DEADLINE_SECONDS),
                    log=log,
                    metrics=metrics,
                )
                yield replace(services, courier=courier)
    finally:
        await asyncio.to_thread(store.close)


def assemble(  # noqa: PLR0913 - each part comes from somewhere else
    settings: Settings,
    carrier: Carrier,
    customers: BuiltCustomers,
    store: Store,
    reaction_models: Mapping[Engine, ReactionModel],
    *,
    patient_models: Mapping[Engine, ReactionModel] | None = None,
    log: SimulationLog | None = None,
    metrics: Metrics | None = None,
) -> Services:
    """Services from their parts, with those who watch a supervisor that has `patient_models`."""
    price = _price(settings)
    metrics = metrics or Metrics(price)
    metrics.collect_from(Queue(store))
    metrics.collect_from(Running(customers))
    counted = _counted(reaction_models, metrics)
    pace = Pace(
        concurrency=settings.concurrency,
        lease_seconds=settings.lease_seconds,
        put_off_seconds=PUT_OFF_SECONDS[: settings.call_retries],
        kept_days=settings.retention_days,
    )
    supervisor = Supervisor(
        store,
        Market(customers, carrier, price),
        _counted(patient_models, metrics) if patient_models else counted,
        summarize=partial(summarize, price=price),
        pace=pace,
        log=log,
    )
    metrics.collect_from(Jobs(supervisor))
    watches = Watches(store)
    supervisor.on_change = watches.ring
    return Services(
        settings,
        carrier,
        customers,
        store,
        counted,
        supervisor,
        keyring=keyring_of(settings, store.keys),
        quota=DailyQuota(store.quota, settings.reactions_per_day),
        exports=EXPORTS,
        price=price,
        asking=Admission(settings.max_asks),
        computing=Admission(settings.max_computed_asks),
        listeners=Listeners(settings.max_streams_per_caller),
        watches=watches,
        metrics=metrics,
        published=Published(customers),
    )


def _keep_freed_memory() -> None:
    """Have memory that one reaction gives back wait for the next, instead of the system's clearing.

    glibc learns from the largest piece that was ever freed what may be worth keeping (mallopt(3),
    M_MMAP_THRESHOLD); elsewhere this does nothing. Measured: 258 page faults an ask become 8.
    """
    np.empty(LARGE_BYTES, dtype=np.uint8)


def _computed_at_once() -> int:
    """Reactions to compute at once: one for each processor, up to MOST_COMPUTED."""
    return min(MOST_COMPUTED, os.cpu_count() or 1)


def _counted(
    models: Mapping[Engine, ReactionModel], metrics: Metrics
) -> dict[Engine, ReactionModel]:
    return {name: MeteredReactions(model, metrics.reactions) for name, model in models.items()}


def _price(settings: Settings) -> Price | None:
    """What the language model takes, if that was told. Raises SettingMissing for half of it."""
    per_input, per_output = settings.model_price_input, settings.model_price_output
    if per_input is None and per_output is None:
        return None
    return Price(
        needed(per_input, "model_price_input", "CDT_MODEL_PRICE_OUTPUT"),
        needed(per_output, "model_price_output", "CDT_MODEL_PRICE_INPUT"),
    )


def _reaction_models(
    choice: ChoiceReactions, chat: ChatModel | None, model_seconds: float
) -> dict[Engine, ReactionModel]:
    """The engines at hand, the default first: numbers come from customers, words from a model.

    `model_seconds` is what the language model may take, corrections included.
    """
    if chat is None:
        return {"choice": choice}
    return {
        "grounded": GroundedReactions(choice, chat, model_seconds),
        "choice": choice,
        "llm": ModelReactions(
            choice.customers,
            choice.carrier,
            chat,
            deadline_seconds=model_seconds,
            retriever=choice.retriever,
        ),
    }


class BuiltCustomers(CustomerBase, Build, Protocol):
    """A customer base that is rebuilt now and then, with what was fitted in the live build."""

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
