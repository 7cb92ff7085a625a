"""Services: all that the ways in work with, whichever adapters are behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from api.admission.admission import Admission
from api.admission.keyring import Keyring
from api.admission.quota import DailyQuota
from api.admission.stream_limits import StreamLimits
from api.jobs.supervisor import Supervisor
from api.jobs.watch import Watches
from api.jobs.webhook_delivery import WebhookDelivery
from api.representations.etag_cache import EtagCache
from api.settings import Settings
from api.telemetry.gauges import Build
from api.telemetry.metrics import Metrics
from domain.batches import BatchStore
from domain.callers import PUBLIC
from domain.engines import ReactionModel
from domain.interview import ConversationStore, Interviewer, Retention
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
    Market,
    Plan,
    Price,
    QuotaStore,
    Simulation,
    SimulationRequest,
    SimulationStore,
    Submission,
    accept,
    check_budget,
    plan_replay,
    plan_request,
    reaction_model,
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
    stream_limits: StreamLimits
    watches: Watches
    metrics: Metrics
    etag_cache: EtagCache
    webhook_delivery: WebhookDelivery | None = None

    @property
    def default_engine(self) -> Engine:
        """The engine of requests that name none."""
        return next(iter(self.reaction_models))

    def reaction_model(self, engine: Engine | None) -> ReactionModel:
        """The engine asked for, or the default. Raises EngineUnavailable."""
        return reaction_model(self.reaction_models, engine)

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
    def retention(self) -> Retention:
        """How much of a conversation is kept, and how long."""
        days = self.settings.conversation_days
        return Retention(self.settings.conversation_turns, days * 24 * 3600)

    def plan(self, request: SimulationRequest) -> Plan:
        """The calls a request asks for, after checking all of it that can be. Blocks."""
        return plan_request(request, Market(self.customers, self.price), self.reaction_models)

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
        return await self._accept(Submission(request, plan, tenant, idempotency))

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
        plan = Plan(tuple(calls), ())
        return await self._accept(Submission(request, plan, tenant, idempotency))

    async def replay(
        self, simulation: Simulation, idempotency: Idempotency | None = None
    ) -> tuple[Simulation, bool]:
        """Accept a simulation that asks all of another once more. Raises StateConflict."""
        request, tenant = simulation.request, simulation.tenant
        if earlier := await self._earlier(idempotency, tenant):
            return earlier, True
        plan = await asyncio.to_thread(plan_replay, simulation, self.store, self.reaction_models)
        return await self._accept(Submission(request, plan, tenant, idempotency, simulation.id))

    async def retry(self, simulation: Simulation, budget: Budget | None) -> Simulation | None:
        """Have what failed or was cancelled asked for again. See SubmissionStore.retry."""
        check_budget(budget, self.price)
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

    async def _accept(self, submission: Submission) -> tuple[Simulation, bool]:
        if submission.request.webhook_url is not None:
            await self._check_webhook(submission.request.webhook_url)
        simulation, replayed = await asyncio.to_thread(
            accept, submission, self.store, self.default_engine, self.quota.allowance
        )
        if not replayed:
            calls = len(submission.plan.calls)
            log.info("simulation accepted", simulation_id=simulation.id, calls=calls)
        self.supervisor.wake()
        return simulation, replayed

    async def _check_webhook(self, url: str) -> None:
        if self.webhook_delivery is None:
            WebhookRules().destination(url)
        else:
            await self.webhook_delivery.check(url)

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
