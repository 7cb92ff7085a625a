"""Claims: whose turn it is, and which calls are leased next.

Turns go round tenants, then round the simulations of each. One claim runs at a time, so that
counting what is leased holds until it has leased more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from sqlalchemy import Connection, Select, bindparam, func, literal, select, update

from adapters.store.calls.budgets import calls_allowed
from adapters.store.calls.damage import OVER, set_aside_call, set_aside_simulation
from adapters.store.calls.leases import call_off_expired, shorten_leases
from adapters.store.calls.losses import Turn, turn_of
from adapters.store.database.rows import UNREADABLE, AnyRow, read_leased, unreadable
from adapters.store.database.schema import SUSPECT
from adapters.store.database.schema import call as calls
from adapters.store.database.schema import simulation as simulations
from adapters.store.database.schema import tenant_turn as tenants
from adapters.store.database.sums import MOST, MOST_SMALL, highest, sound
from domain.simulations import CallState, LeasedCall, SimulationState


@dataclass(frozen=True, slots=True)
class Lease:
    """Terms of a claim: whose it is, when it was made and when it ends, in microseconds."""

    owner: str
    now: int
    until: int


def claim_calls(
    connection: Connection, lease: Lease, limit: int, most_leased: int | None = None
) -> Sequence[LeasedCall]:
    """Up to `limit` calls, and no more than `most_leased` held by all workers together.

    Each tenant that has some gives an equal part, and each of its simulations an equal part of
    that. Those whose last turn is longest ago come first, so that single claims go round them.
    What one leaves of its part goes to the others in a further round. A call that may have cost
    workers their lives is claimed by itself; see adapters/store/calls/losses.py.
    """
    call_off_expired(connection, lease.now)
    shorten_leases(connection, lease.now, lease.until)
    if most_leased is not None:
        held = connection.execute(_HELD_NOW, {"moment": lease.now}).scalar_one()
        limit = min(limit, most_leased - held)
    turn, claim = turn_of(connection, lease.now, lease.owner), _Claim(connection, lease)
    match turn:
        case Turn.NOTHING:
            return claim.leased
        case Turn.SUSPECT:
            if limit > 0:
                claim.goes_on(1, suspects=True)
        case Turn.ANY:
            pass
        case _:
            assert_never(turn)
    if claim.leased:
        return claim.leased
    while len(claim.leased) < limit and claim.goes_on(limit - len(claim.leased)):
        pass
    return claim.leased


@dataclass(slots=True)
class _Claim:
    """A claim being made. `held_back` are simulations whose budget allows no more for now."""

    connection: Connection
    lease: Lease
    leased: list[LeasedCall] = field(default_factory=list)
    held_back: set[str] = field(default_factory=set)
    suspects: bool = False

    def goes_on(self, limit: int, *, suspects: bool = False) -> bool:
        """One round over all tenants; whether a further one may find more."""
        self.suspects = suspects
        before = len(self.leased), len(self.held_back)
        waiting = self._run(_TENANTS, most=limit)
        for tenant in waiting:
            self._claim_of(tenant.tenant, limit // len(waiting))
        return (len(self.leased), len(self.held_back)) != before

    def _claim_of(self, tenant: str, limit: int) -> None:
        waiting = self._run(_SIMULATIONS, which_tenant=tenant, most=limit)
        for simulation in waiting:
            self._claim_from(simulation, tenant, limit // len(waiting))
        self.connection.execute(_TAKE_TENANT_TURN, {"which_tenant": tenant})

    def _claim_from(self, simulation: AnyRow, tenant: str, limit: int) -> None:
        if unreadable(simulation):
            set_aside_simulation(self.connection, simulation, self.lease.now)
            return
        if simulation.budget:
            limit = calls_allowed(self.connection, simulation, self.lease.now, limit)
        if limit <= 0:
            self.held_back.add(simulation.id)
            return
        which = {"which_simulation": simulation.id, **self._known}
        terms = {
            "new_owner": self.lease.owner,
            "new_end": self.lease.until,
            "most": limit,
            "asked": 1 if simulation.budget else 0,
        }
        rows = self.connection.execute(_CLAIM, which | terms).all()
        self.connection.execute(_TAKE_TURN, which)
        self.leased += self._read(rows, simulation.request, tenant)

    def _read(self, rows: Sequence[AnyRow], request: str, tenant: str) -> list[LeasedCall]:
        """The calls, by index, without those that cannot be read."""
        leased = []
        for row in rows:
            try:
                leased.append(read_leased(row, request, tenant))
            except UNREADABLE:
                set_aside_call(self.connection, row)
        return sorted(leased, key=lambda one: one.call.index)

    def _run(self, query: Select[*tuple[Any, ...]], **values: object) -> Sequence[AnyRow]:
        known = {"held_back": sorted(self.held_back), **self._known}
        return self.connection.execute(query, known | values).all()

    @property
    def _known(self) -> dict[str, int]:
        """The moment, and how often a call may have been lost to be among those sought."""
        if self.suspects:
            return {"moment": self.lease.now, "least_lost": SUSPECT, "most_lost": MOST_SMALL}
        return {"moment": self.lease.now, "least_lost": 0, "most_lost": SUSPECT - 1}


_WORKED_ON = simulations.c.state.in_([SimulationState.QUEUED, SimulationState.RUNNING])
_SOUGHT = sound(calls.c.lost, MOST_SMALL).between(
    bindparam("least_lost"), bindparam("most_lost")
) & calls.c.state.not_in(OVER)
_HAS_CLAIMABLE = (
    select(calls.c.idx)
    .where(
        calls.c.simulation_id == simulations.c.id,
        calls.c.claimable_at <= bindparam("moment"),
        _SOUGHT,
    )
    .correlate(simulations)
    .exists()
)
_WAITING = (
    simulations.c.ended_at.is_(None),
    _WORKED_ON,
    simulations.c.id.not_in(bindparam("held_back", expanding=True)),
    _HAS_CLAIMABLE,
)
_TENANTS = (
    select(tenants.c.tenant)
    .where(
        select(simulations.c.id)
        .where(simulations.c.tenant == tenants.c.tenant, *_WAITING)
        .correlate(tenants)
        .exists()
    )
    .order_by(tenants.c.turn, tenants.c.tenant)
    .limit(bindparam("most"))
)
_SIMULATIONS = (
    select(simulations)
    .where(simulations.c.tenant == bindparam("which_tenant"), *_WAITING)
    .order_by(simulations.c.turn, simulations.c.created_at, simulations.c.id)
    .limit(bindparam("most"))
)
# Materialized, or PostgreSQL may run it once per row and lease more calls than the limit.
_CLAIMABLE = (
    select(calls.c.idx)
    .where(
        calls.c.simulation_id == bindparam("which_simulation"),
        calls.c.claimable_at <= bindparam("moment"),
        _SOUGHT,
    )
    .order_by(calls.c.claimable_at, calls.c.idx)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)  # SQLite, where writers take turns, leaves it out
    .cte("claimable")
    .prefix_with("materialized")
)
_CLAIM = (
    update(calls)
    .where(
        calls.c.simulation_id == bindparam("which_simulation"),
        calls.c.idx.in_(select(_CLAIMABLE.c.idx)),
    )
    .values(
        state=CallState.LEASED,
        owner=bindparam("new_owner"),
        attempts=sound(calls.c.attempts, MOST_SMALL) + 1,
        asking=bindparam("asked"),
        claimable_at=bindparam("new_end"),
    )
    .returning(*calls.c)
)
_OTHERS = simulations.alias()
# One look into the index, past numbers that cannot be one of ours.
_LAST_TURN = (
    select(_OTHERS.c.turn)
    .where(
        _OTHERS.c.tenant == simulations.c.tenant,
        _OTHERS.c.ended_at.is_(None),
        _OTHERS.c.turn.between(0, MOST),
    )
    .order_by(_OTHERS.c.turn.desc())
    .limit(1)
)
_TAKE_TURN = (
    update(simulations)
    .where(simulations.c.id == bindparam("which_simulation"))
    .values(
        state=SimulationState.RUNNING,
        started_at=func.coalesce(simulations.c.started_at, bindparam("moment")),
        turn=func.coalesce(_LAST_TURN.correlate(simulations).scalar_subquery(), 0) + 1,
    )
)
_LAST_TENANT_TURN = select(highest(tenants.alias().c.turn)).scalar_subquery()
_TAKE_TENANT_TURN = (
    update(tenants)
    .where(tenants.c.tenant == bindparam("which_tenant"))
    .values(turn=_LAST_TENANT_TURN + 1)
)
# Spelled out, not bound: SQLite takes a partial index only when it can see that it fits.
_UNDER_WAY = (calls.c.state == literal(str(CallState.LEASED), literal_execute=True)) & (
    calls.c.claimable_at > bindparam("moment")
)
_HELD_NOW = select(func.count()).where(_UNDER_WAY)
