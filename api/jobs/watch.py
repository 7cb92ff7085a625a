"""Watch: what happens to simulations, told to any number of clients while it happens.

A process looks at a simulation once, however many of its clients watch it: when its own supervisor
has changed it, and every `poll_seconds` for what other processes do. Clients at the same place
share what is read for them. Everything told is derived from the store, so that a client may go on
where it was with any other process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from functools import partial

from fastapi.sse import KEEPALIVE_COMMENT

from api.jobs.loops import Loop, report
from api.jobs.threads import Threads
from api.representations.events import (
    RETRY,
    Page,
    Place,
    done_event,
    page_of,
    progress_event,
    state_event,
)
from domain.errors import TwinError
from domain.simulations import Mark, Simulation, SimulationReader

POLL_SECONDS = 2.0
PING_SECONDS = 15.0  # the proxy of Snowflake's container services hangs up after 90 s of silence
GATHER_SECONDS = 0.05  # chosen: twenty looks a second feel live, however fast calls end
IDS_PER_LOOK = 500
PAGE = 32  # chosen: some 200 kB, the most a client has in memory here
PAGES_KEPT = 4
THREADS = 4  # apart from those of other requests: watching must not hold up work


@dataclass(slots=True)
class _Watched:
    """A simulation somebody watches. `pages` are those read since the latest change, by place."""

    clients: int = 0
    mark: Mark | None = None
    simulation: Simulation | None = None
    sequence: int = 0
    gone: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    pages: dict[int, asyncio.Future[Page]] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.gone or (self.simulation is not None and self.simulation.state.final)

    def tell(self) -> None:
        """Wake everybody who waits for a change."""
        self.changed.set()
        self.changed = asyncio.Event()


class Watches:
    """The simulations that clients of this process watch. For one event loop."""

    def __init__(
        self,
        store: SimulationReader,
        *,
        poll_seconds: float = POLL_SECONDS,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._store = store
        self._poll_seconds = poll_seconds
        self._ping_seconds = ping_seconds
        self._watched: dict[str, _Watched] = {}
        self._rung: set[str] = set()
        self._poll_at = 0.0
        self._closing = False
        self._threads = Threads(THREADS, "watch")
        self._looks = Loop("watch", self._look, poll_seconds)

    def start(self) -> None:
        """Begin in the running event loop."""
        self._looks.start()

    def ring(self, simulation_id: str) -> None:
        """Say that a simulation has changed. Call it in the event loop; it hardly costs a thing."""
        if simulation_id in self._watched:
            self._rung.add(simulation_id)
            self._looks.ring()

    def close(self) -> None:
        """End every stream, so that the server may stop; clients go on elsewhere. Never waits."""
        self._closing = True
        for watched in self._watched.values():
            watched.tell()

    async def end(self) -> None:
        """Close, and look no more."""
        self.close()
        await self._looks.end()
        self._threads.close()

    async def events(self, simulation_id: str, place: Place) -> AsyncGenerator[bytes, None]:
        """Server-sent events from a place on, until the simulation is final or this closes.

        Close the iterator after use. It also ends, for the client to come back, when the store
        cannot be read.
        """
        watched = self._join(simulation_id)
        sent = _Sent(place.sequence)
        try:
            yield RETRY
            while not self._closing:
                changed = watched.changed
                async for event in self._news(simulation_id, watched, sent):
                    yield event
                if sent.all or self._closing:
                    return
                if not await _came(changed, self._ping_seconds):
                    yield KEEPALIVE_COMMENT
        except TwinError as error:
            report("watching interrupted", error, simulation_id=simulation_id)
        finally:
            self._leave(simulation_id, watched)

    async def until_final(self, simulation_id: str, seconds: float) -> None:
        """Return once a simulation is final or gone, after so many seconds, or when this closes."""
        watched = self._join(simulation_id)
        try:
            async with asyncio.timeout(seconds):
                while not (self._closing or watched.over):
                    await watched.changed.wait()
        except TimeoutError:
            return
        finally:
            self._leave(simulation_id, watched)

    async def _news(
        self, simulation_id: str, watched: _Watched, sent: _Sent
    ) -> AsyncGenerator[bytes, None]:
        """What a client was not sent yet. A final state comes last, after all it is made of."""
        sent.all = watched.gone
        simulation, last = watched.simulation, watched.sequence
        if simulation is None or sent.all:
            return
        if not simulation.state.final and sent.differs(simulation.state):
            yield state_event(simulation, sent.sequence)
        while sent.sequence < last and not self._closing:
            page = await self._page(simulation_id, watched, sent.sequence)
            sent.sequence = page.last or last
            yield page.events
        if sent.differs(simulation.counts):
            yield progress_event(simulation, sent.sequence)
        if simulation.state.final and not self._closing:
            yield state_event(simulation, sent.sequence)
            yield done_event(simulation, sent.sequence)
            sent.all = True

    async def _page(self, simulation_id: str, watched: _Watched, after: int) -> Page:
        """Calls that ended after a place, read once for everybody who is there."""
        if after not in watched.pages:
            reading = asyncio.ensure_future(self._read_page(simulation_id, after))
            reading.add_done_callback(partial(_forget_failure, watched, after))
            watched.pages[after] = reading
            for oldest in list(watched.pages)[:-PAGES_KEPT]:
                del watched.pages[oldest]
        return await asyncio.shield(watched.pages[after])

    async def _read_page(self, simulation_id: str, after: int) -> Page:
        return await self._threads.run(_read_page, self._store, simulation_id, after)

    def _join(self, simulation_id: str) -> _Watched:
        watched = self._watched.setdefault(simulation_id, _Watched())
        watched.clients += 1
        if watched.simulation is None:
            self.ring(simulation_id)
        return watched

    def _leave(self, simulation_id: str, watched: _Watched) -> None:
        watched.clients -= 1
        if not watched.clients and self._watched.get(simulation_id) is watched:
            del self._watched[simulation_id]

    async def _look(self) -> bool:
        await asyncio.sleep(GATHER_SECONDS)
        ids = self._due()
        for start in range(0, len(ids), IDS_PER_LOOK):
            part = ids[start : start + IDS_PER_LOOK]
            marks = await self._threads.run(self._store.marks, part)
            for simulation_id in part:
                await self._refresh(simulation_id, marks.get(simulation_id))
        return False

    def _due(self) -> Sequence[str]:
        """Those that rang; now and then all."""
        now = time.monotonic()
        everything = now >= self._poll_at
        ids = list(self._watched if everything else self._rung & self._watched.keys())
        self._rung.clear()
        if everything:
            self._poll_at = now + self._poll_seconds
        return ids

    async def _refresh(self, simulation_id: str, mark: Mark | None) -> None:
        watched = self._watched.get(simulation_id)
        if watched is None or (mark is not None and mark == watched.mark):
            return
        simulation, newest = await self._threads.run(_state_of, self._store, simulation_id)
        if simulation is None or newest is None:
            watched.gone = True
        else:
            # The mark that was compared, which is the older: what came between shows the next time.
            watched.mark = mark
            watched.simulation, watched.sequence = simulation, newest.sequence
        watched.pages.clear()
        watched.tell()


@dataclass(slots=True)
class _Sent:
    """What one client was sent: reactions up to a number, the latest of everything else."""

    sequence: int
    all: bool = False
    latest: dict[type, object] = field(default_factory=dict)

    def differs(self, value: object) -> bool:
        """Whether this differs from the latest of its kind, which it becomes."""
        before = self.latest.get(type(value))
        self.latest[type(value)] = value
        return before != value


async def _came(change: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await change.wait()
    except TimeoutError:
        return False
    return True


def _state_of(store: SimulationReader, simulation_id: str) -> tuple[Simulation | None, Mark | None]:
    """A simulation, and a mark at least as new: no reaction of a final one is missing from it."""
    simulation = store.get(simulation_id)
    return simulation, store.marks([simulation_id]).get(simulation_id)


def _read_page(store: SimulationReader, simulation_id: str, after: int) -> Page:
    return page_of(store.ended(simulation_id, PAGE, after))


def _forget_failure(watched: _Watched, after: int, reading: asyncio.Future[Page]) -> None:
    failed = reading.cancelled() or reading.exception() is not None
    if failed and watched.pages.get(after) is reading:
        del watched.pages[after]
