"""Record pages: the calls of a simulation in order, a page in memory at a time, also as lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence

from api.representations.bodies import reaction_item
from domain.simulations import CallRecord, SimulationReader

LINES_AT_ONCE = 100  # chosen: about half a megabyte


def record_pages(
    store: SimulationReader, simulation_id: str, size: int, after: int = -1
) -> Iterator[Sequence[CallRecord]]:
    """Pages of at most `size` calls with an index above `after`. Blocks while a page is read."""
    while records := store.records(simulation_id, size, after):
        yield records
        if len(records) < size:
            return
        after = records[-1].call.index


async def reaction_lines(
    store: SimulationReader, simulation_id: str, after: int
) -> AsyncGenerator[bytes, None]:
    """Reactions with an index above `after`, each a line of JSON, some lines at a time."""
    pages = record_pages(store, simulation_id, LINES_AT_ONCE, after)
    while lines := await asyncio.to_thread(_next_lines, pages):
        yield lines


def _next_lines(pages: Iterator[Sequence[CallRecord]]) -> bytes:
    """The lines of the next page; none at the end."""
    records = next(pages, ())
    return "".join(f"{reaction_item(record).model_dump_json()}\n" for record in records).encode()
