"""Leases on calls: who works on what, until when, and who comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from adapters.store.rows import AnyRow, read_leased
from adapters.store.schema import call as calls
from adapters.store.schema import simulation as simulations
from domain.simulations import CallState, LeasedCall, SimulationState


@dataclass(frozen=True, slots=True)
class Lease:
    """Terms of a claim: whose it is, when it was made and when it ends, in microseconds."""

    owner: str
    now: int
    until: int


def claim_round(connection: Connection, lease: Lease, limit: int) -> Sequence[LeasedCall]:
    """Up to `limit` calls, an equal part from each simulation that has some; empty when none has.

    Simulations served longest ago come first, so that single claims go round them in turn. A
    simulation short of calls leaves its part to a further round.
    """
    waiting = _waiting_simulations(connection, lease.now, limit)
    return [
        leased
        for simulation in waiting
        for leased in _lease_calls(connection, simulation, lease, limit // len(waiting))
    ]


def held(leased: LeasedCall) -> ColumnElement[bool]:
    """True of the call while it is under exactly this lease: same owner, same attempt, not over."""
    return and_(
        calls.c.simulation_id == leased.simulation_id,
        calls.c.idx == leased.call.index,
        calls.c.owner == leased.owner,
        calls.c.attempts == leased.attempts,
        calls.c.state == CallState.LEASED,
    )


def _waiting_simulations(connection: Connection, now: int, limit: int) -> Sequence[AnyRow]:
    claimable = select(calls.c.idx).where(
        calls.c.simulation_id == simulations.c.id, calls.c.claimable_at <= now
    )
    return connection.execute(
        select(simulations.c.id, simulations.c.request)
        .where(simulations.c.ended_at.is_(None), claimable.exists())
        .order_by(simulations.c.turn, simulations.c.created_at, simulations.c.id)
        .limit(limit)
    ).all()


def _lease_calls(
    connection: Connection, simulation: AnyRow, lease: Lease, limit: int
) -> Sequence[LeasedCall]:
    claimable = (
        select(calls.c.idx)
        .where(calls.c.simulation_id == simulation.id, calls.c.claimable_at <= lease.now)
        .order_by(calls.c.claimable_at, calls.c.idx)
        .limit(limit)
        .with_for_update(skip_locked=True)  # SQLite, where writers take turns, leaves it out
    )
    rows = connection.execute(
        update(calls)
        .where(calls.c.simulation_id == simulation.id, calls.c.idx.in_(claimable))
        .values(
            state=CallState.LEASED,
            owner=lease.owner,
            attempts=calls.c.attempts + 1,
            claimable_at=lease.until,
        )
        .returning(*calls.c)
    ).all()
    _mark_served(connection, simulation, lease)
    return [
        read_leased(row, simulation.request) for row in sorted(rows, key=lambda row: int(row.idx))
    ]


def _mark_served(connection: Connection, simulation: AnyRow, lease: Lease) -> None:
    others = simulations.alias()
    last = select(func.max(others.c.turn)).where(others.c.ended_at.is_(None)).scalar_subquery()
    connection.execute(
        update(simulations)
        .where(simulations.c.id == simulation.id)
        .values(
            state=SimulationState.RUNNING,
            started_at=func.coalesce(simulations.c.started_at, lease.now),
            turn=last + 1,
        )
    )
