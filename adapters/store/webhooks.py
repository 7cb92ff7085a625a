"""Webhooks as rows: whom to tell that a simulation has ended, and how often that was tried.

`due_at` is when to try next: 0 from the start, while leased the end of the lease, null once the
receiver was told or given up. What is due is sent only when its simulation has ended.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from adapters.store.calls.claims import Lease
from adapters.store.database.database import MICROSECONDS
from adapters.store.database.rows import NAME, UNREADABLE, AnyRow, as_count
from adapters.store.database.schema import metadata
from adapters.store.database.schema import simulation as simulations
from domain.simulations import DAMAGED, SimulationState
from domain.webhooks import MOST_TRIES, DueWebhook, WebhookFailed, WebhookState, seconds_before_next

INTERRUPTED = "interrupted"  # whoever made the last try did not live to tell

webhook = Table(
    "webhook",
    metadata,
    Column("simulation_id", ForeignKey(simulations.c.id), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger),
    Column("owner", String(128)),
    Column("failure", String(64)),  # code of the latest
    Column("settled_at", BigInteger),
)
_waiting = webhook.c.due_at.is_not(None)
Index("webhook_due", webhook.c.due_at, sqlite_where=_waiting, postgresql_where=_waiting)


def lay_down_webhook(connection: Connection, simulation_id: str, url: str, tenant: str) -> None:
    """Have a receiver told once the simulation has ended."""
    row = {"simulation_id": simulation_id, "tenant": tenant, "url": url, **_ANEW}
    connection.execute(insert(webhook), row)


def renew_webhook(connection: Connection, simulation_id: str) -> None:
    """Have the receiver of an ended simulation told again, which goes on and will end once more."""
    which = webhook.c.simulation_id == simulation_id
    connection.execute(update(webhook).where(which).values(_ANEW))


def any_due(connection: Connection, now: int) -> bool:
    """Whether there is anything to claim."""
    return connection.execute(_DUE, {"moment": now, "most": 1}).first() is not None


def claim_webhooks(connection: Connection, lease: Lease, limit: int) -> Sequence[DueWebhook]:
    """Lease what is due, longest due first; for those who are alone at it."""
    rows = connection.execute(_DUE, {"moment": lease.now, "most": limit}).all()
    leased = []
    for row in rows:
        due = _due(row, lease)
        if due is None or _exhausted(row):
            _give_up(connection, row, lease, INTERRUPTED if due else DAMAGED)
        else:
            _lease(connection, row, lease)
            leased.append(due)
    return leased


def settle_webhook(
    connection: Connection, due: DueWebhook, failure: WebhookFailed | None, now: int
) -> bool:
    """Note how a try went; False when the lease had passed to another."""
    pause = None if failure is None or failure.lasting else seconds_before_next(due.tries)
    over = WebhookState.DELIVERED if failure is None else WebhookState.GIVEN_UP
    statement = (
        update(webhook)
        .where(
            webhook.c.simulation_id == due.simulation_id,
            webhook.c.owner == due.owner,
            webhook.c.tries == due.tries,
        )
        .values(
            state=over if pause is None else WebhookState.WAITING,
            due_at=None if pause is None else now + round(pause * MICROSECONDS),
            owner=None,
            failure=failure and failure.fault,
            settled_at=now,
        )
    )
    return connection.execute(statement).rowcount == 1


def _exhausted(row: AnyRow) -> bool:
    return bool(row.tries >= MOST_TRIES)


def _lease(connection: Connection, row: AnyRow, lease: Lease) -> None:
    _change(connection, row, tries=row.tries + 1, owner=lease.owner, due_at=lease.until)


def _give_up(connection: Connection, row: AnyRow, lease: Lease, why: str) -> None:
    _change(
        connection,
        row,
        state=WebhookState.GIVEN_UP,
        owner=None,
        due_at=None,
        failure=why,
        settled_at=lease.now,
    )


def _change(connection: Connection, row: AnyRow, **values: object) -> None:
    which = webhook.c.simulation_id == row.simulation_id
    connection.execute(update(webhook).where(which).values(values))


def _due(row: AnyRow, lease: Lease) -> DueWebhook | None:
    """None when the row cannot be read."""
    try:
        return DueWebhook(
            simulation_id=NAME.validate_python(row.simulation_id),
            state=SimulationState(row.ended_as),
            url=NAME.validate_python(row.url),
            message_id=f"msg_{row.simulation_id.removeprefix('sim_')}_{row.ended_at}",
            tries=as_count(row.tries) + 1,
            owner=lease.owner,
        )
    except UNREADABLE:
        return None


_ANEW = {"state": WebhookState.WAITING, "tries": 0, "due_at": 0, "owner": None, "failure": None}
_DUE = (
    select(webhook, simulations.c.state.label("ended_as"), simulations.c.ended_at)
    .join(simulations)
    .where(webhook.c.due_at <= bindparam("moment"), simulations.c.ended_at.is_not(None))
    .order_by(webhook.c.due_at, webhook.c.simulation_id)
    .limit(bindparam("most"))
)
