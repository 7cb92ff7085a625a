"""Ports of simulations, by who calls them: to accept, to read, to work, to retain."""

from __future__ import annotations

from typing import Protocol

from domain.simulations.ports.accept import QuotaStore, SubmissionStore
from domain.simulations.ports.read import BacklogStore, DamageStore, Export, SimulationReader
from domain.simulations.ports.retain import RetentionStore, SimulationLog
from domain.simulations.ports.work import CallQueue, ConclusionStore

__all__ = [
    "BacklogStore",
    "CallQueue",
    "ConclusionStore",
    "DamageStore",
    "Export",
    "QuotaStore",
    "RetentionStore",
    "SimulationLog",
    "SimulationReader",
    "SimulationStore",
    "SubmissionStore",
]


class SimulationStore(
    SubmissionStore, SimulationReader, CallQueue, ConclusionStore, RetentionStore, Protocol
):
    """Durable simulations: what a method returned from is on disk.

    Any number of processes may share a store. All methods block; call them off the event loop.
    Raises Unavailable when the store cannot be used; nothing is then acknowledged.
    """
