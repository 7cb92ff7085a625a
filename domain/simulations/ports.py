"""Ports: the smallest interfaces the domain and its ways in need from the outside world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from domain.callers import PUBLIC
from domain.reactions import Reaction
from domain.simulations.backlog import Backlog
from domain.simulations.damage import Damage
from domain.simulations.simulation import (
    Allowance,
    Call,
    CallRecord,
    Failure,
    Idempotency,
    LeasedCall,
    LeftOut,
    Mark,
    Replay,
    Simulation,
    SimulationRequest,
    SimulationState,
    Summary,
)
from domain.simulations.usage import Budget, Spent


class SimulationStore(Protocol):
    """Durable simulations: what a method returned from is on disk.

    Any number of processes may share a store. All methods block; call them off the event loop.
    Raises Unavailable when the store cannot be used; nothing is then acknowledged.
    """

    def submit(  # noqa: PLR0913 - all of it is accepted at once or not at all
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
        """Put a simulation on disk. True means an earlier one with this key was returned instead.

        Only what is put there counts against the allowance. Raises IdempotencyConflict when the key
        came before with another request, QueueFull when the unfinished calls would exceed the
        store's limit, QuotaExceeded when the allowance does not have the calls.
        """
        ...

    def find_submitted(self, idempotency: Idempotency, tenant: str = PUBLIC) -> Simulation | None:
        """What came under this key before, or None. Raises IdempotencyConflict."""
        ...

    def get(self, simulation_id: str, tenant: str | None = None) -> Simulation | None:
        """The simulation, or None; a tenant sees its own only, the service itself (None) all."""
        ...

    def is_gone(self, simulation_id: str, tenant: str | None = None) -> bool:
        """Whether there was such a simulation, deleted or expired not too long ago."""
        ...

    def page(
        self,
        limit: int,
        after: str | None = None,
        state: SimulationState | None = None,
        label: str | None = None,
        *,
        tenant: str | None = None,
    ) -> tuple[Sequence[Simulation], str | None]:
        """Newest first, at most `limit`; and the `after` of the next page, None at the end.

        `label` is written `name:value`, where both may have colons of their own.
        """
        ...

    def records(self, simulation_id: str, limit: int, after: int = -1) -> Sequence[CallRecord]:
        """Calls with an index above `after`, by index, whatever their state."""
        ...

    def marks(self, simulation_ids: Sequence[str]) -> Mapping[str, Mark]:
        """How far each of these simulations is; those that are not there are left out."""
        ...

    def ended(
        self, simulation_id: str, limit: int, after: int = 0
    ) -> Sequence[tuple[int, CallRecord]]:
        """Calls that ended with a number above `after`, by number.

        Those that were set aside have no number. Once a number was seen here, no lower one appears
        any more.
        """
        ...

    def claim(self, owner: str, limit: int, lease_seconds: float) -> Sequence[LeasedCall]:
        """Lease up to `limit` calls that are ready or past their lease.

        Fair over tenants, then over the simulations of each. What a budget forbids is called off; a
        call whose lease has run out too often fails, for it may be what ends its workers.
        """
        ...

    def extend(self, leased: Sequence[LeasedCall], lease_seconds: float) -> Sequence[LeasedCall]:
        """Push the leases out; returns those still held and wanted.

        Stop working on the others, which were cancelled or passed on, and release them.
        """
        ...

    def finish(
        self,
        leased: LeasedCall,
        outcome: Reaction | Failure,
        latency_ms: float,
        spent: Spent | None = None,
    ) -> bool:
        """Store a call's outcome; False, storing nothing, when the lease had passed to another.

        `spent` is what it took since it was reserved for last. Raises NotStorable.
        """
        ...

    def reserve(self, leased: LeasedCall, spent: Spent) -> bool:
        """Whether a budgeted call may make one more request to a language model, counted thereby.

        Keeps in any case what it has spent since. False, too, when the lease passed to another.
        """
        ...

    def call_off(self, leased: LeasedCall, spent: Spent) -> bool:
        """Cancel a call that the budget has no further request for."""
        ...

    def put_off(self, leased: LeasedCall, seconds: float, spent: Spent) -> bool:
        """Hand a call back that failed, to be tried again not before so many seconds."""
        ...

    def release(self, leased: Sequence[LeasedCall], spent: Sequence[Spent] = ()) -> None:
        """Hand calls back unfinished, so that another worker need not wait for the lease.

        `spent` says of each, in their order, what it took; nothing by default. Those of a
        simulation that is cancelling are cancelled thereby.
        """
        ...

    def unconcluded(self, limit: int) -> Sequence[str]:
        """Simulations whose calls are all over but which have no final state yet."""
        ...

    def conclude(
        self,
        simulation_id: str,
        state: SimulationState,
        summary: Summary | None,
        error: Failure | None,
        replay: Replay | None = None,
    ) -> bool:
        """Give a simulation its final state; False, changing nothing, when it already had one.

        Or when some of its calls are not over. One that is cancelling becomes cancelled.
        """
        ...

    def set_aside(self, simulation_id: str) -> None:
        """Have a simulation fail that cannot be read. Claims do so of themselves."""
        ...

    def mend(self) -> None:
        """Set aside what is damaged such that neither claims nor conclusions come across it."""
        ...

    def cancel(self, simulation_id: str) -> Simulation | None:
        """Call off what has not begun and have workers stop; as it then is, None if there is none.

        A final simulation stays as it is.
        """
        ...

    def retry(self, simulation_id: str, budget: Budget | None = None) -> Simulation | None:
        """Have failed and cancelled calls tried again, under a new budget if there is one.

        Raises StateConflict when it is not final, has no such call or has used up its budget, and
        QueueFull.
        """
        ...

    def delete(self, simulation_id: str) -> bool:
        """Remove all of a simulation; False when there is none. Raises StateConflict unless final.

        Its id is remembered as gone.
        """
        ...

    def expire(self, kept_seconds: float, limit: int, *, delivered_only: bool) -> int:
        """Delete up to `limit` simulations that ended longer ago; returns how many.

        Batches, and ids of what is gone, of that age go too. `delivered_only` spares what the log
        has not heard of.
        """
        ...

    def undelivered(self, limit: int) -> Sequence[str]:
        """Concluded simulations that were not noted as delivered, oldest first."""
        ...

    def note_delivered(self, simulation_id: str) -> None:
        """Note that the log has all of a concluded simulation."""
        ...


class SimulationLog(Protocol):
    """Where concluded simulations are kept for others to query. Raises Unavailable."""

    def record(self, simulation: Simulation, records: Sequence[CallRecord]) -> None:
        """Keep every call of a simulation; to do so again changes nothing."""
        ...


class Export(Protocol):
    """A kind of file that a finished simulation can be had as."""

    @property
    def media_type(self) -> str:
        """What the file is, for Content-Type."""
        ...

    @property
    def suffix(self) -> str:
        """The end of its name, without the dot."""
        ...

    def write(self, simulation: Simulation, records: Iterable[CallRecord]) -> Iterator[bytes]:
        """The file in pieces, from records in the order of their index. Blocks."""
        ...


class BacklogStore(Protocol):
    """A store that can tell how much waits in it, cheaply enough to be asked every few seconds."""

    def backlog(self) -> Backlog:
        """What is not over yet, of everybody. Raises Unavailable."""
        ...


class DamageStore(Protocol):
    """A store that knows what of it cannot be read."""

    def damage(self, limit: int) -> Sequence[Damage]:
        """At most `limit` rows that cannot be read. Reads all there is; blocks."""
        ...


class QuotaStore(Protocol):
    """Reactions each tenant has had on a day. All methods block. Raises Unavailable."""

    def take(self, tenant: str, day: date, calls: int, most: int) -> bool:
        """Count `calls` more, unless the day would then have more than `most`: False, none."""
        ...

    def give_back(self, tenant: str, day: date, calls: int) -> None:
        """Count `calls` less: they were taken and not used."""
        ...
