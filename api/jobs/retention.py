"""Retention: what is done with simulations that ended, and with what of them is damaged."""

from __future__ import annotations

from typing import Protocol

from api.jobs.loops import Loop
from api.jobs.threads import Threads
from domain.simulations import ConclusionStore, RetentionStore, SimulationLog, SimulationReader

DELIVERIES_PER_ROUND = 16
DELIVERY_POLL_SECONDS = 30.0  # chosen: conclusions ring; this is for what another process concluded
EXPIRY_SECONDS = 3600.0
EXPIRIES_PER_ROUND = 50  # chosen: others wait while their calls are deleted
MEND_SECONDS = 60.0  # chosen: what is damaged holds up nobody meanwhile, it only does not end
DAY_SECONDS = 86_400.0


class RetainingStore(SimulationReader, ConclusionStore, RetentionStore, Protocol):
    """What reads simulations that ended, deletes them and mends what is damaged."""


class Retention:
    """Delivers ended simulations to a log, deletes old ones, mends damaged ones, now and then."""

    def __init__(
        self,
        store: RetainingStore,
        threads: Threads,
        log: SimulationLog | None,
        kept_days: float | None,
    ) -> None:
        self._store = store
        self._threads = threads
        self._log = log
        self._kept_days = kept_days
        self._deliveries = Loop("deliver", self._deliver, DELIVERY_POLL_SECONDS)
        self._expiry = Loop("expire", self._expire, EXPIRY_SECONDS)
        self._mending = Loop("mend", self._mend, MEND_SECONDS)

    def start(self) -> None:
        """Begin in the running event loop."""
        for loop in self._loops:
            loop.start()

    def deliver_soon(self) -> None:
        """Look now for simulations to be delivered."""
        self._deliveries.ring()

    async def end(self) -> None:
        """Finish what is under way, and start no more."""
        for loop in self._loops:
            await loop.end()

    @property
    def _loops(self) -> tuple[Loop, ...]:
        if self._log is None:
            return self._expiry, self._mending
        return self._deliveries, self._expiry, self._mending

    async def _deliver(self) -> bool:
        """Tell the log of concluded simulations it has not heard of, whoever concluded them."""
        if self._log is None:
            return False
        ids = await self._threads.run(self._store.undelivered, DELIVERIES_PER_ROUND)
        for simulation_id in ids:
            await self._threads.run(deliver, self._store, self._log, simulation_id)
        return len(ids) == DELIVERIES_PER_ROUND

    async def _expire(self) -> bool:
        """Delete what was kept for long enough."""
        if self._kept_days is None:
            return False
        deleted = await self._threads.run(
            self._store.expire,
            self._kept_days * DAY_SECONDS,
            EXPIRIES_PER_ROUND,
            delivered_only=self._log is not None,
        )
        return deleted == EXPIRIES_PER_ROUND

    async def _mend(self) -> bool:
        await self._threads.run(self._store.mend)
        return False


def deliver(store: RetainingStore, log: SimulationLog, simulation_id: str) -> None:
    """Tell the log of a concluded simulation. There is nothing to tell of a damaged one."""
    simulation = store.get(simulation_id)
    if simulation is None:
        return
    if not simulation.damaged:
        log.record(simulation, store.records(simulation_id, simulation.counts.total))
    store.note_delivered(simulation_id)
