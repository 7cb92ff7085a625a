"""Conclusion store: simulations get their ends, and what is damaged is set aside."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from sqlalchemy import case, select, update

from adapters.store.calls.damage import (
    fail_undecided,
    mend,
    needs_mending,
    set_aside_simulation,
)
from adapters.store.database.schema import call as calls_table
from adapters.store.database.schema import simulation as simulations_table
from adapters.store.simulations.store_part import StorePart
from domain.simulations import (
    Failure,
    Replay,
    SimulationState,
    Summary,
)


class SqlConclusionStore(StorePart):
    """A ConclusionStore on SQLAlchemy Core."""

    def unconcluded(self, limit: int) -> Sequence[str]:
        """See the port. Oldest first, without those whose very id cannot be read."""
        query = (
            select(simulations_table.c.id)
            .where(simulations_table.c.ended_at.is_(None), _ALL_OVER)
            .order_by(simulations_table.c.created_at, simulations_table.c.id)
        )
        with self._database.reading() as connection:
            ids = connection.execute(query).scalars()
            return list(islice((each for each in ids if isinstance(each, str)), limit))

    def conclude(
        self,
        simulation_id: str,
        state: SimulationState,
        summary: Summary | None,
        error: Failure | None,
        replay: Replay | None = None,
    ) -> bool:
        """See the port."""
        statement = update(simulations_table).where(
            simulations_table.c.id == simulation_id,
            simulations_table.c.ended_at.is_(None),
            _ALL_OVER,
        )
        with self._database.writing() as connection:
            fail_undecided(connection, simulation_id)
            values = {
                "state": case((_CANCELLING, str(SimulationState.CANCELLED)), else_=str(state)),
                "summary": summary and summary.model_dump_json(),
                "error": error and error.model_dump_json(),
                "replay": replay and replay.model_dump_json(),
                "ended_at": self._database.now(connection),
            }
            return connection.execute(statement.values(values)).rowcount == 1

    def set_aside(self, simulation_id: str) -> None:
        """See the port."""
        query = select(simulations_table).where(simulations_table.c.id == simulation_id)
        with self._database.alone() as connection:
            row = connection.execute(query).one_or_none()
            if row is not None:
                set_aside_simulation(connection, row, self._database.now(connection))

    def mend(self) -> None:
        """See the port."""
        with self._database.reading() as connection:
            if not needs_mending(connection, self._database.now(connection)):
                return
        with self._database.alone() as connection:
            mend(connection, self._database.now(connection))


_ALL_OVER = ~(
    select(calls_table.c.idx)
    .where(
        calls_table.c.simulation_id == simulations_table.c.id,
        calls_table.c.claimable_at.is_not(None),
    )
    .correlate(simulations_table)
    .exists()
)
_CANCELLING = simulations_table.c.state == SimulationState.CANCELLING
