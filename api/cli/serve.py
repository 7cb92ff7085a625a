"""Serve: run the HTTP application and say, once it answers, how to talk to it."""

from __future__ import annotations

import math
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.app import OpenServices, create_app
from api.cli.bind import release
from api.http.connections import connections
from api.services import Services
from api.settings import Settings
from api.wiring import bootstrap
from api.wiring.open_store import has_keys

DISNEY = "Prices rise by $5 a month. Disney+ is included at no charge."
FIVE_PERCENT = "We are announcing a 5% price increase on all postpaid plans effective April 1."


def serve_http(
    settings: Settings,
    listener: socket.socket,
    open_services: OpenServices = bootstrap.open_services,
) -> None:
    """Serve until told to stop, at an address that is held already."""
    app = create_app(settings, open_services)
    config = uvicorn.Config(
        app,
        http=connections(settings.receive_seconds),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the server would believe whoever connects from loopback
        timeout_graceful_shutdown=int(settings.grace_seconds),
    )
    greeting = partial(welcome, keyed=has_keys(settings))
    server = _Server(config, greeting, partial(_drain, app), settings.drain_seconds)
    release(listener)
    server.run(sockets=[listener])


def _drain(app: FastAPI) -> None:
    """Claim no more calls and stop being ready; requests are still answered."""
    services: Services | None = getattr(app.state, "services", None)
    if services is not None:
        services.supervisor.drain()


class _Server(uvicorn.Server):
    """Tells the way in once connections are accepted, and drains before it stops.

    SIGTERM: `drain`, then `drain_seconds` in which whoever sends requests can notice, then stop.
    Ctrl-C does not wait, for there is nobody who would have to notice; a second one stops at once.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        welcome: Callable[[str], str],
        drain: Callable[[], None],
        drain_seconds: float,
    ) -> None:
        super().__init__(config)
        self._welcome = welcome
        self._drain = drain
        self._drain_seconds = drain_seconds
        self._stops_at = math.inf

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop. Stopping when told to is success: exit 0."""
        self._drain()
        if sig == signal.SIGINT:
            self.force_exit = self.should_exit
            self.should_exit = True
        else:
            self._stops_at = min(self._stops_at, time.monotonic() + self._drain_seconds)

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop; asked ten times a second."""
        self.should_exit = self.should_exit or time.monotonic() >= self._stops_at
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and not self.should_exit:
            host, port = sockets[0].getsockname()[:2]
            sys.stdout.write(self._welcome(f"http://{host}:{port}"))
            sys.stdout.flush()


def welcome(address: str, *, keyed: bool) -> str:
    """What to try first, by `curl`, at an address."""
    key = "-H 'X-API-Key: YOUR KEY' " if keyed else ""
    json_header = f"{key}-H 'content-type: application/json'"
    return f"""
Customer Digital Twin is at {address}; try the interactive docs at {address}/docs, or:

  curl -s {key}{address}/personas
  curl -s {address}/personas/S1/ask {json_header} \\
    -d '{{"scenario": "{DISNEY}"}}'
  curl -si {address}/simulations {json_header} \\
    -d '{{"scenario": "{FIVE_PERCENT}"}}'

Stop with Ctrl-C.
"""
