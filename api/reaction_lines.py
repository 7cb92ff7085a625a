"""Reaction lines: every reaction of a simulation as a line of JSON, a page in memory at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from api.schemas import reaction_item
from domain.ports import SimulationStore

PAGE = 100  # chosen: about half a megabyte


async def reaction_lines(
    store: SimulationStore, simulation_id: str, after: int
) -> AsyncGenerator[bytes, None]:
    """Lines of the reactions with an index above `after`, some at a time, by index."""
    last: int | None = after
    while last is not None:
        lines, last = await asyncio.to_thread(_page, store, simulation_id, last)
        if lines:
            yield lines


def _page(store: SimulationStore, simulation_id: str, after: int) -> tuple[bytes, int | None]:
    """Some lines, and the index after which there are more, None at the end."""
    records = store.records(simulation_id, PAGE, after)
    lines = "".join(f"{reaction_item(record).model_dump_json()}\n" for record in records)
    return lines.encode(), records[-1].call.index if len(records) == PAGE else None
