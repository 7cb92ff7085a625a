"""Durable simulations on a database: `open_store` is the way in."""

from adapters.store.simulations.simulations import SqlSimulationStore, open_store

__all__ = ["SqlSimulationStore", "open_store"]
