"""Reaction lines: every reaction of a simulation as a line of JSON, a page in memory at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence

from api.operations.record_pages import record_pages
from api.representations.bodies import reaction_item
from domain.simulations import CallRecord, SimulationReader

PAGE = 100  # chosen: about half a megabyte


async def reaction_lines(
    store: SimulationReader, simulation_id: str, after: int
) -> AsyncGenerator[bytes, None]:
    """Lines of the reactions with an index above `after`, some at a time, by index."""
    pages = record_pages(store, simulation_id, PAGE, after)
    while lines := await asyncio.to_thread(_next_lines, pages):
        yield lines


def _next_lines(pages: Iterator[Sequence[CallRecord]]) -> bytes:
    """The lines of the next page; none at the end."""
    records = next(pages, ())
    return "".join(f"{reaction_item(record).model_dump_json()}\n" for record in records).encode()
