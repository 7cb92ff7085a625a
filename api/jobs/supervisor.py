"""The supervisor of simulations: claims calls, has personas react, stores outcomes, concludes.

What it works on lives in the store only, so a process may be killed at any point: the next one
takes over the calls whose lease has run out and concludes what was left unconcluded.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

import structlog

from api.jobs.conclusions import UNEXPECTED, Conclusions, EndedStore, Market, Summarize
from api.jobs.deadlines import CALL_SECONDS
from api.jobs.loops import Loop, backoff_seconds, report
from domain.callers import working_for
from domain.engines import ReactionModel
from domain.errors import (
    BudgetSpent,
    EngineUnavailable,
    NotFound,
    NotStorable,
    TwinError,
    Unavailable,
)
from domain.language_model import metered_by
from domain.personas import Persona
from domain.reactions import Engine, Reaction
from domain.simulations import (
    CallMeter,
    CallQueue,
    Failure,
    LeasedCall,
    Simulation,
    SimulationLog,
    SimulationState,
    Spent,
    call_seed,
)

P = ParamSpec("P")
T = TypeVar("T")

STORE_THREADS = 32  # chosen: as many checkpoints can share one commit
CONCLUSIONS_PER_ROUND = 16
DELIVERY_POLL_SECONDS = 30.0  # chosen: conclusions ring; this is for what another process concluded
EXPIRY_SECONDS = 3600.0
MEND_SECONDS = 60.0  # chosen: what is damaged holds up nobody meanwhile, it only does not end
EXPIRIES_PER_ROUND = 50  # chosen: others wait while their calls are deleted
DAY_SECONDS = 86_400.0

# Failures that may pass: of the provider, of a part of ours, or of the time allowed.
PASSING = frozenset({"chat_throttled", "chat_broken", "chat_timed_out", "unavailable", "timeout"})

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once, and how long anything may take.

    `concurrency` is calls in flight in this process. A lease is renewed every third of its time;
    it is how long the calls of a killed process wait before another takes them over.

    A call whose failure may pass is put off by each of `put_off_seconds` in turn before it counts
    as failed. An engine's own retries bridge seconds within one call; this bridges a provider that
    is away or throttles for longer, and holds no slot meanwhile. What ended is kept for so many
    days, for ever when None.
    """

    concurrency: int = 32
    lease_seconds: float = 30.0
    poll_seconds: float = 1.0
    call_timeout_seconds: float = CALL_SECONDS
    put_off_seconds: tuple[float, ...] = (5.0, 30.0)
    kept_days: float | None = None


@dataclass(slots=True)
class Tally:
    """What a supervisor has done since it was made.

    `leases_lost` counts outcomes not stored because another worker had taken the call over.
    """

    leases_lost: int = 0
    concluded: Counter[SimulationState] = field(default_factory=Counter)


class WorkerStore(CallQueue, EndedStore, Protocol):
    """What a worker needs of a store: calls to lease, and the ends of their simulations."""


class Supervisor:
    """Works on the simulations of a store until it is stopped, beside any number of others.

    The first of `reaction_models` answers requests that name no engine. `log` is told of every
    simulation that was concluded, `on_change`, in the event loop, of every one that has changed.
    """

    def __init__(
        self,
        store: WorkerStore,
        market: Market,
        reaction_models: Mapping[Engine, ReactionModel],
        *,
        summarize: Summarize,
        pace: Pace | None = None,
        log: SimulationLog | None = None,
    ) -> None:
        self._store = store
        self._market = market
        self._reaction_models = reaction_models
        self._ends = Conclusions(store, market, summarize)
        self._log = log
        self.on_change: Callable[[str], None] = _tell_nobody
        self.tally = Tally()
        self._drained_at = 0.0
        self._pace = pace or Pace()
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
        self._threads = ThreadPoolExecutor(STORE_THREADS, thread_name_prefix="store")
        self._held: dict[LeaseKey, LeasedCall] = {}
        self._meters: dict[LeaseKey, CallMeter] = {}
        self._at_work: dict[LeaseKey, asyncio.Task[None]] = {}
        poll = self._pace.poll_seconds
        self._claims = Loop("claim", self._claim, poll)
        self._conclusions = Loop("conclude", self._conclude, poll)
        self._deliveries = Loop("deliver", self._deliver, DELIVERY_POLL_SECONDS)
        self._expiry = Loop("expire", self._expire, EXPIRY_SECONDS)
        self._mending = Loop("mend", self._mend, MEND_SECONDS)
        self._heartbeat = Loop("heartbeat", self._extend, self._pace.lease_seconds / 3)

    def start(self) -> None:
        """Begin in the running event loop, with whatever was left unfinished or unconcluded."""
        for loop in (self._claims, self._heartbeat, *self._aside):
            loop.start()

    @property
    def _aside(self) -> tuple[Loop, ...]:
        """What goes on until the last call is stored."""
        if self._log is None:
            return self._conclusions, self._expiry, self._mending
        return self._conclusions, self._deliveries, self._expiry, self._mending

    def wake(self) -> None:
        """Look for work, and for work called off, now. Call it in the event loop."""
        self._claims.ring()
        self._conclusions.ring()
        self._heartbeat.ring()

    @property
    def draining(self) -> bool:
        """Whether it was told to claim nothing more."""
        return self._claims.ending

    def drain(self) -> None:
        """Claim nothing more, for good, and go on with the calls that run. Never waits."""
        if not self._claims.ending:
            self._drained_at = time.monotonic()
        self._claims.ending = True
        self._claims.ring()

    async def stop(self, grace_seconds: float) -> None:
        """Claim nothing more, let running calls finish within the grace, hand back the rest.

        The grace begins with the draining. For good: a stopped supervisor cannot be started
        again. Stopping twice does no harm.
        """
        self.drain()
        await self._claims.end()
        if self._at_work:
            left = self._drained_at + grace_seconds - time.monotonic()
            await asyncio.wait(self._at_work.values(), timeout=max(0.0, left))
        await _cancel(self._at_work.values())
        for loop in (*self._aside, self._heartbeat):
            await loop.end()
        await self._hand_back()
        self._threads.shutdown(wait=False)

    async def run_until_final(self, simulation_id: str, grace_seconds: float = 5.0) -> Simulation:
        """Start, work until this simulation has a final state, stop. Raises NotFound."""
        self.start()
        try:
            return await self._final(simulation_id)
        finally:
            await self.stop(grace_seconds)

    async def _final(self, simulation_id: str) -> Simulation:
        while True:
            self._conclusions.turned.clear()
            simulation = await self._on_thread(self._store.get, simulation_id)
            if simulation is None:
                raise NotFound("simulation", "list them to see which there are")
            if simulation.state.final:
                return simulation
            await self._conclusions.turned.wait()

    async def _claim(self) -> bool:
        """Fill the free slots; true when there may be more to claim at once."""
        free = self._pace.concurrency - len(self._at_work)
        if free <= 0:
            return False
        claimed = await self._on_thread(
            self._store.claim, self._owner, free, self._pace.lease_seconds
        )
        self._held.update({_key(leased): leased for leased in claimed})
        if not self._claims.ending:
            self._set_to_work(claimed)
        return len(claimed) == free

    def _set_to_work(self, claimed: Sequence[LeasedCall]) -> None:
        for leased in claimed:
            self.on_change(leased.simulation_id)
            key = _key(leased)
            self._at_work[key] = task = asyncio.create_task(self._work_on(leased))
            task.add_done_callback(partial(self._free_slot, key))

    def _free_slot(self, key: LeaseKey, _: asyncio.Task[None]) -> None:
        del self._at_work[key]
        self._claims.ring()

    async def _work_on(self, leased: LeasedCall) -> None:
        """From claim to checkpoint. When cancelled the call stays held, to be handed back."""
        structlog.contextvars.bind_contextvars(**_whereabouts(leased))  # of this task only
        self._meters[_key(leased)] = meter = self._meter(leased)
        started = time.perf_counter()
        outcome = await self._outcome(leased, meter)
        latency_ms = (time.perf_counter() - started) * 1000
        try:
            await self._settle(leased, outcome, latency_ms, meter.unsaved)
        except Exception as error:  # noqa: BLE001 - one bad call must not end the others
            # No longer renewed, so that after its lease somebody else may try.
            report("checkpoint failed", error, **_whereabouts(leased))
        self._let_go(leased)
        self.on_change(leased.simulation_id)
        if not any(other.simulation_id == leased.simulation_id for other in self._held.values()):
            self._conclusions.ring()

    def _meter(self, leased: LeasedCall) -> CallMeter:
        if not leased.budgeted:
            return CallMeter(self._market.price)

        def reserve(spent: Spent) -> Awaitable[bool]:
            return self._on_thread(self._store.reserve, leased, spent)

        return CallMeter(self._market.price, reserve)

    def _let_go(self, leased: LeasedCall) -> None:
        self._held.pop(_key(leased), None)
        self._meters.pop(_key(leased), None)

    async def _outcome(
        self, leased: LeasedCall, meter: CallMeter
    ) -> Reaction | Failure | BudgetSpent:
        try:
            async with asyncio.timeout(self._pace.call_timeout_seconds):
                return await self._react(leased, meter)
        except BudgetSpent as spent:
            return spent
        except TwinError as error:
            return Failure(code=error.code, detail=str(error))
        except TimeoutError:
            seconds = self._pace.call_timeout_seconds
            return Failure(code="timeout", detail=f"no reaction within {seconds:g} s; retry")
        except Exception as error:  # noqa: BLE001 - whatever an engine raises is this call's failure
            report("engine failed", error, **_whereabouts(leased))
            return UNEXPECTED

    async def _react(self, leased: LeasedCall, meter: CallMeter) -> Reaction:
        request = leased.request
        working_for.set(leased.tenant)  # each call has a task, and so a context, of its own
        metered_by.set(meter)
        model = self._reaction_model(request.engine)
        persona = await asyncio.to_thread(self._persona, leased.call.persona_id)
        seed = call_seed(request.seed, leased.call.repeat)
        return await model.react(leased.scenario, persona, request.panel, seed)

    def _reaction_model(self, engine: Engine | None) -> ReactionModel:
        if engine is None:
            return next(iter(self._reaction_models.values()))
        if engine not in self._reaction_models:
            raise EngineUnavailable(engine, tuple(self._reaction_models))
        return self._reaction_models[engine]

    def _persona(self, persona_id: str) -> Persona:
        for persona in self._market.customers.personas():
            if persona.persona_id == persona_id:
                return persona
        raise NotFound("persona", "the customer base was rebuilt without it; simulate again")

    async def _settle(
        self,
        leased: LeasedCall,
        outcome: Reaction | Failure | BudgetSpent,
        latency_ms: float,
        spent: Spent,
    ) -> None:
        """Have the store know what became of a call, and what it took."""
        if isinstance(outcome, BudgetSpent):
            await self._insist(leased, lambda: self._store.call_off(leased, spent))
        elif self._may_pass(outcome, leased):
            seconds = self._pace.put_off_seconds[leased.failures]
            await self._insist(leased, lambda: self._store.put_off(leased, seconds, spent))
        else:
            await self._checkpoint(leased, outcome, latency_ms, spent)

    def _may_pass(self, outcome: Reaction | Failure, leased: LeasedCall) -> bool:
        """Whether it is worth trying again later, also for better words than those there are."""
        trouble = outcome if isinstance(outcome, Failure) else outcome.provenance.degraded
        passes = trouble is not None and trouble.code in PASSING
        return passes and leased.failures < len(self._pace.put_off_seconds)

    async def _checkpoint(
        self, leased: LeasedCall, outcome: Reaction | Failure, latency_ms: float, spent: Spent
    ) -> None:
        """An outcome that cannot be stored is a failure: to ask again would bring no better one."""
        try:
            await self._insist(
                leased, lambda: self._store.finish(leased, outcome, latency_ms, spent)
            )
        except NotStorable as error:
            report("outcome not stored", error, **_whereabouts(leased))
            failed = Failure(code=error.code, detail=f"its reaction was had, but {error}")
            await self._insist(
                leased, lambda: self._store.finish(leased, failed, latency_ms, spent)
            )

    async def _insist(self, leased: LeasedCall, write: Callable[[], bool]) -> None:
        """Until it is on disk or the lease has passed to somebody else."""
        failures = 0
        while True:
            try:
                kept = await self._on_thread(write)
            except Unavailable as error:
                failures += 1
                report("checkpoint put off", error, **_whereabouts(leased))
                await asyncio.sleep(backoff_seconds(failures))
            else:
                if not kept:
                    log.warning("lease lost", **_whereabouts(leased))
                    self.tally.leases_lost += 1
                return

    async def _extend(self) -> bool:
        held = tuple(self._held.values())
        if held:
            kept = await self._on_thread(self._store.extend, held, self._pace.lease_seconds)
            wanted = {_key(leased) for leased in kept}
            await self._abandon([leased for leased in held if _key(leased) not in wanted])
        return False

    async def _abandon(self, unwanted: Sequence[LeasedCall]) -> None:
        """Stop working on calls that were cancelled or passed on, unless they ended meanwhile."""
        still = [leased for leased in unwanted if _key(leased) in self._held]
        await _cancel([task for leased in still if (task := self._at_work.get(_key(leased)))])
        if still:
            await self._on_thread(self._store.release, still, self._spent_on(still))
        for leased in still:
            self._let_go(leased)
        if still:
            self._conclusions.ring()

    async def _conclude(self) -> bool:
        """Conclude simulations whose calls are over, also those a killed process left behind."""
        ids = await self._on_thread(self._store.unconcluded, CONCLUSIONS_PER_ROUND)
        for simulation_id in ids:
            state = await self._on_thread(self._ends.conclude, simulation_id)
            if state is not None:
                self.tally.concluded[state] += 1
                log.info("simulation concluded", simulation_id=simulation_id, state=state)
            self.on_change(simulation_id)
        self._deliveries.ring()
        return len(ids) == CONCLUSIONS_PER_ROUND

    async def _deliver(self) -> bool:
        """Tell the log of concluded simulations it has not heard of, whoever concluded them."""
        if self._log is None:
            return False
        ids = await self._on_thread(self._store.undelivered, CONCLUSIONS_PER_ROUND)
        for simulation_id in ids:
            await self._on_thread(self._ends.deliver, self._log, simulation_id)
        return len(ids) == CONCLUSIONS_PER_ROUND

    async def _expire(self) -> bool:
        """Delete what was kept for long enough."""
        if self._pace.kept_days is None:
            return False
        deleted = await self._on_thread(
            self._store.expire,
            self._pace.kept_days * DAY_SECONDS,
            EXPIRIES_PER_ROUND,
            delivered_only=self._log is not None,
        )
        return deleted == EXPIRIES_PER_ROUND

    async def _mend(self) -> bool:
        await self._on_thread(self._store.mend)
        return False

    async def _hand_back(self) -> None:
        if not self._held:
            return
        held = tuple(self._held.values())
        try:
            await self._on_thread(self._store.release, held, self._spent_on(held))
        except Unavailable as error:
            report("calls not handed back", error, calls=len(held))
        self._held.clear()
        self._meters.clear()

    def _spent_on(self, leased: Sequence[LeasedCall]) -> list[Spent]:
        """What each has taken since the store heard of it last; nothing when it was not begun."""
        meters = [self._meters.get(_key(each)) for each in leased]
        return [meter.unsaved if meter else Spent() for meter in meters]

    async def _on_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *args, **kwargs))


def _tell_nobody(_: str) -> None:
    """Where nobody watches."""


LeaseKey = tuple[str, int, int]


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)


def _key(leased: LeasedCall) -> LeaseKey:
    return leased.simulation_id, leased.call.index, leased.attempts


def _whereabouts(leased: LeasedCall) -> dict[str, object]:
    return {"simulation_id": leased.simulation_id, "call": leased.call.index}
