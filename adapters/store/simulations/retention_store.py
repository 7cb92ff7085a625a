"""Retention store: simulations that ended are delivered, deleted and expire."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.store.database.database import MICROSECONDS
from adapters.store.simulations.deliveries import find_undelivered, note_delivery
from adapters.store.simulations.lifecycle import delete_simulation, expire_simulations
from adapters.store.simulations.store_part import StorePart


class SqlRetentionStore(StorePart):
    """A RetentionStore on SQLAlchemy Core."""

    def delete(self, simulation_id: str) -> bool:
        """See the port."""
        with self._database.alone() as connection:
            return delete_simulation(connection, simulation_id, self._database.now(connection))

    def expire(self, kept_seconds: float, limit: int, *, delivered_only: bool) -> int:
        """See the port."""
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
