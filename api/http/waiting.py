"""Waiting: an answer held back until a simulation has ended, for a client that asked for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator

from api.http.dependencies import CallerOf, ServicesOf, as_json
from api.services import Services
from domain.simulations import Simulation

MOST_SECONDS = 60  # chosen: proxies hang up after 60 s of silence and more, Snowflake's after 90

WaitWanted = Annotated[
    int,
    Query(
        ge=0,
        le=MOST_SECONDS,
        description="Seconds to wait for the end before this answers, as it does at once without. "
        "A wait counts among the streams a caller may have open.",
    ),
    BeforeValidator(as_json),
]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the client of a request waits, none at all when it did not say so."""

    services: Services
    request: Request
    seconds: int

    async def waited(self, simulation: Simulation) -> Simulation:
        """The simulation as it is at its end, or when the time is over, or as the service stops.

        A client that has hung up is waited for no more.
        """
        if not self.seconds or simulation.state.final:
            return simulation
        ends = [
            asyncio.create_task(self.services.watches.until_final(simulation.id, self.seconds)),
            asyncio.create_task(self._hung_up()),
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        now = await asyncio.to_thread(self.services.store.get, simulation.id)
        return now or simulation  # deleted meanwhile: as it was accepted

    async def _hung_up(self) -> None:
        while (await self.request.receive())["type"] != "http.disconnect":
            pass


async def _patience(
    request: Request, services: ServicesOf, caller: CallerOf, wait: WaitWanted = 0
) -> AsyncIterator[Patience]:
    """Holds one of the caller's streams while it waits; 429 without any left."""
    with services.stream_limits.admit(caller) if wait else nullcontext():
        yield Patience(services, request, wait)


PatienceOf = Annotated[Patience, Depends(_patience)]
