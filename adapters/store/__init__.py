"""Durable simulations on a database: `open_store` is the way in."""

from adapters.store.simulations.store import SqlSimulationStore, open_store

__all__ = ["SqlSimulationStore", "open_store"]
