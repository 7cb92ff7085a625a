"""How long a test waits for what has to happen: never for ever, and it says for what in vain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PATIENCE_SECONDS = 20.0  # chosen: nothing takes one, but on a machine with much else to do


@asynccontextmanager
async def in_time(awaited: str, seconds: float = PATIENCE_SECONDS) -> AsyncIterator[None]:
    """Fail with what was awaited when the block takes longer."""
    patience = asyncio.timeout(seconds)
    try:
        async with patience:
            yield
    except TimeoutError:
        if not patience.expired():  # one of the block's own
            raise
        raise AssertionError(f"waited {seconds:g} s in vain for {awaited}") from None
