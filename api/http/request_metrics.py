"""Request metrics: every request is counted by its route, whatever became of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.telemetry.metrics import HttpMetrics

if TYPE_CHECKING:
    from api.services import Services

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"


class RequestMetrics:
    """Counts requests into the metrics of the application's services."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count how it ended."""
        services: Services | None = getattr(scope["app"].state, "services", None)
        if scope["type"] != "http" or services is None:
            await self._app(scope, receive, send)
            return
        http = services.metrics.http
        status = 500  # what the client sees when the application raises
        started = time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with http.in_progress.track_inprogress():
            try:
                await self._app(scope, receive, noted)
            finally:
                _count(http, scope, status, time.perf_counter() - started)


def _count(http: HttpMetrics, scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in METHODS else "other"
    route = getattr(scope.get("route"), "path_format", UNMATCHED)
    requests, duration = http.of(method, route, status)
    requests.inc()
    duration.observe(seconds)
