"""Simulations as they are read: one by its id, those of a key, and pages of them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)

from adapters.store.database.rows import AnyRow, read_simulation
from adapters.store.database.schema import call as calls
from adapters.store.database.schema import gone, idempotency
from adapters.store.database.schema import label as labels
from adapters.store.database.schema import simulation as simulations
from adapters.store.database.sums import total
from domain.errors import FieldError, IdempotencyConflict, InvalidInput
from domain.simulations import Idempotency, Simulation, SimulationState

LATEST = 2**63 - 1  # microseconds since 1970, and all that a column holds
LAST_ID = "~"  # sorts behind those we give
CREATED_AT = re.compile(r"-?[0-9]{1,19}")
SPENT = tuple(column.name for column in calls.c if column.name.startswith("spent_"))


def find_simulation(
    connection: Connection, simulation_id: str, tenant: str | None = None
) -> Simulation | None:
    """The simulation of this id, if it is the tenant's; anybody's for None."""
    own = true() if tenant is None else simulations.c.tenant == tenant
    found = _found(connection, simulations.c.id == simulation_id, own)
    return found[0] if found else None


def find_submitted(connection: Connection, promise: Idempotency, tenant: str) -> Simulation | None:
    """What came under this key before. Raises IdempotencyConflict when it was another request."""
    query = select(idempotency).where(
        idempotency.c.tenant == tenant,
        idempotency.c.route == promise.route,
        idempotency.c.key == promise.key,
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.request_hash != promise.request_hash:
        raise IdempotencyConflict(
            "this idempotency key came before with another request; use a new key"
        )
    return find_simulation(connection, row.simulation_id)


def find_page(
    connection: Connection, query: Select[*tuple[Any, ...]], limit: int
) -> tuple[Sequence[Simulation], str | None]:
    """At most `limit` simulations of a query, and the cursor that leads past them."""
    rows = connection.execute(query.limit(limit + 1)).all()
    found = _with_counts(connection, rows[:limit])
    return found, _cursor(rows[limit - 1]) if len(rows) > limit else None


def newest_first(
    after: str | None,
    state: SimulationState | None,
    label: str | None,
    tenant: str | None,
) -> Select[*tuple[Any, ...]]:
    """Simulations of a tenant, a state and a label, or of any. Raises InvalidInput on `after`."""
    age = (simulations.c.created_at, simulations.c.id)
    query = select(simulations).order_by(*(column.desc() for column in age))
    if after is not None:
        query = query.where(tuple_(*age) < tuple_(*_place(after)))
    if tenant is not None:
        query = query.where(simulations.c.tenant == tenant)
    if state is not None:
        query = query.where(simulations.c.state == state)
    if label is not None:
        query = query.where(simulations.c.id.in_(_labelled(label)))
    return query


def _labelled(text: str) -> Select[tuple[str]]:
    """Ids of simulations with a label that reads so: any of its colons may part name and value."""
    ways = (
        and_(labels.c.name == text[:place], labels.c.value == text[place + 1 :])
        for place, letter in enumerate(text)
        if letter == ":"
    )
    return select(labels.c.simulation_id).where(or_(false(), *ways))


def is_gone(connection: Connection, simulation_id: str, tenant: str | None) -> bool:
    """Whether the id is remembered as one of the tenant's, or anybody's for None."""
    own = true() if tenant is None else gone.c.tenant == tenant
    query = select(gone.c.simulation_id).where(gone.c.simulation_id == simulation_id, own)
    return connection.execute(query).first() is not None


def _cursor(row: AnyRow) -> str:
    """Where a row stands, or for a damaged one the next place behind it that can be said."""
    return f"{_cursor_time(row.created_at)}.{row.id if isinstance(row.id, str) else LAST_ID}"


def _cursor_time(created_at: object) -> int:
    """SQLite lists fractions among whole numbers, and what is no number before all of them."""
    if not isinstance(created_at, int | float):
        return LATEST
    return math.floor(max(-LATEST, min(created_at, LATEST)))


def _place(cursor: str) -> tuple[int, str]:
    created_at, dot, simulation_id = cursor.partition(".")
    if not (dot and CREATED_AT.fullmatch(created_at) and abs(int(created_at)) <= LATEST):
        fault = FieldError("/cursor", "not a cursor of this list; start without one", "bad_cursor")
        raise InvalidInput([fault])
    return int(created_at), simulation_id


def _found(connection: Connection, *conditions: ColumnElement[bool]) -> Sequence[Simulation]:
    rows = connection.execute(select(simulations).where(*conditions)).all()
    return _with_counts(connection, rows)


def _with_counts(connection: Connection, found: Sequence[AnyRow]) -> Sequence[Simulation]:
    """The simulations of these rows, without those whose very id cannot be read."""
    rows = [row for row in found if isinstance(row.id, str)]
    counted = connection.execute(
        select(
            calls.c.simulation_id,
            calls.c.state,
            func.count().label("number"),
            *(total(calls.c[name]).label(name) for name in SPENT),
        )
        .where(calls.c.simulation_id.in_([row.id for row in rows]))
        .group_by(calls.c.simulation_id, calls.c.state)
    )
    by_simulation: dict[str, list[AnyRow]] = defaultdict(list)
    for group in counted:
        by_simulation[group.simulation_id].append(group)
    return [read_simulation(row, by_simulation[row.id]) for row in rows]
