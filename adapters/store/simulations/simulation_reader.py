"""Simulation reader: simulations and their calls as they are read, and how they all stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from sqlalchemy import select

from adapters.store.calls.depths import read_backlog
from adapters.store.calls.events import find_ended, find_marks
from adapters.store.damaged import find_damage
from adapters.store.database.rows import has_index, read_record
from adapters.store.database.schema import call as calls_table
from adapters.store.simulations.reading import (
    find_page,
    find_simulation,
    is_gone,
    newest_first,
)
from adapters.store.simulations.store_part import StorePart
from domain.simulations import (
    Backlog,
    CallRecord,
    Damage,
    Mark,
    Simulation,
    SimulationState,
)


class SqlSimulationReader(StorePart):
    """A SimulationReader, BacklogStore and DamageStore on SQLAlchemy Core."""

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

    def backlog(self) -> Backlog:
        """See BacklogStore."""
        with self._database.reading() as connection:
            return read_backlog(connection, self._database.now(connection))

    def damage(self, limit: int) -> Sequence[Damage]:
        """See DamageStore."""
        with self._database.reading() as connection:
            return list(islice(find_damage(connection), limit))
