"""Damage: rows that cannot be read are set aside, so that all others go on.

Nothing of what is in such a row is told or logged: whose it is, and which columns are to blame.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, insert, literal, or_, select, update

from adapters.store.calls.leases import LONGEST_LEASE
from adapters.store.database.rows import AnyRow, unreadable
from adapters.store.database.schema import call as calls
from adapters.store.database.schema import simulation as simulations
from adapters.store.database.schema import tenant_turn as tenants
from domain.simulations import DAMAGED, FINAL_STATES, CallState, Failure, SimulationState, reason

OVER = tuple(map(str, (CallState.DONE, CallState.FAILED, CallState.CANCELLED)))
WORKED_ON = (SimulationState.QUEUED, SimulationState.RUNNING, SimulationState.CANCELLING)

KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = structlog.stdlib.get_logger()


def set_aside_simulation(connection: Connection, row: AnyRow, now: int) -> None:
    """Have a simulation that cannot be read fail, and call off what is left of it."""
    columns = unreadable(row) or ("calls",)
    error = Failure(code=DAMAGED, detail=f"{reason(columns)}; delete it")
    which = {"which_simulation": row.id}
    ended = {"now": now, "why": error.model_dump_json()}
    connection.execute(_FAIL_SIMULATION, which | ended)
    connection.execute(_CALL_OFF, which)
    log.error("simulation set aside", simulation_id=shown(row.id), unreadable=columns)


def set_aside_call(connection: Connection, row: AnyRow) -> None:
    """Have a call that cannot be read fail."""
    failure = Failure(code=DAMAGED, detail=f"{reason(['a column of its call'])}; retry")
    which = {"which_simulation": row.simulation_id, "which_call": row.idx}
    failed = connection.execute(_FAIL_CALL, which | {"why": failure.model_dump_json()})
    if not failed.rowcount:  # its very index cannot be read: the rest of its simulation goes too
        connection.execute(_CALL_OFF, which)
    log.error("call set aside", simulation_id=shown(row.simulation_id), call=shown(row.idx))


def shown(key: object) -> str:
    """A key as it can be told, which one that is damaged itself cannot."""
    return str(key) if KEY.fullmatch(str(key)) else "(cannot be read)"


def fail_undecided(connection: Connection, simulation_id: str) -> None:
    """Have calls fail that are over and say not how, so that their simulation can end."""
    failure = Failure(code=DAMAGED, detail=f"{reason(['state'])}; retry")
    which = {"which_simulation": simulation_id}
    connection.execute(_FAIL_UNDECIDED, which | {"why": failure.model_dump_json()})


def needs_mending(connection: Connection, now: int) -> bool:
    """Whether there is anything for mend to do; looks, and holds nobody up."""
    looks = (_NO_TIME, _NOT_OVER, _STRANDED, _ORPHANS, _WITHOUT_TURN)
    known = {"longest": now + LONGEST_LEASE}
    return any(connection.execute(look.limit(1), known).first() is not None for look in looks)


def mend(connection: Connection, now: int) -> None:
    """Find what nobody would come across, and what would keep it from ever ending.

    Times that are no times, calls of simulations that nobody works on, simulations in no state
    there is, tenants that have lost their turn.
    """
    connection.execute(_READY_AT_ONCE, {"longest": now + LONGEST_LEASE, "moment": now})
    connection.execute(_OVER_INDEED)
    for row in connection.execute(_STRANDED).all():
        set_aside_simulation(connection, row, now)
    connection.execute(_CALL_OFF_ORPHANS)
    _give_turns(connection, connection.execute(_WITHOUT_TURN).all(), now)


def _give_turns(connection: Connection, without: Sequence[AnyRow], now: int) -> None:
    """Tenants of simulations get their turn back; those of no readable tenant have none."""
    for row in without:
        if not isinstance(row.tenant, str):
            set_aside_simulation(connection, row, now)
    names = {row.tenant for row in without if isinstance(row.tenant, str)}
    if names:
        connection.execute(insert(tenants), [{"tenant": name, "turn": 0} for name in names])


_OF_SIMULATION = calls.c.simulation_id == bindparam("which_simulation")
_UNFINISHED = calls.c.claimable_at.is_not(None)
_OPEN = simulations.c.ended_at.is_(None) & simulations.c.state.in_(WORKED_ON)
_FAIL_SIMULATION = (
    update(simulations)
    .where(simulations.c.id == bindparam("which_simulation"))
    .values(state=SimulationState.FAILED, ended_at=bindparam("now"), error=bindparam("why"))
)
_ENDED = {"owner": None, "claimable_at": None, "asking": 0}
_CALL_OFF = (
    update(calls).where(_OF_SIMULATION, _UNFINISHED).values(_ENDED | {"state": CallState.CANCELLED})
)
_FAILED: dict[str, Any] = {
    **_ENDED,
    "state": CallState.FAILED,
    "reaction": None,
    "failure": bindparam("why"),
}
_FAIL_CALL = (
    update(calls).where(_OF_SIMULATION, calls.c.idx == bindparam("which_call")).values(_FAILED)
)
_FAIL_UNDECIDED = (
    update(calls).where(_OF_SIMULATION, ~_UNFINISHED, calls.c.state.not_in(OVER)).values(_FAILED)
)
# Of the wrong type a time compares as later than any.
_IN_NO_TIME = _UNFINISHED & (calls.c.claimable_at > bindparam("longest"))
_NO_TIME = select(calls.c.idx).where(_IN_NO_TIME)
_READY_AT_ONCE = update(calls).where(_IN_NO_TIME).values(claimable_at=bindparam("moment"))
_SAYS_OVER = _UNFINISHED & calls.c.state.in_(OVER)
_NOT_OVER = select(calls.c.idx).where(_SAYS_OVER)
_OVER_INDEED = update(calls).where(_SAYS_OVER).values(_ENDED)
_HAS_UNFINISHED = (
    select(calls.c.idx)
    .where(calls.c.simulation_id == simulations.c.id, _UNFINISHED)
    .correlate(simulations)
    .exists()
)
_STRANDED = select(simulations).where(
    or_(
        simulations.c.ended_at.is_(None) & simulations.c.state.not_in(WORKED_ON),
        simulations.c.ended_at.is_not(None) & _HAS_UNFINISHED,
        simulations.c.ended_at.is_not(None)
        & simulations.c.state.not_in([str(state) for state in FINAL_STATES]),
    )
)
_ORPHANED = _UNFINISHED & ~(
    select(simulations.c.id)
    .where(simulations.c.id == calls.c.simulation_id, _OPEN)
    .correlate(calls)
    .exists()
)
_ORPHANS = select(calls.c.idx).where(_ORPHANED)
_CALL_OFF_ORPHANS = update(calls).where(_ORPHANED).values(_ENDED | {"state": CallState.CANCELLED})
_WITHOUT_TURN = select(simulations).where(
    _OPEN, ~select(literal(1)).where(tenants.c.tenant == simulations.c.tenant).exists()
)
