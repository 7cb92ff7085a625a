"""Submission store: simulations are accepted, cancelled and retried."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.store.simulations.lifecycle import (
    cancel_simulation,
    retry_simulation,
)
from adapters.store.simulations.quota import spend
from adapters.store.simulations.reading import (
    find_simulation,
    find_submitted,
)
from adapters.store.simulations.store_part import StorePart
from adapters.store.simulations.submissions import Submission, accept, refuse_overload
from domain.callers import PUBLIC
from domain.simulations import (
    Allowance,
    Budget,
    Call,
    Idempotency,
    LeftOut,
    Simulation,
    SimulationRequest,
)


class SqlSubmissionStore(StorePart):
    """A SubmissionStore on SQLAlchemy Core."""

    def submit(  # noqa: PLR0913 - see the port
        self,
        simulation_id: str,
        request: SimulationRequest,
        calls: Sequence[Call],
        idempotency: Idempotency | None = None,
        *,
        tenant: str = PUBLIC,
        replay_of: str | None = None,
        allowance: Allowance | None = None,
        left_out: Sequence[LeftOut] = (),
    ) -> tuple[Simulation, bool]:
        """See the port."""
        sent = Submission(simulation_id, request, calls, tenant, idempotency, replay_of, left_out)
        with self._database.alone() as connection:
            earlier = find_submitted(connection, idempotency, tenant) if idempotency else None
            if earlier is not None:
                return earlier, True
            refuse_overload(connection, self._limits, tenant, len(calls))
            if allowance is not None:
                spend(connection, allowance, tenant, len(calls))
            accept(connection, sent, self._database.now(connection))
            submitted = find_simulation(connection, simulation_id)
        assert submitted is not None  # noqa: S101 - inserted a moment ago
        return submitted, False

    def find_submitted(self, idempotency: Idempotency, tenant: str = PUBLIC) -> Simulation | None:
        """See the port."""
        with self._database.reading() as connection:
            return find_submitted(connection, idempotency, tenant)

    def cancel(self, simulation_id: str) -> Simulation | None:
        """See the port."""
        with self._database.alone() as connection:
            return cancel_simulation(connection, simulation_id)

    def retry(self, simulation_id: str, budget: Budget | None = None) -> Simulation | None:
        """See the port."""
        with self._database.alone() as connection:
            simulation = find_simulation(connection, simulation_id)
            if simulation is None:
                return None
            more = simulation.counts.failed + simulation.counts.cancelled
            refuse_overload(connection, self._limits, simulation.tenant, more)
            return retry_simulation(connection, simulation, budget)
