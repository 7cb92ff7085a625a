"""Simulations and their calls as rows: the SimulationStore of the embedded database.

Every statement is one that SQLite and PostgreSQL both understand. A call is at-least-once for the
engine that reacts and exactly-once in the store: only the holder of the newest lease can finish it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, tuple_, update

from adapters.store.batches import find_batch, keep_batch
from adapters.store.database import Database
from adapters.store.deliveries import find_undelivered, note_delivery
from adapters.store.group_commit import GroupCommit
from adapters.store.leases import Lease, claim_calls, extend_lease, finish_call, release_call
from adapters.store.rows import (
    MICROSECONDS,
    AnyRow,
    finished_call,
    new_call,
    new_simulation,
    read_record,
    read_simulation,
)
from adapters.store.schema import call as calls_table
from adapters.store.schema import label as labels_table
from adapters.store.schema import simulation as simulations_table
from domain.batches import Batch
from domain.errors import FieldError, IdempotencyConflict, InvalidInput, QueueFull
from domain.reactions import Reaction
from domain.simulations import (
    Call,
    CallRecord,
    Failure,
    Idempotency,
    LeasedCall,
    Simulation,
    SimulationRequest,
    SimulationState,
    Summary,
)

QUEUE_RETRY_SECONDS = 10  # chosen: a queue of language-model calls moves in seconds, not minutes

Checkpoint = tuple[LeasedCall, dict[str, Any]]


def open_store(
    url: str, *, max_unfinished_calls: int, clock: Callable[[], float] = time.time
) -> SqlSimulationStore:
    """The store at `sqlite:///PATH`, its tables created when missing; close it after use.

    `clock` gives seconds since 1970; leases compare it across processes, which on SQLite all run
    on one machine. Raises Unavailable when the file cannot be used, ValueError on another URL.
    """
    return SqlSimulationStore(Database(url), max_unfinished_calls, clock)


class SqlSimulationStore:
    """A domain.ports.SimulationStore and BatchStore on SQLAlchemy Core."""

    def __init__(
        self, database: Database, max_unfinished_calls: int, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._max_unfinished_calls = max_unfinished_calls
        self._clock = clock
        self._checkpoints = GroupCommit(self._commit_checkpoints)

    def close(self) -> None:
        """Let go of the database, after what is being stored."""
        self._checkpoints.close()
        self._database.close()

    def submit(
        self,
        simulation_id: str,
        request: SimulationRequest,
        calls: Sequence[Call],
        idempotency: Idempotency | None = None,
    ) -> tuple[Simulation, bool]:
        """See the port."""
        with self._database.writing() as connection:
            earlier = _submitted_before(connection, idempotency) if idempotency else None
            if earlier is not None:
                return earlier, True
            self._refuse_overload(connection, len(calls))
            row = new_simulation(simulation_id, request, idempotency, self._now())
            connection.execute(insert(simulations_table), row)
            _insert_labels(connection, simulation_id, request.labels)
            connection.execute(insert(calls_table), [new_call(simulation_id, c) for c in calls])
            return _found(connection, simulations_table.c.id == simulation_id)[0], False

    def get(self, simulation_id: str) -> Simulation | None:
        """See the port."""
        with self._database.reading() as connection:
            found = _found(connection, simulations_table.c.id == simulation_id)
        return found[0] if found else None

    def page(
        self,
        limit: int,
        after: str | None = None,
        state: SimulationState | None = None,
        label: tuple[str, str] | None = None,
    ) -> tuple[Sequence[Simulation], str | None]:
        """See the port. Raises InvalidInput on an `after` this method did not give out."""
        query = _newest_first(after, state, label).limit(limit + 1)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            found = _with_counts(connection, rows[:limit])
        return found, _cursor(rows[limit - 1]) if len(rows) > limit else None

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
        return [read_record(row) for row in rows]

    def claim(self, owner: str, limit: int, lease_seconds: float) -> Sequence[LeasedCall]:
        """See the port."""
        now = self._now()
        lease = Lease(owner, now, now + round(lease_seconds * MICROSECONDS))
        with self._database.writing() as connection:
            return claim_calls(connection, lease, limit)

    def extend(self, leased: Sequence[LeasedCall], lease_seconds: float) -> Sequence[LeasedCall]:
        """See the port."""
        until = self._now() + round(lease_seconds * MICROSECONDS)
        with self._database.writing() as connection:
            return [one for one in leased if extend_lease(connection, one, until)]

    def finish(self, leased: LeasedCall, outcome: Reaction | Failure, latency_ms: float) -> bool:
        """See the port. Threads that finish at the same time share one commit."""
        return self._checkpoints.write((leased, finished_call(outcome, latency_ms)))

    def release(self, leased: Sequence[LeasedCall]) -> None:
        """See the port."""
        with self._database.writing() as connection:
            for one in leased:
                release_call(connection, one)

    def unconcluded(self, limit: int) -> Sequence[str]:
        """See the port. Oldest first."""
        unfinished = select(calls_table.c.idx).where(
            calls_table.c.simulation_id == simulations_table.c.id,
            calls_table.c.claimable_at.is_not(None),
        )
        query = (
            select(simulations_table.c.id)
            .where(simulations_table.c.ended_at.is_(None), ~unfinished.exists())
            .order_by(simulations_table.c.created_at, simulations_table.c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return connection.execute(query).scalars().all()

    def conclude(
        self,
        simulation_id: str,
        state: SimulationState,
        summary: Summary | None,
        error: Failure | None,
    ) -> bool:
        """See the port."""
        statement = (
            update(simulations_table)
            .where(simulations_table.c.id == simulation_id, simulations_table.c.ended_at.is_(None))
            .values(
                state=state,
                summary=summary and summary.model_dump_json(),
                error=error and error.model_dump_json(),
                ended_at=self._now(),
            )
        )
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1

    def undelivered(self, limit: int) -> Sequence[str]:
        """See SimulationStore."""
        with self._database.reading() as connection:
            return find_undelivered(connection, limit)

    def note_delivered(self, simulation_id: str) -> None:
        """See SimulationStore."""
        with self._database.writing() as connection:
            note_delivery(connection, simulation_id, self._now())

    def keep_batch(self, batch_id: str, batch: Batch) -> Batch:
        """See BatchStore."""
        with self._database.writing() as connection:
            return keep_batch(connection, batch_id, batch, self._now())

    def find_batch(self, batch_id: str) -> Batch | None:
        """See BatchStore."""
        with self._database.reading() as connection:
            return find_batch(connection, batch_id)

    def _now(self) -> int:
        return round(self._clock() * MICROSECONDS)

    def _refuse_overload(self, connection: Connection, more: int) -> None:
        query = select(func.count()).where(calls_table.c.claimable_at.is_not(None))
        waiting = connection.execute(query).scalar_one()
        if waiting + more > self._max_unfinished_calls:
            raise QueueFull(waiting, self._max_unfinished_calls, QUEUE_RETRY_SECONDS)

    def _commit_checkpoints(self, group: Sequence[Checkpoint]) -> Sequence[bool]:
        with self._database.writing() as connection:
            return [finish_call(connection, leased, outcome) for leased, outcome in group]


def _submitted_before(connection: Connection, idempotency: Idempotency) -> Simulation | None:
    same_key = simulations_table.c.idempotency_key == idempotency.key
    row = connection.execute(select(simulations_table).where(same_key)).one_or_none()
    if row is None:
        return None
    if row.request_hash != idempotency.request_hash:
        raise IdempotencyConflict(
            "this idempotency key came before with another request; use a new key"
        )
    return _with_counts(connection, [row])[0]


def _insert_labels(connection: Connection, simulation_id: str, labels: dict[str, str]) -> None:
    if not labels:
        return
    rows = [
        {"simulation_id": simulation_id, "name": name, "value": value}
        for name, value in labels.items()
    ]
    connection.execute(insert(labels_table), rows)


def _newest_first(
    after: str | None, state: SimulationState | None, label: tuple[str, str] | None
) -> Select[*tuple[Any, ...]]:
    age = (simulations_table.c.created_at, simulations_table.c.id)
    query = select(simulations_table).order_by(*(column.desc() for column in age))
    if after is not None:
        query = query.where(tuple_(*age) < tuple_(*_place(after)))
    if state is not None:
        query = query.where(simulations_table.c.state == state)
    if label is not None:
        query = query.join(labels_table).where(
            labels_table.c.name == label[0], labels_table.c.value == label[1]
        )
    return query


def _cursor(row: AnyRow) -> str:
    return f"{row.created_at}.{row.id}"


def _place(cursor: str) -> tuple[int, str]:
    created_at, dot, simulation_id = cursor.partition(".")
    if not (dot and created_at.isascii() and created_at.isdigit() and len(created_at) < 19):
        fault = FieldError("/cursor", "not a cursor of this list; start without one", "bad_cursor")
        raise InvalidInput([fault])
    return int(created_at), simulation_id


def _found(connection: Connection, condition: ColumnElement[bool]) -> Sequence[Simulation]:
    rows = connection.execute(select(simulations_table).where(condition)).all()
    return _with_counts(connection, rows)


def _with_counts(connection: Connection, rows: Sequence[AnyRow]) -> Sequence[Simulation]:
    counted = connection.execute(
        select(calls_table.c.simulation_id, calls_table.c.state, func.count())
        .where(calls_table.c.simulation_id.in_([row.id for row in rows]))
        .group_by(calls_table.c.simulation_id, calls_table.c.state)
    )
    by_simulation: dict[str, dict[str, int]] = defaultdict(dict)
    for simulation_id, state, calls in counted:
        by_simulation[simulation_id][state] = calls
    return [read_simulation(row, by_simulation[row.id]) for row in rows]
