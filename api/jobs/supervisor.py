"""The supervisor of simulations: has their calls worked on, concludes and retains them.

What it works on lives in the store only, so a process may be killed at any point: the next one
takes over the calls whose lease has run out and concludes what was left unconcluded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from api.jobs.call_worker import CallWorker
from api.jobs.conclusions import Conclusions
from api.jobs.loops import Loop
from api.jobs.pace import Pace
from api.jobs.retention import RetainingStore, Retention
from api.jobs.threads import Threads
from domain.errors import NotFound
from domain.simulations import (
    CallQueue,
    Market,
    ReactionModels,
    Simulation,
    SimulationLog,
    SimulationState,
    Summarize,
)

STORE_THREADS = 8  # chosen: writers take turns, and a server's connections are ten
CONCLUSIONS_PER_ROUND = 16

log = structlog.stdlib.get_logger()


class SupervisedStore(CallQueue, RetainingStore, Protocol):
    """Calls to lease, and the simulations they belong to."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a supervisor has done since it was made.

    `leases_lost` counts outcomes not stored because another worker had taken the call over.
    """

    leases_lost: int
    concluded: Counter[SimulationState]


class Supervisor:
    """Works on the simulations of a store until it is stopped, beside any number of others.

    The first of `models` answers requests that name no engine. `log` is told of every simulation
    that was concluded, `on_change`, in the event loop, of every one that has changed.
    """

    def __init__(
        self,
        store: SupervisedStore,
        market: Market,
        models: ReactionModels,
        *,
        summarize: Summarize,
        pace: Pace | None = None,
        log: SimulationLog | None = None,
    ) -> None:
        pace = pace or Pace()
        self.on_change: Callable[[str], None] = _ignore
        self._store = store
        self._concluded: Counter[SimulationState] = Counter()
        self._threads = Threads(STORE_THREADS, "store")
        self._worker = CallWorker(store, self._threads, market, models, pace)
        self._worker.on_change = self._pass_on
        self._ends = Conclusions(store, market, summarize)
        self._conclusions = Loop("conclude", self._conclude, pace.poll_seconds)
        self._worker.on_last_call = self._conclusions.ring
        self._retention = Retention(store, self._threads, log, pace.kept_days)

    def start(self) -> None:
        """Begin in the running event loop, with whatever was left unfinished or unconcluded."""
        self._worker.start()
        self._conclusions.start()
        self._retention.start()

    def wake(self) -> None:
        """Look for work, and for work called off, now. Call it in the event loop."""
        self._worker.wake()
        self._conclusions.ring()

    @property
    def tally(self) -> Tally:
        """What it has done so far."""
        return Tally(self._worker.leases_lost, self._concluded)

    @property
    def draining(self) -> bool:
        """Whether it was told to claim nothing more."""
        return self._worker.draining

    def drain(self) -> None:
        """Claim nothing more, for good, and go on with the calls that run. Never waits."""
        self._worker.drain()

    async def stop(self, grace_seconds: float) -> None:
        """Claim nothing more, let running calls finish within the grace, hand back the rest.

        The grace begins with the draining. For good: a stopped supervisor cannot be started
        again. Stopping twice does no harm.
        """
        await self._worker.finish(grace_seconds)
        await self._conclusions.end()
        await self._retention.end()
        await self._worker.hand_back()
        self._threads.close()

    async def run_until_final(self, simulation_id: str, grace_seconds: float = 5.0) -> Simulation:
        """Start, work until this simulation has a final state, stop. Raises NotFound."""
        self.start()
        try:
            return await self._final(simulation_id)
        finally:
            await self.stop(grace_seconds)

    def _pass_on(self, simulation_id: str) -> None:
        self.on_change(simulation_id)

    async def _final(self, simulation_id: str) -> Simulation:
        while True:
            self._conclusions.turned.clear()
            simulation = await self._threads.run(self._store.get, simulation_id)
            if simulation is None:
                raise NotFound("simulation", "list them to see which there are")
            if simulation.state.final:
                return simulation
            await self._conclusions.turned.wait()

    async def _conclude(self) -> bool:
        """Conclude simulations whose calls are over, also those a killed process left behind."""
        ids = await self._threads.run(self._store.unconcluded, CONCLUSIONS_PER_ROUND)
        for simulation_id in ids:
            state = await self._threads.run(self._ends.conclude, simulation_id)
            if state is not None:
                self._concluded[state] += 1
                log.info("simulation concluded", simulation_id=simulation_id, state=state)
            self.on_change(simulation_id)
        self._retention.deliver_soon()
        return len(ids) == CONCLUSIONS_PER_ROUND


def _ignore(_: str) -> None:
    """Where nobody watches."""
