"""Call worker: leases calls, has personas react to them, and has the store know what came of it."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import assert_never

import structlog

from api.jobs.conclusions import UNEXPECTED
from api.jobs.finishing import Finishing
from api.jobs.loops import Loop, backoff_seconds, report
from api.jobs.pace import Pace
from api.jobs.threads import Threads
from domain.errors import BudgetSpent, NotStorable, TwinError, Unavailable
from domain.reactions import Reaction
from domain.simulations import (
    CallMeter,
    CallQueue,
    Failure,
    FinishedCall,
    LeasedCall,
    Market,
    ReactionModels,
    Spent,
    may_pass,
    react,
)

log = structlog.stdlib.get_logger()

LeaseKey = tuple[str, int, int]
Outcome = Reaction | Failure | BudgetSpent


class CallWorker:
    """Works on the calls of a store until it is stopped, beside any number of others.

    `on_change` is told, in the event loop, of every simulation whose calls have changed;
    `on_last_call` is called when none of a simulation is held here any more.
    """

    def __init__(
        self,
        store: CallQueue,
        threads: Threads,
        market: Market,
        models: ReactionModels,
        pace: Pace,
    ) -> None:
        self._store = store
        self._threads = threads
        self._finishing = Finishing(store, threads)
        self._market = market
        self._models = models
        self._pace = pace
        self.on_change: Callable[[str], None]
        self.on_last_call: Callable[[], None]
        self.leases_lost = 0
        self._drained_at = 0.0
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
        self._held: dict[LeaseKey, LeasedCall] = {}
        self._meters: dict[LeaseKey, CallMeter] = {}
        self._at_work: dict[LeaseKey, asyncio.Task[None]] = {}
        self._claims = Loop("claim", self._claim, pace.poll_seconds)
        self._heartbeat = Loop("heartbeat", self._extend, pace.lease_seconds / 3)

    def start(self) -> None:
        """Begin in the running event loop."""
        self._claims.start()
        self._heartbeat.start()

    def wake(self) -> None:
        """Look for work, and for work called off, now."""
        self._claims.ring()
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

    async def finish(self, grace_seconds: float) -> None:
        """Drain, and stop working once the grace is over, which begins with the draining."""
        self.drain()
        await self._claims.end()
        if self._at_work:
            left = self._drained_at + grace_seconds - time.monotonic()
            await asyncio.wait(self._at_work.values(), timeout=max(0.0, left))
        await _cancel(self._at_work.values())

    async def hand_back(self) -> None:
        """Let others have the calls that were not finished, and keep no lease any more."""
        await self._heartbeat.end()
        await self._finishing.end()
        if not self._held:
            return
        held = tuple(self._held.values())
        try:
            await self._threads.run(self._store.release, held, self._spent_on(held))
        except Unavailable as error:
            report("calls not handed back", error, calls=len(held))
        self._held.clear()
        self._meters.clear()

    async def _claim(self) -> bool:
        """Fill the free slots; true when there may be more to claim at once."""
        free = self._pace.concurrency - len(self._at_work)
        if free <= 0:
            return False
        claimed = await self._threads.run(
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
            self.on_last_call()

    def _meter(self, leased: LeasedCall) -> CallMeter:
        if not leased.budgeted:
            return CallMeter(self._market.price)

        def reserve(spent: Spent) -> Awaitable[bool]:
            return self._threads.run(self._store.reserve, leased, spent)

        return CallMeter(self._market.price, reserve)

    def _let_go(self, leased: LeasedCall) -> None:
        self._held.pop(_key(leased), None)
        self._meters.pop(_key(leased), None)

    async def _outcome(self, leased: LeasedCall, meter: CallMeter) -> Outcome:
        try:
            async with asyncio.timeout(self._pace.call_timeout_seconds):
                return await react(leased, self._models, self._market.customers, meter)
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

    async def _settle(
        self, leased: LeasedCall, outcome: Outcome, latency_ms: float, spent: Spent
    ) -> None:
        """Have the store know what became of a call, and what it took."""
        match outcome:
            case BudgetSpent():
                await self._insist(
                    leased, lambda: self._threads.run(self._store.call_off, leased, spent)
                )
            case Reaction() | Failure() if may_pass(outcome) and self._tries_left(leased):
                seconds = self._pace.put_off_seconds[leased.failures]
                await self._insist(
                    leased, lambda: self._threads.run(self._store.put_off, leased, seconds, spent)
                )
            case Reaction() | Failure():
                await self._checkpoint(FinishedCall(leased, outcome, latency_ms, spent))
            case _:
                assert_never(outcome)

    def _tries_left(self, leased: LeasedCall) -> bool:
        return leased.failures < len(self._pace.put_off_seconds)

    async def _checkpoint(self, finished: FinishedCall) -> None:
        """An outcome that cannot be stored is a failure: to ask again would bring no better one."""
        leased = finished.leased
        try:
            await self._insist(leased, lambda: self._finishing.finish(finished))
        except NotStorable as error:
            report("outcome not stored", error, **_whereabouts(leased))
            failure = Failure(code=error.code, detail=f"its reaction was had, but {error}")
            failed = replace(finished, outcome=failure)
            await self._insist(leased, lambda: self._finishing.finish(failed))

    async def _insist(self, leased: LeasedCall, write: Callable[[], Awaitable[bool]]) -> None:
        """Until it is on disk or the lease has passed to somebody else."""
        failures = 0
        while True:
            try:
                held = await write()
            except Unavailable as error:
                failures += 1
                report("checkpoint put off", error, **_whereabouts(leased))
                await asyncio.sleep(backoff_seconds(failures))
            else:
                if not held:
                    log.warning("lease lost", **_whereabouts(leased))
                    self.leases_lost += 1
                return

    async def _extend(self) -> bool:
        held = tuple(self._held.values())
        if held:
            extended = await self._threads.run(self._store.extend, held, self._pace.lease_seconds)
            wanted = {_key(leased) for leased in extended}
            await self._abandon([leased for leased in held if _key(leased) not in wanted])
        return False

    async def _abandon(self, unwanted: Sequence[LeasedCall]) -> None:
        """Stop working on calls that were cancelled or passed on, unless they ended meanwhile."""
        still = [leased for leased in unwanted if _key(leased) in self._held]
        await _cancel([task for leased in still if (task := self._at_work.get(_key(leased)))])
        if still:
            await self._threads.run(self._store.release, still, self._spent_on(still))
        for leased in still:
            self._let_go(leased)
        if still:
            self.on_last_call()

    def _spent_on(self, leased: Sequence[LeasedCall]) -> list[Spent]:
        """What each has taken since the store heard of it last; nothing when it was not begun."""
        meters = [self._meters.get(_key(each)) for each in leased]
        return [meter.unsaved if meter else Spent() for meter in meters]


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)


def _key(leased: LeasedCall) -> LeaseKey:
    return leased.simulation_id, leased.call.index, leased.attempts


def _whereabouts(leased: LeasedCall) -> dict[str, object]:
    return {"simulation_id": leased.simulation_id, "call": leased.call.index}
