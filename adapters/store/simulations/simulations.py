"""Simulations and their calls as rows: the SimulationStore of SQLite and PostgreSQL.

Every statement is one that SQLite and PostgreSQL both understand. A call is at-least-once for the
engine that reacts and exactly-once in the store: only the holder of the newest lease can finish it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from sqlalchemy import Connection, case, select, update

from adapters.store.batches import find_batch, keep_batch
from adapters.store.calls.budgets import reserve
from adapters.store.calls.claims import Lease, claim_calls
from adapters.store.calls.damage import (
    fail_undecided,
    mend,
    needs_mending,
    set_aside_simulation,
)
from adapters.store.calls.depths import read_backlog
from adapters.store.calls.events import find_ended, find_marks, next_numbers
from adapters.store.calls.leases import (
    call_off_call,
    extend_leases,
    finish_calls,
    put_off_call,
    release_calls,
    spent_more,
)
from adapters.store.calls.losses import take_back
from adapters.store.conversations import SqlConversations
from adapters.store.damaged import find_damage
from adapters.store.database.database import CONNECTIONS, MICROSECONDS, Database
from adapters.store.database.rows import finished_call, has_index, read_record
from adapters.store.database.schema import call as calls_table
from adapters.store.database.schema import simulation as simulations_table
from adapters.store.keys.keys import SqlKeys
from adapters.store.simulations.deliveries import find_undelivered, note_delivery
from adapters.store.simulations.lifecycle import (
    cancel_simulation,
    delete_simulation,
    expire_simulations,
    retry_simulation,
)
from adapters.store.simulations.quota import SqlQuota, spend
from adapters.store.simulations.reading import (
    find_page,
    find_simulation,
    find_submitted,
    is_gone,
    newest_first,
)
from adapters.store.simulations.submissions import Limits, Submission, accept, refuse_overload
from adapters.store.webhooks import any_due, claim_webhooks, settle_webhook
from domain.batches import Batch
from domain.callers import PUBLIC
from domain.errors import NotStorable
from domain.simulations import (
    Allowance,
    Backlog,
    Budget,
    Call,
    CallRecord,
    Damage,
    Failure,
    FinishedCall,
    Idempotency,
    LeasedCall,
    LeftOut,
    Mark,
    Replay,
    Simulation,
    SimulationRequest,
    SimulationState,
    Spent,
    Summary,
)
from domain.webhooks import DueWebhook, WebhookFailed


def open_store(
    url: str,
    *,
    max_unfinished_calls: int,
    max_unfinished_calls_per_tenant: int | None = None,
    max_leased_calls: int | None = None,
    connections: int = CONNECTIONS,
    clock: Callable[[], float] = time.time,
) -> SqlSimulationStore:
    """The store at `sqlite:///PATH` or `postgresql://...`, its tables those of this version.

    `connections` to PostgreSQL at most; `clock` as Database says. Close it after use. Raises
    Unavailable when the database cannot be used, StoreUrlRefused on another URL.
    """
    limits = Limits(max_unfinished_calls, max_unfinished_calls_per_tenant, max_leased_calls)
    return SqlSimulationStore(Database(url, clock, connections), limits)


class SqlSimulationStore:
    """A SimulationStore, WebhookStore, BatchStore, BacklogStore and DamageStore."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self.conversations = SqlConversations(database)
        self._limits = limits
        self.keys = SqlKeys(database)
        self.quota = SqlQuota(database)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def submit(  # noqa: PLR0913 - see the port
        self,
        simulation_id: str,
        request: SimulationRequest,
        calls: Sequence[Call],
        idempotency: Idempotency | None = None,
        *,
        tenant: str = PUBLIC,
        replay_of: str | None = None,
        allowance: Allowance | None = None,
        left_out: Sequence[LeftOut] = (),
    ) -> tuple[Simulation, bool]:
        """See the port."""
        sent = Submission(simulation_id, request, calls, tenant, idempotency, replay_of, left_out)
        with self._database.alone() as connection:
            earlier = find_submitted(connection, idempotency, tenant) if idempotency else None
            if earlier is not None:
                return earlier, True
            refuse_overload(connection, self._limits, tenant, len(calls))
            if allowance is not None:
                spend(connection, allowance, tenant, len(calls))
            accept(connection, sent, self._database.now(connection))
            submitted = find_simulation(connection, simulation_id)
        assert submitted is not None  # noqa: S101 - inserted a moment ago
        return submitted, False

    def find_submitted(self, idempotency: Idempotency, tenant: str = PUBLIC) -> Simulation | None:
        """See the port."""
        with self._database.reading() as connection:
            return find_submitted(connection, idempotency, tenant)

    def get(self, simulation_id: str, tenant: str | None = None) -> Simulation | None:
        """See the port."""
        with self._database.reading() as connection:
            return find_simulation(connection, simulation_id, tenant)

    def is_gone(self, simulation_id: str, tenant: str | None = None) -> bool:
        """See the port."""
        with self._database.reading() as connection:
            return is_gone(connection, simulation_id, tenant)

    def page(
        self,
        limit: int,
        after: str | None = None,
        state: SimulationState | None = None,
        label: str | None = None,
        *,
        tenant: str | None = None,
    ) -> tuple[Sequence[Simulation], str | None]:
        """See the port. Raises InvalidInput on an `after` this method did not give out."""
        query = newest_first(after, state, label, tenant)
        with self._database.reading() as connection:
            return find_page(connection, query, limit)

    def records(self, simulation_id: str, limit: int, after: int = -1) -> Sequence[CallRecord]:
        """See the port."""
        query = (
            select(calls_table)
            .where(calls_table.c.simulation_id == simulation_id, calls_table.c.idx > after)
            .order_by(calls_table.c.idx)
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [read_record(row) for row in rows if has_index(row)]

    def marks(self, simulation_ids: Sequence[str]) -> Mapping[str, Mark]:
        """See the port."""
        with self._database.reading() as connection:
            return find_marks(connection, simulation_ids)

    def ended(
        self, simulation_id: str, limit: int, after: int = 0
    ) -> Sequence[tuple[int, CallRecord]]:
        """See the port."""
        with self._database.reading() as connection:
            return find_ended(connection, simulation_id, limit, after)

    def claim(self, owner: str, limit: int, lease_seconds: float) -> Sequence[LeasedCall]:
        """See the port."""
        with self._database.alone() as connection:
            now = self._database.now(connection)
            take_back(connection, now, self._database.take_turns)
            lease = Lease(owner, now, now + round(lease_seconds * MICROSECONDS))
            return claim_calls(connection, lease, limit, self._limits.leased_calls)

    def extend(self, leased: Sequence[LeasedCall], lease_seconds: float) -> Sequence[LeasedCall]:
        """See the port."""
        with self._database.writing() as connection:
            return extend_leases(connection, leased, self._in(connection, lease_seconds))

    def finish(self, finished: Sequence[FinishedCall]) -> Sequence[bool | NotStorable]:
        """See the port. Each goes into a commit of its own where one of them cannot be stored."""
        try:
            return self._finish_together(finished)
        except NotStorable as refused:
            if len(finished) == 1:
                return [refused]
            return [self.finish([each])[0] for each in finished]

    def reserve(self, leased: LeasedCall, spent: Spent) -> bool:
        """See the port."""
        with self._database.alone() as connection:
            return reserve(connection, leased, spent)

    def call_off(self, leased: LeasedCall, spent: Spent) -> bool:
        """See the port."""
        with self._database.writing() as connection:
            return call_off_call(connection, leased, spent)

    def put_off(self, leased: LeasedCall, seconds: float, spent: Spent) -> bool:
        """See the port."""
        with self._database.writing() as connection:
            return put_off_call(connection, leased, self._in(connection, seconds), spent)

    def release(self, leased: Sequence[LeasedCall], spent: Sequence[Spent] = ()) -> None:
        """See the port."""
        with self._database.writing() as connection:
            release_calls(connection, leased, spent)

    def unconcluded(self, limit: int) -> Sequence[str]:
        """See the port. Oldest first, without those whose very id cannot be read."""
        query = (
            select(simulations_table.c.id)
            .where(simulations_table.c.ended_at.is_(None), _ALL_OVER)
            .order_by(simulations_table.c.created_at, simulations_table.c.id)
        )
        with self._database.reading() as connection:
            ids = connection.execute(query).scalars()
            return list(islice((each for each in ids if isinstance(each, str)), limit))

    def conclude(
        self,
        simulation_id: str,
        state: SimulationState,
        summary: Summary | None,
        error: Failure | None,
        replay: Replay | None = None,
    ) -> bool:
        """See the port."""
        statement = update(simulations_table).where(
            simulations_table.c.id == simulation_id,
            simulations_table.c.ended_at.is_(None),
            _ALL_OVER,
        )
        with self._database.writing() as connection:
            fail_undecided(connection, simulation_id)
            values = {
                "state": case((_CANCELLING, str(SimulationState.CANCELLED)), else_=str(state)),
                "summary": summary and summary.model_dump_json(),
                "error": error and error.model_dump_json(),
                "replay": replay and replay.model_dump_json(),
                "ended_at": self._database.now(connection),
            }
            return connection.execute(statement.values(values)).rowcount == 1

    def set_aside(self, simulation_id: str) -> None:
        """See the port."""
        query = select(simulations_table).where(simulations_table.c.id == simulation_id)
        with self._database.alone() as connection:
            row = connection.execute(query).one_or_none()
            if row is not None:
                set_aside_simulation(connection, row, self._database.now(connection))

    def mend(self) -> None:
        """See the port."""
        with self._database.reading() as connection:
            if not needs_mending(connection, self._database.now(connection)):
                return
        with self._database.alone() as connection:
            mend(connection, self._database.now(connection))

    def damage(self, limit: int) -> Sequence[Damage]:
        """See DamageStore."""
        with self._database.reading() as connection:
            return list(islice(find_damage(connection), limit))

    def cancel(self, simulation_id: str) -> Simulation | None:
        """See the port."""
        with self._database.alone() as connection:
            return cancel_simulation(connection, simulation_id)

    def retry(self, simulation_id: str, budget: Budget | None = None) -> Simulation | None:
        """See the port."""
        with self._database.alone() as connection:
            simulation = find_simulation(connection, simulation_id)
            if simulation is None:
                return None
            more = simulation.counts.failed + simulation.counts.cancelled
            refuse_overload(connection, self._limits, simulation.tenant, more)
            return retry_simulation(connection, simulation, budget)

    def delete(self, simulation_id: str) -> bool:
        """See the port."""
        with self._database.alone() as connection:
            return delete_simulation(connection, simulation_id, self._database.now(connection))

    def expire(self, kept_seconds: float, limit: int, *, delivered_only: bool) -> int:
        """See the port. Conversations have a time of their own, told when they began."""
        self.conversations.expire()
        with self._database.alone() as connection:
            now = self._database.now(connection)
            before = now - round(kept_seconds * MICROSECONDS)
            return expire_simulations(connection, before, now, limit, delivered_only=delivered_only)

    def undelivered(self, limit: int) -> Sequence[str]:
        """See SimulationStore."""
        with self._database.reading() as connection:
            return find_undelivered(connection, limit)

    def note_delivered(self, simulation_id: str) -> None:
        """See SimulationStore."""
        with self._database.writing() as connection:
            note_delivery(connection, simulation_id, self._database.now(connection))

    def claim_webhooks(self, owner: str, limit: int, lease_seconds: float) -> Sequence[DueWebhook]:
        """See WebhookStore."""
        with self._database.reading() as connection:
            if not any_due(connection, self._database.now(connection)):
                return ()
        with self._database.alone() as connection:
            now = self._database.now(connection)
            lease = Lease(owner, now, now + round(lease_seconds * MICROSECONDS))
            return claim_webhooks(connection, lease, limit)

    def settle_webhook(self, due: DueWebhook, failure: WebhookFailed | None) -> bool:
        """See WebhookStore."""
        with self._database.writing() as connection:
            return settle_webhook(connection, due, failure, self._database.now(connection))

    def keep_batch(self, batch_id: str, batch: Batch, *, tenant: str = PUBLIC) -> Batch:
        """See BatchStore."""
        with self._database.alone() as connection:
            now = self._database.now(connection)
            return keep_batch(connection, batch_id, batch, tenant, now)

    def find_batch(self, batch_id: str) -> Batch | None:
        """See BatchStore."""
        with self._database.reading() as connection:
            return find_batch(connection, batch_id)

    def backlog(self) -> Backlog:
        """See BacklogStore."""
        with self._database.reading() as connection:
            return read_backlog(connection, self._database.now(connection))

    def _in(self, connection: Connection, seconds: float) -> int:
        return self._database.now(connection) + round(seconds * MICROSECONDS)

    def _finish_together(self, finished: Sequence[FinishedCall]) -> Sequence[bool]:
        rows = [finished_call(each.outcome, each.latency_ms) for each in finished]
        ids = [each.leased.simulation_id for each in finished]
        with self._database.writing() as connection:
            self._database.take_turns(connection, ids)
            numbers = next_numbers(connection, ids)
            outcomes = [
                (each.leased, {**row, **spent_more(each.spent), "sequence": number})
                for each, row, number in zip(finished, rows, numbers, strict=True)
            ]
            return finish_calls(connection, outcomes)


_ALL_OVER = ~(
    select(calls_table.c.idx)
    .where(
        calls_table.c.simulation_id == simulations_table.c.id,
        calls_table.c.claimable_at.is_not(None),
    )
    .correlate(simulations_table)
    .exists()
)
_CANCELLING = simulations_table.c.state == SimulationState.CANCELLING
