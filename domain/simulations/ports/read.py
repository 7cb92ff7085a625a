"""Read: simulations as clients and operators see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from domain.simulations.backlog import Backlog
from domain.simulations.damage import Damage
from domain.simulations.simulation import CallRecord, Mark, Simulation, SimulationState


class SimulationReader(Protocol):
    """Reads simulations and their calls. See SimulationStore."""

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
