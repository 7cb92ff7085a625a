"""Leases on calls: who works on what, until when, and who comes next.

The statements are built once: building one costs SQLAlchemy more than running it costs SQLite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Update, and_, bindparam, func, select, update

from adapters.store.rows import READY_AT_ONCE, AnyRow, read_leased
from adapters.store.schema import call as calls
from adapters.store.schema import simulation as simulations
from domain.simulations import CallState, LeasedCall, SimulationState


@dataclass(frozen=True, slots=True)
class Lease:
    """Terms of a claim: whose it is, when it was made and when it ends, in microseconds."""

    owner: str
    now: int
    until: int


def claim_calls(connection: Connection, lease: Lease, limit: int) -> Sequence[LeasedCall]:
    """Up to `limit` calls, an equal part from each simulation that has some.

    Simulations whose last turn is longest ago come first, so that single claims go round them.
    What one leaves of its part goes to the others in a further round.
    """
    claimed: list[LeasedCall] = []
    while len(claimed) < limit:
        more = _claim_round(connection, lease, limit - len(claimed))
        if not more:
            break
        claimed += more
    return claimed


def extend_lease(connection: Connection, leased: LeasedCall, until: int) -> bool:
    """Push the end of a lease out to `until`, in microseconds; False when it is held no more."""
    return _change(connection, _EXTEND, leased, {"new_end": until})


def finish_call(connection: Connection, leased: LeasedCall, outcome: dict[str, Any]) -> bool:
    """Write what a call came to, columns by name; False when its lease is held no more."""
    return _change(connection, _FINISH, leased, outcome)


def release_call(connection: Connection, leased: LeasedCall) -> bool:
    """Make a call ready for anybody; False when its lease is held no more."""
    return _change(connection, _RELEASE, leased, {})


def _claim_round(connection: Connection, lease: Lease, limit: int) -> Sequence[LeasedCall]:
    waiting = connection.execute(_WAITING, {"moment": lease.now, "most": limit}).all()
    return [
        leased
        for simulation in waiting
        for leased in _lease_calls(connection, simulation, lease, limit // len(waiting))
    ]


def _lease_calls(
    connection: Connection, simulation: AnyRow, lease: Lease, limit: int
) -> Sequence[LeasedCall]:
    which = {"which_simulation": simulation.id, "moment": lease.now}
    terms = {"new_owner": lease.owner, "new_end": lease.until, "most": limit}
    rows = connection.execute(_CLAIM, which | terms).all()
    connection.execute(_TAKE_TURN, which)
    in_order = sorted(rows, key=lambda row: int(row.idx))
    return [read_leased(row, simulation.request) for row in in_order]


def _change(
    connection: Connection, statement: Update, leased: LeasedCall, values: dict[str, Any]
) -> bool:
    which = {
        "which_simulation": leased.simulation_id,
        "which_call": leased.call.index,
        "which_owner": leased.owner,
        "which_attempt": leased.attempts,
    }
    return connection.execute(statement, which | values).rowcount == 1


# A lease is held while the call has exactly its owner and attempt, and is not over.
_HELD = and_(
    calls.c.simulation_id == bindparam("which_simulation"),
    calls.c.idx == bindparam("which_call"),
    calls.c.owner == bindparam("which_owner"),
    calls.c.attempts == bindparam("which_attempt"),
    calls.c.state == CallState.LEASED,
)
_EXTEND = update(calls).where(_HELD).values(claimable_at=bindparam("new_end"))
_RELEASE = (
    update(calls).where(_HELD).values(state=CallState.READY, owner=None, claimable_at=READY_AT_ONCE)
)
_FINISH = (
    update(calls)
    .where(_HELD)
    .values(
        {column: bindparam(column) for column in ("state", "latency_ms", "reaction", "failure")}
        | {"owner": None, "claimable_at": None}
    )
)
_WAITING = (
    select(simulations.c.id, simulations.c.request)
    .where(
        simulations.c.ended_at.is_(None),
        select(calls.c.idx)
        .where(
            calls.c.simulation_id == simulations.c.id,
            calls.c.claimable_at <= bindparam("moment"),
        )
        .exists(),
    )
    .order_by(simulations.c.turn, simulations.c.created_at, simulations.c.id)
    .limit(bindparam("most"))
)
_CLAIMABLE = (
    select(calls.c.idx)
    .where(
        calls.c.simulation_id == bindparam("which_simulation"),
        calls.c.claimable_at <= bindparam("moment"),
    )
    .order_by(calls.c.claimable_at, calls.c.idx)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)  # SQLite, where writers take turns, leaves it out
)
_CLAIM = (
    update(calls)
    .where(calls.c.simulation_id == bindparam("which_simulation"), calls.c.idx.in_(_CLAIMABLE))
    .values(
        state=CallState.LEASED,
        owner=bindparam("new_owner"),
        attempts=calls.c.attempts + 1,
        claimable_at=bindparam("new_end"),
    )
    .returning(*calls.c)
)
_OTHERS = simulations.alias()
_LAST_TURN = select(func.max(_OTHERS.c.turn)).where(_OTHERS.c.ended_at.is_(None))
_TAKE_TURN = (
    update(simulations)
    .where(simulations.c.id == bindparam("which_simulation"))
    .values(
        state=SimulationState.RUNNING,
        started_at=func.coalesce(simulations.c.started_at, bindparam("moment")),
        turn=_LAST_TURN.scalar_subquery() + 1,
    )
)
