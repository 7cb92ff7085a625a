"""The supervisor of simulations: claims calls, has personas react, stores outcomes, concludes.

What it works on lives in the store only, so a process may be killed at any point: the next one
takes over the calls whose lease has run out and concludes what was left unconcluded.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

import structlog

from api.loops import Loop, backoff_seconds, report
from domain.catalog import Carrier
from domain.errors import EngineUnavailable, NotFound, TwinError, Unavailable
from domain.personas import Persona
from domain.plan_calls import call_seed
from domain.ports import CustomerBase, ReactionModel, SimulationLog, SimulationStore
from domain.reactions import Engine, Reaction
from domain.segments import Segment
from domain.simulations import (
    CallRecord,
    Failure,
    LeasedCall,
    Simulation,
    SimulationRequest,
    SimulationState,
    Summary,
)

P = ParamSpec("P")
T = TypeVar("T")

Summarize = Callable[[SimulationRequest, Sequence[CallRecord], Sequence[Segment], Carrier], Summary]
Verdict = tuple[SimulationState, Summary | None, Failure | None]

STORE_THREADS = 32  # chosen: as many checkpoints can share one commit
CONCLUSIONS_PER_ROUND = 16
DELIVERY_POLL_SECONDS = 30.0  # chosen: conclusions ring; this is for what another process concluded

UNEXPECTED = Failure(code="internal", detail="an unexpected error in the service; its log has more")

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once, and how long anything may take.

    `concurrency` is calls in flight in this process. A lease is renewed every third of its time;
    it is how long the calls of a killed process wait before another takes them over.
    """

    concurrency: int = 32
    lease_seconds: float = 30.0
    poll_seconds: float = 1.0
    call_timeout_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Market:
    """Whose customers the personas speak for."""

    customers: CustomerBase
    carrier: Carrier


class Supervisor:
    """Works on the simulations of a store until it is stopped, beside any number of others.

    The first of `reaction_models` answers requests that name no engine. `log` is told of every
    simulation that was concluded.
    """

    def __init__(
        self,
        store: SimulationStore,
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
        self._summarize = summarize
        self._log = log
        self._pace = pace or Pace()
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
        self._threads = ThreadPoolExecutor(STORE_THREADS, thread_name_prefix="store")
        self._held: dict[LeaseKey, LeasedCall] = {}
        self._at_work: set[asyncio.Task[None]] = set()
        poll = self._pace.poll_seconds
        self._claims = Loop("claim", self._claim, poll)
        self._conclusions = Loop("conclude", self._conclude, poll)
        self._deliveries = Loop("deliver", self._deliver, DELIVERY_POLL_SECONDS)
        self._heartbeat = Loop("heartbeat", self._extend, self._pace.lease_seconds / 3)

    def start(self) -> None:
        """Begin in the running event loop, with whatever was left unfinished or unconcluded."""
        for loop in (self._claims, self._conclusions, self._deliveries, self._heartbeat):
            loop.start()

    def wake(self) -> None:
        """Look for work now, not at the next poll. Call it in the event loop."""
        self._claims.ring()
        self._conclusions.ring()

    async def stop(self, grace_seconds: float) -> None:
        """Claim nothing more, let running calls finish within the grace, hand back the rest.

        For good: a stopped supervisor cannot be started again. Stopping twice does no harm.
        """
        await self._claims.end()
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=grace_seconds)
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)
        await self._conclusions.end()
        await self._deliveries.end()
        await self._heartbeat.end()
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
            task = asyncio.create_task(self._work_on(leased))
            self._at_work.add(task)
            task.add_done_callback(self._free_slot)

    def _free_slot(self, task: asyncio.Task[None]) -> None:
        self._at_work.discard(task)
        self._claims.ring()

    async def _work_on(self, leased: LeasedCall) -> None:
        """From claim to checkpoint. When cancelled the call stays held, to be handed back."""
        started = time.perf_counter()
        outcome = await self._outcome(leased)
        latency_ms = (time.perf_counter() - started) * 1000
        try:
            await self._checkpoint(leased, outcome, latency_ms)
        except Exception as error:  # noqa: BLE001 - one bad call must not end the others
            # No longer renewed, so that after its lease somebody else may try.
            report("checkpoint failed", error, **_whereabouts(leased))
        del self._held[_key(leased)]
        if not any(other.simulation_id == leased.simulation_id for other in self._held.values()):
            self._conclusions.ring()

    async def _outcome(self, leased: LeasedCall) -> Reaction | Failure:
        try:
            async with asyncio.timeout(self._pace.call_timeout_seconds):
                return await self._react(leased)
        except TwinError as error:
            return Failure(code=_code(error), detail=str(error))
        except TimeoutError:
            seconds = self._pace.call_timeout_seconds
            return Failure(code="timeout", detail=f"no reaction within {seconds:g} s; retry")
        except Exception as error:  # noqa: BLE001 - whatever an engine raises is this call's failure
            report("engine failed", error, **_whereabouts(leased))
            return UNEXPECTED

    async def _react(self, leased: LeasedCall) -> Reaction:
        request = leased.request
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

    async def _checkpoint(
        self, leased: LeasedCall, outcome: Reaction | Failure, latency_ms: float
    ) -> None:
        """Insist until the outcome is on disk or the lease has passed to somebody else."""
        failures = 0
        while True:
            try:
                kept = await self._on_thread(self._store.finish, leased, outcome, latency_ms)
            except Unavailable as error:
                failures += 1
                report("checkpoint put off", error, **_whereabouts(leased))
                await asyncio.sleep(backoff_seconds(failures))
            else:
                if not kept:
                    log.warning("lease lost", **_whereabouts(leased))
                return

    async def _extend(self) -> bool:
        held = tuple(self._held.values())
        if held:
            await self._on_thread(self._store.extend, held, self._pace.lease_seconds)
        return False

    async def _conclude(self) -> bool:
        """Conclude simulations whose calls are over, also those a killed process left behind."""
        ids = await self._on_thread(self._store.unconcluded, CONCLUSIONS_PER_ROUND)
        for simulation_id in ids:
            await self._on_thread(self._conclude_one, simulation_id)
        self._deliveries.ring()
        return len(ids) == CONCLUSIONS_PER_ROUND

    async def _deliver(self) -> bool:
        """Tell the log of concluded simulations it has not heard of, whoever concluded them."""
        if self._log is None:
            return False
        ids = await self._on_thread(self._store.undelivered, CONCLUSIONS_PER_ROUND)
        for simulation_id in ids:
            await self._on_thread(self._deliver_one, self._log, simulation_id)
        return len(ids) == CONCLUSIONS_PER_ROUND

    def _deliver_one(self, log: SimulationLog, simulation_id: str) -> None:
        simulation = self._store.get(simulation_id)
        if simulation is not None:
            log.record(simulation, self._store.records(simulation_id, simulation.counts.total))
            self._store.note_delivered(simulation_id)

    def _conclude_one(self, simulation_id: str) -> None:
        simulation = self._store.get(simulation_id)
        if simulation is None or simulation.state.final:
            return
        records = self._store.records(simulation_id, simulation.counts.total)
        self._store.conclude(simulation_id, *self._verdict(simulation, records))

    def _verdict(self, simulation: Simulation, records: Sequence[CallRecord]) -> Verdict:
        failures = [record.failure for record in records if record.failure]
        if len(failures) == len(records):
            detail = f"none of {len(records)} reactions succeeded; first: {failures[0].detail}"
            return SimulationState.FAILED, None, Failure(code="no_reactions", detail=detail)
        try:
            summary = self._summarize(
                simulation.request,
                records,
                self._market.customers.segments(),
                self._market.carrier,
            )
        except TwinError:
            raise  # something is missing for now: the next round tries again
        except Exception as error:  # noqa: BLE001 - it would stay running for ever
            report("summary failed", error, simulation_id=simulation.id)
            return SimulationState.FAILED, None, UNEXPECTED
        state = SimulationState.PARTIAL if failures else SimulationState.SUCCEEDED
        return state, summary, None

    async def _hand_back(self) -> None:
        if not self._held:
            return
        try:
            await self._on_thread(self._store.release, tuple(self._held.values()))
        except Unavailable as error:
            report("calls not handed back", error, calls=len(self._held))
        self._held.clear()

    async def _on_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *args, **kwargs))


LeaseKey = tuple[str, int, int]


def _key(leased: LeasedCall) -> LeaseKey:
    return leased.simulation_id, leased.call.index, leased.attempts


def _code(error: TwinError) -> str:
    """InvalidInput becomes invalid_input."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def _whereabouts(leased: LeasedCall) -> dict[str, object]:
    return {"simulation_id": leased.simulation_id, "call": leased.call.index}
