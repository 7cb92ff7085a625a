"""Deliveries as rows: which concluded simulations the log outside of the store has heard of."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from adapters.store.database.schema import delivery, simulation


def find_undelivered(connection: Connection, limit: int) -> Sequence[str]:
    """Concluded simulations without a delivery, oldest first."""
    query = (
        select(simulation.c.id)
        .outerjoin(delivery)
        .where(simulation.c.ended_at.is_not(None), delivery.c.simulation_id.is_(None))
        .order_by(simulation.c.ended_at, simulation.c.id)
        .limit(limit)
    )
    return [each for each in connection.execute(query).scalars() if isinstance(each, str)]


def note_delivery(connection: Connection, simulation_id: str, now: int) -> None:
    """Note a delivery, once."""
    query = select(delivery.c.simulation_id).where(delivery.c.simulation_id == simulation_id)
    if connection.execute(query).first() is None:
        row = {"simulation_id": simulation_id, "delivered_at": now}
        connection.execute(insert(delivery), row)
