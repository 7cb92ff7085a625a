"""Retain: how long simulations are kept, and where else they go before they are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.simulations.simulation import CallRecord, Simulation


class RetentionStore(Protocol):
    """Deletes simulations, and notes which of them a log has. See SimulationStore."""

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
