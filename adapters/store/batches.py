"""Batches as rows: what a service function sent, kept until nobody asks for it any more."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from adapters.store.database.rows import UNREADABLE
from adapters.store.database.schema import batch as batches
from domain.batches import Batch


def find_batch(connection: Connection, batch_id: str) -> Batch | None:
    """The batch kept under this id, or None, also when it cannot be read any more.

    To send it again makes it anew: its simulations are found by their keys.
    """
    query = select(batches.c.batch).where(batches.c.id == batch_id)
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else read_batch(text)


def read_batch(text: str) -> Batch | None:
    """The batch, None when it cannot be read."""
    try:
        return Batch.model_validate_json(text)
    except UNREADABLE:
        return None


def keep_batch(connection: Connection, batch_id: str, batch: Batch, tenant: str, now: int) -> Batch:
    """The batch kept first under this id, which is this one when there was none."""
    earlier = find_batch(connection, batch_id)
    if earlier is not None:
        return earlier
    connection.execute(delete(batches).where(batches.c.id == batch_id))  # one that is damaged
    row = {"id": batch_id, "batch": batch.model_dump_json(), "created_at": now, "tenant": tenant}
    connection.execute(insert(batches), row)
    return batch
