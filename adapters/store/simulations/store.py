"""The store: simulations, their calls, webhooks and batches in one SQLite or PostgreSQL database.

Every statement is one that SQLite and PostgreSQL both understand. The store is cut as the ports
are, by who calls it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from adapters.store.batches import find_batch, keep_batch
from adapters.store.calls.claims import Lease
from adapters.store.conversations import SqlConversations
from adapters.store.database.database import CONNECTIONS, MICROSECONDS, Database
from adapters.store.keys.keys import SqlKeys
from adapters.store.simulations.call_queue import SqlCallQueue
from adapters.store.simulations.conclusion_store import SqlConclusionStore
from adapters.store.simulations.quota import SqlQuota
from adapters.store.simulations.retention_store import SqlRetentionStore
from adapters.store.simulations.simulation_reader import SqlSimulationReader
from adapters.store.simulations.submission_store import SqlSubmissionStore
from adapters.store.simulations.submissions import Limits
from adapters.store.webhooks import any_due, claim_webhooks, settle_webhook
from domain.batches import Batch
from domain.callers import PUBLIC
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


class SqlSimulationStore(
    SqlSubmissionStore, SqlSimulationReader, SqlCallQueue, SqlConclusionStore, SqlRetentionStore
):
    """A SimulationStore, WebhookStore, BatchStore, BacklogStore and DamageStore."""

    def __init__(self, database: Database, limits: Limits) -> None:
        super().__init__(database, limits)
        self.conversations = SqlConversations(database)
        self.keys = SqlKeys(database)
        self.quota = SqlQuota(database)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def expire(self, kept_seconds: float, limit: int, *, delivered_only: bool) -> int:
        """See the port. Conversations have a time of their own, set when they began."""
        self.conversations.expire()
        return super().expire(kept_seconds, limit, delivered_only=delivered_only)

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
