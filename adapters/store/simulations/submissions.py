"""Submissions: simulations as they are accepted, with all that belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from adapters.store.database.rows import new_call, new_simulation, write_left_out
from adapters.store.database.schema import call as calls_table
from adapters.store.database.schema import idempotency as idempotency_table
from adapters.store.database.schema import label as labels_table
from adapters.store.database.schema import simulation as simulations_table
from adapters.store.database.schema import tenant_turn as turns_table
from adapters.store.webhooks import lay_down_webhook
from domain.errors import QueueFull
from domain.simulations import Call, Idempotency, LeftOut, SimulationRequest

QUEUE_RETRY_SECONDS = 10  # chosen: a queue of language-model calls moves in seconds, not minutes


@dataclass(frozen=True, slots=True)
class Limits:
    """How many unfinished calls are accepted in all and of each tenant, and may be leased at once.

    None is no limit of its own.
    """

    unfinished_calls: int
    unfinished_calls_per_tenant: int | None = None
    leased_calls: int | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A simulation to be accepted."""

    simulation_id: str
    request: SimulationRequest
    calls: Sequence[Call]
    tenant: str
    idempotency: Idempotency | None
    replay_of: str | None
    left_out: Sequence[LeftOut]


def accept(connection: Connection, submission: Submission, now: int) -> None:
    """Write all of a simulation; `now` in microseconds since 1970."""
    simulation_id, tenant = submission.simulation_id, submission.tenant
    row = new_simulation(simulation_id, submission.request, tenant, now)
    row |= {"replay_of": submission.replay_of, "left_out": write_left_out(submission.left_out)}
    connection.execute(insert(simulations_table), row)
    _insert_promise(connection, submission)
    _insert_labels(connection, simulation_id, submission.request.labels)
    rows = [new_call(simulation_id, call) for call in submission.calls]
    connection.execute(insert(calls_table), rows)
    if submission.request.webhook_url is not None:
        lay_down_webhook(connection, simulation_id, submission.request.webhook_url, tenant)
    known = select(turns_table.c.tenant).where(turns_table.c.tenant == tenant)
    if connection.execute(known).first() is None:
        connection.execute(insert(turns_table), {"tenant": tenant, "turn": 0})


def refuse_overload(connection: Connection, limits: Limits, tenant: str, more: int) -> None:
    """Raise QueueFull when so many more unfinished calls exceed a limit."""
    query = select(func.count()).where(calls_table.c.claimable_at.is_not(None))
    _refuse(connection.execute(query).scalar_one(), more, limits.unfinished_calls)
    if limits.unfinished_calls_per_tenant is None:
        return
    own = query.join_from(simulations_table, calls_table).where(
        simulations_table.c.tenant == tenant, simulations_table.c.ended_at.is_(None)
    )
    waiting = connection.execute(own).scalar_one()
    _refuse(waiting, more, limits.unfinished_calls_per_tenant)


def _refuse(waiting: int, more: int, limit: int) -> None:
    if waiting + more > limit:
        raise QueueFull(waiting, limit, QUEUE_RETRY_SECONDS)


def _insert_promise(connection: Connection, submission: Submission) -> None:
    promise = submission.idempotency
    if promise is None:
        return
    row = {
        "tenant": submission.tenant,
        "route": promise.route,
        "key": promise.key,
        "request_hash": promise.request_hash,
        "simulation_id": submission.simulation_id,
    }
    # One that leads to no simulation, because it is damaged, is no promise.
    known = (idempotency_table.c[name] == row[name] for name in ("tenant", "route", "key"))
    connection.execute(delete(idempotency_table).where(*known))
    connection.execute(insert(idempotency_table), row)


def _insert_labels(connection: Connection, simulation_id: str, labels: dict[str, str]) -> None:
    if not labels:
        return
    rows = [
        {"simulation_id": simulation_id, "name": name, "value": value}
        for name, value in labels.items()
    ]
    connection.execute(insert(labels_table), rows)
