"""Record pages: the calls of a simulation in order, a page in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.simulations import CallRecord, SimulationReader


def record_pages(
    store: SimulationReader, simulation_id: str, size: int, after: int = -1
) -> Iterator[Sequence[CallRecord]]:
    """Pages of at most `size` calls with an index above `after`. Blocks while a page is read."""
    while records := store.records(simulation_id, size, after):
        yield records
        if len(records) < size:
            return
        after = records[-1].call.index
