"""Serve: run the HTTP application and say, once it answers, how to talk to it."""

from __future__ import annotations

import signal
import socket
import sys
from types import FrameType

import uvicorn

from api.app import create_app
from api.settings import Settings
from domain.errors import Unavailable

DISNEY = "Snowmobile is raising prices by $5/month. Disney+ will be included free."
FIVE_PERCENT = "We are announcing a 5% price increase on all postpaid plans effective April 1."


def serve_http(settings: Settings) -> None:
    """Serve until told to stop. Raises Unavailable when the port is taken."""
    with _bound(settings.host, settings.port) as listener:
        config = uvicorn.Config(
            create_app(settings),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(settings.grace_seconds),
        )
        _Announcing(config).run(sockets=[listener])


class _Announcing(uvicorn.Server):
    """Tells the way in on standard output once connections are accepted."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second Ctrl-C stops at once. Stopping when told to is success: exit 0."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and not self.should_exit:
            host, port = sockets[0].getsockname()[:2]
            sys.stdout.write(_welcome(f"http://{host}:{port}"))
            sys.stdout.flush()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"port {port} of {host}", "stop what listens there or choose another with --port"
        ) from error
    return listener


def _welcome(address: str) -> str:
    json_header = "-H 'content-type: application/json'"
    return f"""
Customer Digital Twin is at {address}; try the interactive docs at {address}/docs, or:

  curl -s {address}/personas
  curl -s {address}/personas/S1/ask {json_header} \\
    -d '{{"scenario": "{DISNEY}"}}'
  curl -si {address}/simulations {json_header} \\
    -d '{{"scenario": "{FIVE_PERCENT}"}}'

Stop with Ctrl-C.
"""
