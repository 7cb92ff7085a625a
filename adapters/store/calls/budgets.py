"""Budgets: what a simulation may still ask of a language model, counted over all its calls."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, case, func, literal, select, update

from adapters.store.calls.leases import HELD, MORE_SPENT, change, spent_more
from adapters.store.database.rows import AnyRow
from adapters.store.database.schema import call as calls
from adapters.store.database.schema import simulation as simulations
from adapters.store.database.sums import MOST_SMALL, total
from domain.simulations import Budget, CallState, LeasedCall, Spent


def calls_allowed(connection: Connection, simulation: AnyRow, now: int, limit: int) -> int:
    """How many of `limit` calls the budget lets begin. Used up, it calls off what waits.

    `simulation` has its id and its budget. Raises ValidationError on a budget that cannot be read.
    """
    budget = Budget.model_validate_json(simulation.budget)
    which = {"which_simulation": simulation.id, "moment": now}
    taken = connection.execute(_TAKEN, which).one()
    if budget.used_up(_spent(taken)):
        connection.execute(_CALL_OFF_WAITING, which)
        return 0
    room = budget.room(_with_asking(taken), taken.over or 0, taken.under_way or 0)
    return limit if room is None else min(limit, room)


def reserve(connection: Connection, leased: LeasedCall, spent: Spent) -> bool:
    """Keep what a leased call has spent, and count one request more in advance if there is room.

    False, too, when its lease is held no more. For those who are alone at it.
    """
    if not change(connection, _ACCOUNT_FOR, leased, spent_more(spent)):
        return False
    which = {"which_simulation": leased.simulation_id}
    text = connection.execute(_BUDGET, which).scalar_one()
    taken = connection.execute(_TAKEN, which).one()
    if text is not None and Budget.model_validate_json(text).used_up(_with_asking(taken)):
        return False
    return change(connection, _ASK, leased, {})


def _spent(taken: AnyRow) -> Spent:
    return Spent(calls=taken.calls, tokens=taken.tokens, cost_dollars=taken.dollars)


def _with_asking(taken: AnyRow) -> Spent:
    return _spent(taken) + Spent(calls=taken.asking)


_OF_SIMULATION = calls.c.simulation_id == bindparam("which_simulation")
_BUDGET = select(simulations.c.budget).where(simulations.c.id == bindparam("which_simulation"))
_UNDER_WAY = calls.c.state == literal(str(CallState.LEASED), literal_execute=True)
_TAKEN = select(
    total(calls.c.spent_calls).label("calls"),
    total(calls.c.spent_tokens).label("tokens"),
    total(calls.c.spent_dollars).label("dollars"),
    total(calls.c.asking, MOST_SMALL).label("asking"),
    func.sum(case((calls.c.claimable_at.is_(None), 1), else_=0)).label("over"),
    func.sum(case((_UNDER_WAY, 1), else_=0)).label("under_way"),
).where(_OF_SIMULATION)
_CALL_OFF_WAITING = (
    update(calls)
    .where(_OF_SIMULATION, calls.c.claimable_at <= bindparam("moment"))
    .values(state=CallState.CANCELLED, owner=None, claimable_at=None)
)
_ACCOUNT_FOR = update(calls).where(HELD).values(MORE_SPENT | {"asking": 0})
_ASK = update(calls).where(HELD).values(asking=1)
