"""Connections: one that sends no request is closed in time, and before it takes another's place.

uvicorn waits without end for the head of a request. Here a connection may wait, for its first
request or its next, no longer than a deadline, and no more than so many may wait at once: the one
that has waited longest makes room. A body has a deadline of its own (api/http/ingress.py). Served
by `twin serve`; a server started otherwise has neither limit. A client that reads its answer slowly
is not hurried.
"""

from __future__ import annotations

import asyncio
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from api.http.request_heads_httptools import LimitedHttp
elif find_spec("httptools"):
    from api.http.request_heads_httptools import LimitedHttp
else:
    from api.http.request_heads_h11 import LimitedHttp

MOST_WAITING = 4096  # chosen: 24 MB resident with a line of a head each, 270 MB with 64 KB each


class Connection(LimitedHttp):
    """uvicorn's connection; see `connections` for the kind that has limits of its own."""

    head_seconds: ClassVar[float]
    most_waiting: ClassVar[int]
    waiting: ClassVar[dict[Connection, asyncio.TimerHandle]]  # the longest waiting first

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection and wait for its first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on; once a request has its whole head, it is waited for no more."""
        if self._idle:
            self._wait()
        super().data_received(data)
        if not self._idle:
            self._wait_no_more()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self._idle and not self.transport.is_closing():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._wait_no_more()
        super().connection_lost(exc)

    @property
    def _idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _wait(self) -> None:
        """Start the deadline, if none is running; more data do not put it off."""
        if self in self.waiting:
            return
        self.waiting[self] = self.loop.call_later(self.head_seconds, self.transport.close)
        if len(self.waiting) > self.most_waiting:
            longest = next(iter(self.waiting))
            longest._wait_no_more()
            longest.transport.abort()

    def _wait_no_more(self) -> None:
        if deadline := self.waiting.pop(self, None):
            deadline.cancel()


def connections(head_seconds: float, most_waiting: int | None = None) -> type[Connection]:
    """Connections of one server: how long each may be without a request, and how many may be.

    By default half of what the process may open, so that the other half is left to be answered.
    """
    most = most_waiting or min(MOST_WAITING, os.sysconf("SC_OPEN_MAX") // 2)
    limits = {"head_seconds": head_seconds, "most_waiting": most, "waiting": {}}
    return type("LimitedConnection", (Connection,), limits)
