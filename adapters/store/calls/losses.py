"""Losses: calls whose worker died or paused while it had them, taken back and, in the end, failed.

What kills a worker may do it again. A call is asked by MOST_LOST workers at most. The first losses
may be the fault of a call beside it; after SUSPECT of them a worker has it in hand with no other,
so that the last loss is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    update,
)

from adapters.store.calls.events import next_numbers
from adapters.store.database.rows import AnyRow
from adapters.store.database.schema import SUSPECT
from adapters.store.database.schema import call as calls
from adapters.store.database.sums import MOST_SMALL, sound, total
from domain.simulations import CallState, Failure

MOST_LOST = SUSPECT + 1  # chosen: twice may be a deployment without grace, or a call beside it
WORKER_LOST = Failure(
    code="worker_lost",
    detail=f"the worker died or stood still {MOST_LOST} times while this was asked, the last time "
    "while it did nothing else; the log of its process may say why, mend that and retry",
)


def take_back(
    connection: Connection, now: int, take_turns: Callable[[Connection, Sequence[str]], None]
) -> None:
    """Make calls ready whose lease has run out, and fail those it happened to too often.

    Before anything else is written in the transaction: numbering what ends needs the turn of its
    simulation. A request that a lost worker had leave for counts as made and as costing what those
    of its simulation did on average.
    """
    lost = connection.execute(_LOST, {"moment": now}).all()
    if not lost:
        return
    doomed = [row for row in lost if row.times >= MOST_LOST - 1]
    if doomed:
        ids = [row.simulation_id for row in doomed]
        take_turns(connection, sorted(set(ids)))
        for row, number in zip(doomed, next_numbers(connection, ids), strict=True):
            _fail(connection, row, number, now)
    connection.execute(_TAKE_BACK, {"moment": now})


class Turn(Enum):
    """What a worker may claim while there are calls that may cost it its life."""

    ANY = "any"
    SUSPECT = "suspect"  # one of these, and nothing beside it
    NOTHING = "nothing"  # until its hands are free


def turn_of(connection: Connection, now: int, owner: str) -> Turn:
    """One worker of all takes suspects, one after the other, once its hands are free."""
    suspects = connection.execute(_SUSPECTS).all()
    if not suspects:
        return Turn.ANY
    held_by = {row.owner for row in suspects if row.state == CallState.LEASED}
    waits = any(row.state != CallState.LEASED and _is_due(row, now) for row in suspects)
    if owner in held_by or (waits and not held_by and _holds_any(connection, owner)):
        return Turn.NOTHING
    return Turn.SUSPECT if waits and not held_by else Turn.ANY


def _is_due(row: AnyRow, now: int) -> bool:
    return isinstance(row.claimable_at, int) and row.claimable_at <= now


def _holds_any(connection: Connection, owner: str) -> bool:
    return connection.execute(_IN_HAND, {"whose": owner}).first() is not None


def _fail(connection: Connection, row: AnyRow, number: int, now: int) -> None:
    which = {"which_simulation": row.simulation_id, "which_call": row.idx, "moment": now}
    ending = {"failure": WORKER_LOST.model_dump_json(), "number": number}
    connection.execute(_FAIL, which | ending)


# Spelled out, not bound: SQLite takes a partial index only when it can see that it fits.
_LEASED = calls.c.state == literal(str(CallState.LEASED), literal_execute=True)
_RUN_OUT = _LEASED & (calls.c.claimable_at <= bindparam("moment"))
_TIMES = sound(calls.c.lost, MOST_SMALL)
_LOST = select(calls.c.simulation_id, calls.c.idx, _TIMES.label("times")).where(_RUN_OUT)
_OTHERS = calls.alias()


def _usual(column: str) -> ColumnElement[Any]:
    """What a request of the same simulation took on average, for those that `asking` tells of."""
    mean = total(_OTHERS.c[column]) / func.nullif(total(_OTHERS.c.spent_calls), 0)
    query = select(func.coalesce(mean, 0)).where(_OTHERS.c.simulation_id == calls.c.simulation_id)
    return case(
        (calls.c.asking > 0, query.correlate(calls).scalar_subquery()),
        else_=0,
    )


_COUNTED = {
    "asking": 0,
    "spent_calls": sound(calls.c.spent_calls) + sound(calls.c.asking, MOST_SMALL),
    "spent_estimated": sound(calls.c.spent_estimated) + sound(calls.c.asking, MOST_SMALL),
    "spent_tokens": sound(calls.c.spent_tokens) + cast(_usual("spent_tokens"), BigInteger),
    "spent_dollars": sound(calls.c.spent_dollars) + _usual("spent_dollars"),
}
_TAKE_BACK = (
    update(calls)
    .where(_RUN_OUT)
    .values(_COUNTED | {"state": CallState.READY, "owner": None, "lost": _TIMES + 1})
)
_FAIL = (
    update(calls)
    .where(
        calls.c.simulation_id == bindparam("which_simulation"),
        calls.c.idx == bindparam("which_call"),
        _RUN_OUT,
    )
    .values(
        _COUNTED
        | {
            "state": CallState.FAILED,
            "owner": None,
            "claimable_at": None,
            "failure": bindparam("failure"),
            "sequence": bindparam("number"),
            "lost": _TIMES + 1,
        }
    )
)
_SUSPECT = calls.c.lost >= literal(SUSPECT, literal_execute=True)
_UNFINISHED = calls.c.claimable_at.is_not(None)
_SUSPECTS = select(calls.c.state, calls.c.owner, calls.c.claimable_at).where(_SUSPECT, _UNFINISHED)
_IN_HAND = select(calls.c.idx).where(_LEASED, calls.c.owner == bindparam("whose")).limit(1)
