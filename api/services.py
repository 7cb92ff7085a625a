"""Services: all that the ways in work with, whichever adapters are behind it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from api.admission.admission import Admission
from api.admission.keyring import Keyring
from api.admission.quota import DailyQuota
from api.admission.stream_limits import Listeners
from api.jobs.supervisor import Supervisor
from api.jobs.watch import Watches
from api.jobs.webhook_delivery import Courier
from api.representations.etag_cache import Published
from api.settings import Settings
from api.telemetry.gauges import Build
from api.telemetry.metrics import Metrics
from domain.batches import BatchStore
from domain.callers import PUBLIC
from domain.engines import ReactionModel
from domain.errors import Damaged, EngineUnavailable, FieldError, InvalidInput, StateConflict
from domain.interview import ConversationStore, Interviewer, Keeping
from domain.keys import KeyStore
from domain.personas import CustomerBase
from domain.reactions import Engine
from domain.simulations import (
    BacklogStore,
    Budget,
    Call,
    DamageStore,
    Export,
    Idempotency,
    Plan,
    Price,
    QuotaStore,
    Simulation,
    SimulationRequest,
    SimulationStore,
    plan_run,
)
from domain.webhooks import WebhookRules

log = structlog.stdlib.get_logger()


class Store(SimulationStore, BatchStore, BacklogStore, DamageStore, Protocol):
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


class BuiltCustomers(CustomerBase, Build, Protocol):
    """A customer base that is rebuilt now and then, with what was fitted in the live build."""

    def choice_model(self, model_id: str) -> str | None:
        """Parameters, JSON text, of a model fitted in the live build, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """All that the ways in work with. The first of `reaction_models` is the default engine.

    These are for somebody who waits; those of the supervisor give a language model more time.
    """

    settings: Settings
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
        takes places from the other. Raises EngineUnavailable.
        """
        return self.asking if self.reaction_model(engine).asks else self.computing

    def interviewer(self, engine: Engine | None) -> Interviewer:
        """Who puts things to personas by this engine. Raises EngineUnavailable."""
        return Interviewer(self.customers, self.reaction_model(engine))

    @property
    def keeping(self) -> Keeping:
        """How much of a conversation is kept, and how long."""
        days = self.settings.conversation_days
        return Keeping(self.settings.conversation_turns, days * 24 * 3600)

    def plan(self, request: SimulationRequest) -> Plan:
        """The calls a request asks for, after checking all of it that can be. Blocks."""
        self.reaction_model(request.engine)
        self.check_budget(request.budget)
        return plan_run(request, self.customers)

    async def submit(
        self,
        request: SimulationRequest,
        idempotency: Idempotency | None = None,
        *,
        tenant: str = PUBLIC,
    ) -> tuple[Simulation, bool]:
        """Accept a simulation: it is on disk when this returns. See SubmissionStore.submit.

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
        if simulation.damaged:
            raise Damaged("simulation")
        self.reaction_model(simulation.request.engine)
        records = await asyncio.to_thread(
            self.store.records, simulation.id, simulation.counts.total
        )
        plan = Plan(tuple(record.call for record in records), simulation.left_out)
        return await self._accept(
            simulation.request, plan, idempotency, simulation.tenant, replay_of=simulation.id
        )

    async def retry(self, simulation: Simulation, budget: Budget | None) -> Simulation | None:
        """Have what failed or was cancelled asked for again. See SubmissionStore.retry."""
        self.check_budget(budget)
        again = simulation.counts.failed + simulation.counts.cancelled
        async with self.quota.taking(simulation.tenant, again):
            retried = await asyncio.to_thread(self.store.retry, simulation.id, budget)
        self.supervisor.wake()
        return retried

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
        used = request.engine or self.default_engine  # which may be another after a restart
        simulation, replayed = await asyncio.to_thread(
            self.store.submit,
            f"sim_{uuid.uuid4().hex}",
            request.with_(engine=used),
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
        """Accept a simulation and work on it here until it is final. See work_on."""
        simulation, _ = await self.submit(request)
        return await self.work_on(simulation.id)

    async def call_off(self, simulation_id: str) -> Simulation:
        """Cancel a simulation and wait until it has ended; nothing else is worked on meanwhile."""
        await asyncio.to_thread(self.store.cancel, simulation_id)
        self.supervisor.drain()
        return await self.supervisor.run_until_final(simulation_id)

    async def work_on(self, simulation_id: str) -> Simulation:
        """Work on a simulation here until it is final; who is cancelled meanwhile calls it off."""
        working = asyncio.create_task(self.supervisor.run_until_final(simulation_id))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.to_thread(self.store.cancel, simulation_id)
            self.supervisor.wake()
            await working
            raise
