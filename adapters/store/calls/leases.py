"""Leases on calls that were claimed: pushed out, finished, handed back, and lost to others.

The statements are built once: building one costs SQLAlchemy more than running it costs SQLite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Update, and_, bindparam, literal, select, update

from adapters.store.database.database import MICROSECONDS
from adapters.store.database.rows import READY_AT_ONCE
from adapters.store.database.schema import call as calls
from adapters.store.database.schema import simulation as simulations
from adapters.store.database.sums import MOST_SMALL, sound
from domain.simulations import NOTHING, CallState, LeasedCall, SimulationState, Spent

LONGEST_LEASE = 3600 * MICROSECONDS  # the settings admit no longer one


def extend_leases(
    connection: Connection, leased: Sequence[LeasedCall], until: int
) -> Sequence[LeasedCall]:
    """Push the ends of leases out to `until`, in microseconds; those held still and wanted."""
    query = select(simulations.c.id).where(
        simulations.c.id.in_({one.simulation_id for one in leased}),
        simulations.c.state == SimulationState.CANCELLING,
    )
    unwanted = set(connection.execute(query).scalars())
    wanted = [one for one in leased if one.simulation_id not in unwanted]
    # In one order, so that two transactions of a process never wait for each other's rows.
    held = {_place(one) for one in sorted(wanted, key=_place) if _extend(connection, one, until)}
    return [one for one in wanted if _place(one) in held]


def finish_calls(
    connection: Connection, outcomes: Sequence[tuple[LeasedCall, dict[str, Any]]]
) -> Sequence[bool]:
    """Write what calls came to, columns by name; False for those whose lease is held no more."""
    verdicts: dict[int, bool] = {}
    for number in sorted(range(len(outcomes)), key=lambda n: _place(outcomes[n][0])):
        leased, outcome = outcomes[number]
        verdicts[number] = change(connection, _FINISH, leased, outcome)
    return [verdicts[number] for number in range(len(outcomes))]


def put_off_call(connection: Connection, leased: LeasedCall, not_before: int, spent: Spent) -> bool:
    """Make a call that failed ready from `not_before` on; False when its lease is held no more."""
    return change(connection, _PUT_OFF, leased, {"not_before": not_before, **spent_more(spent)})


def release_calls(
    connection: Connection, leased: Sequence[LeasedCall], spent: Sequence[Spent] = ()
) -> None:
    """Make calls ready for anybody; those of a cancelling simulation are over with it."""
    taken = zip(leased, spent or [NOTHING] * len(leased), strict=True)
    for one, took in sorted(taken, key=lambda pair: _place(pair[0])):
        change(connection, _RELEASE, one, spent_more(took))
    of_these = calls.c.simulation_id.in_({one.simulation_id for one in leased})
    connection.execute(_CALL_OFF.where(of_these, calls.c.state == CallState.READY))


def call_off_call(connection: Connection, leased: LeasedCall, spent: Spent) -> bool:
    """End a call that nobody pays for; False when its lease is held no more."""
    return change(connection, _CALL_OFF_ONE, leased, spent_more(spent))


def call_off_expired(connection: Connection, now: int) -> None:
    """Cancel what a killed worker held, or handed back too late, of cancelling simulations."""
    connection.execute(_CALL_OFF.where(calls.c.claimable_at <= now))


def shorten_leases(connection: Connection, now: int, until: int) -> None:
    """End soon what no lease can hold: a clock that was set back left ends far away."""
    connection.execute(_SHORTEN, {"longest": now + LONGEST_LEASE, "new_end": until})


def spent_more(spent: Spent | None) -> dict[str, Any]:
    """What to add to the columns of a call."""
    taken = spent or NOTHING
    return {
        "more_calls": taken.calls,
        "more_tokens": taken.tokens,
        "more_output_tokens": taken.output_tokens,
        "more_estimated": taken.estimated_calls,
        "more_dollars": taken.cost_dollars,
    }


def change(
    connection: Connection, statement: Update, leased: LeasedCall, values: dict[str, Any]
) -> bool:
    """Change a call as long as its lease is held; whether it was."""
    which = {
        "which_simulation": leased.simulation_id,
        "which_call": leased.call.index,
        "which_owner": leased.owner,
        "which_attempt": leased.attempts,
    }
    return connection.execute(statement, which | values).rowcount == 1


def _place(leased: LeasedCall) -> tuple[str, int]:
    return leased.simulation_id, leased.call.index


def _extend(connection: Connection, leased: LeasedCall, until: int) -> bool:
    return change(connection, _EXTEND, leased, {"new_end": until})


# A lease is held while the call has exactly its owner and attempt, and is not over.
HELD = and_(
    calls.c.simulation_id == bindparam("which_simulation"),
    calls.c.idx == bindparam("which_call"),
    calls.c.owner == bindparam("which_owner"),
    calls.c.attempts == bindparam("which_attempt"),
    calls.c.state == CallState.LEASED,
)
# What was counted in advance is accounted for by whatever ends a lease.
MORE_SPENT: dict[str, Any] = {
    f"spent_{name}": sound(calls.c[f"spent_{name}"]) + bindparam(f"more_{name}")
    for name in ("calls", "tokens", "output_tokens", "estimated", "dollars")
}
_ENDED = {"owner": None, "asking": 0} | MORE_SPENT
_EXTEND = update(calls).where(HELD).values(claimable_at=bindparam("new_end"))
_READY = update(calls).where(HELD).values({"state": CallState.READY} | _ENDED)
_RELEASE = _READY.values(claimable_at=READY_AT_ONCE)
_PUT_OFF = _READY.values(
    claimable_at=bindparam("not_before"), failures=sound(calls.c.failures, MOST_SMALL) + 1
)
_CALL_OFF_ONE = (
    update(calls).where(HELD).values({"state": CallState.CANCELLED, "claimable_at": None} | _ENDED)
)
_FINISH = (
    update(calls)
    .where(HELD)
    .values(
        {
            column: bindparam(column)
            for column in ("state", "latency_ms", "reaction", "failure", "sequence")
        }
        | {"claimable_at": None}
        | _ENDED
    )
)
# Spelled out, not bound: SQLite takes a partial index only when it can see that it fits.
_LEASED = calls.c.state == literal(str(CallState.LEASED), literal_execute=True)
_SHORTEN = (
    update(calls)
    .where(_LEASED, calls.c.claimable_at > bindparam("longest"))
    .values(claimable_at=bindparam("new_end"))
)
_CANCELLING = select(simulations.c.id).where(
    simulations.c.state == literal(str(SimulationState.CANCELLING), literal_execute=True)
)
_CALL_OFF = (
    update(calls)
    .where(calls.c.simulation_id.in_(_CANCELLING))
    .values(
        state=CallState.CANCELLED,
        owner=None,
        claimable_at=None,
        spent_calls=sound(calls.c.spent_calls) + sound(calls.c.asking, MOST_SMALL),
        asking=0,
    )
)
