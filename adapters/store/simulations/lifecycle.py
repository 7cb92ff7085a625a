"""The life of simulations after they were accepted: cancelled, retried, deleted, expired."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from adapters.store.database.rows import READY_AT_ONCE
from adapters.store.database.schema import batch, delivery, gone, idempotency
from adapters.store.database.schema import call as calls
from adapters.store.database.schema import label as labels
from adapters.store.database.schema import simulation as simulations
from adapters.store.simulations.reading import find_simulation
from adapters.store.webhooks import renew_webhook, webhook
from domain.errors import Damaged, StateConflict
from domain.simulations import Budget, CallState, Simulation, SimulationState

AGAIN = (CallState.FAILED, CallState.CANCELLED)


def cancel_simulation(connection: Connection, simulation_id: str) -> Simulation | None:
    """Call off what waits; what is leased ends with its lease or when its worker hears of it."""
    stopped = connection.execute(
        update(simulations)
        .where(simulations.c.id == simulation_id, simulations.c.ended_at.is_(None))
        .values(state=SimulationState.CANCELLING)
    )
    if stopped.rowcount:
        connection.execute(
            update(calls)
            .where(calls.c.simulation_id == simulation_id, calls.c.state == CallState.READY)
            .values(state=CallState.CANCELLED, owner=None, claimable_at=None)
        )
    return find_simulation(connection, simulation_id)


def retry_simulation(
    connection: Connection, simulation: Simulation, budget: Budget | None
) -> Simulation | None:
    """Make failed and cancelled calls ready. Raises StateConflict."""
    _refuse_retry(simulation, budget)
    simulation_id = simulation.id
    connection.execute(
        update(simulations)
        .where(simulations.c.id == simulation_id)
        .values(
            state=SimulationState.QUEUED,
            ended_at=None,
            error=None,
            summary=None,
            replay=None,
            budget=budget.model_dump_json() if budget else simulations.c.budget,
        )
    )
    connection.execute(
        update(calls)
        .where(calls.c.simulation_id == simulation_id, calls.c.state.in_(AGAIN))
        .values(
            state=CallState.READY,
            claimable_at=READY_AT_ONCE,
            failure=None,
            latency_ms=None,
            failures=0,
            lost=0,
        )
    )
    # What the log and the receiver were told is no longer so: they are told again at the end.
    renew_webhook(connection, simulation_id)
    connection.execute(delete(delivery).where(delivery.c.simulation_id == simulation_id))
    return find_simulation(connection, simulation_id)


def delete_simulation(connection: Connection, simulation_id: str, now: int) -> bool:
    """Remove a simulation and remember its id. Raises StateConflict unless it is final."""
    simulation = find_simulation(connection, simulation_id)
    if simulation is None:
        return False
    if not simulation.state.final:
        raise StateConflict("it is still worked on; cancel it first, or wait until it is final")
    _remove(connection, [simulation_id])
    row = {"simulation_id": simulation_id, "tenant": simulation.tenant, "gone_at": now}
    connection.execute(insert(gone), row)
    return True


def expire_simulations(
    connection: Connection, before: int, now: int, limit: int, *, delivered_only: bool
) -> int:
    """Remove what ended before a moment, oldest first, and what else is as old."""
    query = (
        select(simulations.c.id, simulations.c.tenant)
        .where(simulations.c.ended_at.between(1, before - 1))
        .order_by(simulations.c.ended_at, simulations.c.id)
        .limit(limit)
    )
    if delivered_only:
        query = query.join(delivery)
    rows = [row for row in connection.execute(query) if isinstance(row.id, str)]
    if rows:
        _remove(connection, [row.id for row in rows])
        remembered = [
            {"simulation_id": row.id, "tenant": row.tenant, "gone_at": now} for row in rows
        ]
        connection.execute(insert(gone), remembered)
    connection.execute(delete(batch).where(batch.c.created_at < before))
    connection.execute(delete(gone).where(gone.c.gone_at < before))
    return len(rows)


def _refuse_retry(simulation: Simulation, budget: Budget | None) -> None:
    if simulation.damaged:
        raise Damaged("simulation")
    if not simulation.state.final:
        raise StateConflict("it is still worked on; wait until it is final, then retry")
    if not simulation.counts.failed + simulation.counts.cancelled:
        raise StateConflict("nothing failed or was cancelled; there is nothing to retry")
    in_force = budget or simulation.budget
    if in_force and in_force.used_up(simulation.spent):
        raise StateConflict(
            "its budget is used up, what was spent before counts; retry with a larger budget"
        )


def _remove(connection: Connection, ids: Sequence[str]) -> None:
    for table in (calls, labels, delivery, webhook, idempotency):
        connection.execute(delete(table).where(table.c.simulation_id.in_(ids)))
    connection.execute(delete(simulations).where(simulations.c.id.in_(ids)))
