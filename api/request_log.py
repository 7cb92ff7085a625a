"""Request log: an identifier and a caller for every request, and one line about each, no bodies."""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.callers import ANYONE, Caller, vouched_by_snowflake
from api.settings import LogLevel

REQUEST_ID = re.compile(r"[!-~]{1,128}")
QUIET_PATHS = frozenset({"/healthz", "/readyz"})  # asked every few seconds by orchestrators

log = structlog.stdlib.get_logger()


def configure_logging(level: LogLevel) -> None:
    """Log to standard error: readable on a terminal, else one JSON object per line."""
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _adopt_uvicorn()


def _adopt_uvicorn() -> None:
    """The server's lines join ours; its access log says nothing that ours does not."""
    server, access = logging.getLogger("uvicorn"), logging.getLogger("uvicorn.access")
    server.handlers, server.propagate = [_Structured()], False
    access.handlers, access.propagate = [], False


class _Structured(logging.Handler):
    """Hands over what a library logs, but of an error its type only: its text may quote a body."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0] if record.exc_info else None
        extra = {"error": error.__name__} if error else {}
        log.log(record.levelno, record.getMessage().strip(), **extra)


class RequestLog:
    """Gives each request its identifier, returns it as X-Request-ID and logs how it ended.

    `behind_snowflake`: nothing reaches this service but through Snowflake, which names the user.
    """

    def __init__(self, app: ASGIApp, *, behind_snowflake: bool = False) -> None:
        self._app = app
        self._behind_snowflake = behind_snowflake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with `request_id` and `caller` in its state."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        caller = vouched_by_snowflake(headers) if self._behind_snowflake else ANYONE
        scope.setdefault("state", {}).update(request_id=request_id, caller=caller)
        status = 500  # what the client sees when the application raises
        started = time.perf_counter()

        async def identified(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, identified)
            finally:
                _tell(scope, caller, status, time.perf_counter() - started)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else f"req_{uuid.uuid4().hex}"


def _tell(scope: Scope, caller: Caller, status: int, seconds: float) -> None:
    write = log.debug if scope["path"] in QUIET_PATHS and status < 500 else log.info
    write(
        "request",
        method=scope["method"],
        route=getattr(scope.get("route"), "path", None),
        caller=caller.user,
        status=status,
        ms=round(seconds * 1000, 1),
    )
