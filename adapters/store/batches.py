"""Batches as rows: what a service function sent, kept until nobody asks for it any more."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from adapters.store.schema import batch as batches
from domain.batches import Batch


def find_batch(connection: Connection, batch_id: str) -> Batch | None:
    """The batch kept under this id, or None."""
    query = select(batches.c.batch).where(batches.c.id == batch_id)
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else Batch.model_validate_json(text)


def keep_batch(connection: Connection, batch_id: str, batch: Batch, tenant: str, now: int) -> Batch:
    """The batch kept first under this id, which is this one when there was none."""
    earlier = find_batch(connection, batch_id)
    if earlier is not None:
        return earlier
    row = {"id": batch_id, "batch": batch.model_dump_json(), "created_at": now, "tenant": tenant}
    connection.execute(insert(batches), row)
    return batch
