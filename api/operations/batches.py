"""Batches of service functions: accepted as durable simulations, answered once those are final.

Nothing about a batch is in memory only: a batch sent again is not computed again, and a poll may
reach another process or this one after a crash.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from api.representations.problems import KEY_REUSED, Fault, Refused
from api.services import Services
from domain.batches import (
    Batch,
    BatchPlan,
    Finished,
    Function,
    Part,
    Row,
    RowAnswer,
    answers,
    plan_asking,
    plan_market,
)
from domain.errors import NotFound
from domain.simulations import Idempotency, Simulation

BATCH_ID = "sf-external-function-query-batch-id"
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches that one tenant sent to one service function."""

    services: Services
    function: Function
    tenant: str

    async def accept(self, batch_id: str, rows: Sequence[Row]) -> Batch:
        """The batch, on disk with all its simulations when this returns.

        Raises Refused when other rows came before under its id, and what SubmissionStore.submit
        raises; sending it again then goes on where it stopped.
        """
        key, rows_hash = self._key(batch_id), _hash([[r.number, *r.arguments] for r in rows])
        batch = await asyncio.to_thread(self.services.store.find_batch, key)
        if batch is None:
            batch = await self._take(key, rows_hash, rows)
        if batch.rows_hash != rows_hash:
            fault = Fault(header=BATCH_ID, detail="names a batch of other rows", code="key_reused")
            raise Refused(KEY_REUSED, "this batch came before with other rows", [fault])
        return batch

    async def find(self, batch_id: str) -> Batch:
        """The batch accepted under this id. Raises NotFound."""
        batch = await asyncio.to_thread(self.services.store.find_batch, self._key(batch_id))
        if batch is None:
            raise NotFound("batch", "send its rows with POST first")
        return batch

    async def answers(
        self, batch: Batch, hold_seconds: float
    ) -> list[tuple[int, RowAnswer]] | None:
        """An answer per row, or None when that would take longer than `hold_seconds`."""
        until = time.monotonic() + hold_seconds
        simulations = [await self._watched(each, until) for each in batch.simulation_ids]
        if any(simulation and not simulation.state.final for simulation in simulations):
            return None
        return await asyncio.to_thread(self._answers, batch, simulations)

    async def _take(self, key: str, rows_hash: str, rows: Sequence[Row]) -> Batch:
        plan = await asyncio.to_thread(self._plan, rows)
        ids = [await self._submit(key, number, part) for number, part in enumerate(plan.parts)]
        batch = Batch(
            function=self.function,
            rows_hash=rows_hash,
            rows=plan.rows,
            simulation_ids=tuple(ids),
        )
        return await asyncio.to_thread(
            self.services.store.keep_batch, key, batch, tenant=self.tenant
        )

    def _key(self, batch_id: str) -> str:
        """Another tenant's is another batch, also under the same id."""
        return _hash([self.tenant, self.function, batch_id])

    def _plan(self, rows: Sequence[Row]) -> BatchPlan:
        customers = self.services.customers
        match self.function:
            case "ask":
                return plan_asking(rows, customers)
            case "simulate":
                return plan_market(rows, customers)
            case _:
                assert_never(self.function)

    async def _submit(self, key: str, number: int, part: Part) -> str:
        """The id of a part's simulation, the same however often the batch is sent.

        Its key has a space, which no client's Idempotency-Key may have.
        """
        asked = _hash([part.request.model_dump(mode="json"), [c.model_dump() for c in part.calls]])
        idempotency = Idempotency(f"batch {_hash([key, number, asked])}", asked)
        simulation, _ = await self.services.submit_calls(
            part.request, part.calls, idempotency, tenant=self.tenant
        )
        return simulation.id

    async def _watched(self, simulation_id: str, until: float) -> Simulation | None:
        """The simulation once it is final or time is up; None when it is not there any more."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            simulation = await asyncio.to_thread(self.services.store.get, simulation_id)
            if simulation is None or simulation.state.final or time.monotonic() + pause > until:
                return simulation
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _answers(
        self, batch: Batch, simulations: Sequence[Simulation | None]
    ) -> list[tuple[int, RowAnswer]]:
        return answers(batch, [self._finished(each) if each else None for each in simulations])

    def _finished(self, simulation: Simulation) -> Finished:
        calls = simulation.counts.total
        return Finished(simulation, self.services.store.records(simulation.id, calls))


def _hash(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
