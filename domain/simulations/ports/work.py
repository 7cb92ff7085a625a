"""Work: calls as a queue of leases, and the ends of simulations whose calls are over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.errors import NotStorable
from domain.simulations.simulation import (
    Failure,
    FinishedCall,
    LeasedCall,
    Replay,
    SimulationState,
    Summary,
)
from domain.simulations.usage import Spent


class CallQueue(Protocol):
    """The calls of all simulations, leased to workers. See SimulationStore."""

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

    def finish(self, finished: Sequence[FinishedCall]) -> Sequence[bool | NotStorable]:
        """Store what calls came to, in one commit, with a verdict on each, in their order.

        False, storing nothing, when the lease had passed to another; NotStorable for one that
        cannot be kept, which spoils no other.
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


class ConclusionStore(Protocol):
    """Ends simulations whose calls are over, or that cannot be read. See SimulationStore."""

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
