"""Request log: an identifier and a caller for every request, and one line about each, no bodies."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.callers import NOBODY
from api.settings import LogLevel
from domain.callers import Caller

REQUEST_ID = re.compile(r"[!-~]{1,128}")
TRACEBACK = "Traceback (most recent call last):"
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
    _adopt_libraries()


def _adopt_libraries() -> None:
    """What libraries log joins our lines; the server's access log says nothing ours does not."""
    root, server = logging.getLogger(), logging.getLogger("uvicorn")
    access = logging.getLogger("uvicorn.access")
    root.handlers = [h for h in root.handlers if not isinstance(h, _Structured)] + [_Structured()]
    server.handlers, server.propagate = [_ServerLines()], False
    access.handlers, access.propagate = [], False


class _Structured(logging.Handler):
    """Says who logged what kind of error where, and not the words: they may quote a customer."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0] if record.exc_info else None
        log.log(
            record.levelno,
            "a library has something to say",
            library=record.name,
            at=f"{record.pathname}:{record.lineno}",
            error=error.__name__ if error else None,
        )


class _ServerLines(logging.Handler):
    """Keeps the server's words, but of an error its type only."""

    def emit(self, record: logging.LogRecord) -> None:
        words, traceback, text = record.getMessage().strip().partition(TRACEBACK)
        extra: dict[str, str] = {}
        if traceback:  # of an application that could not start, as text
            extra["error"] = text.splitlines()[-1].partition(":")[0]
        elif record.exc_info and record.exc_info[0]:
            extra["error"] = record.exc_info[0].__name__
        log.log(record.levelno, words or "the application failed", **extra)


class RequestLog:
    """Gives each request its identifier, returns it as X-Request-ID and logs how it ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = log.bind()  # once: to find out how lines are written takes longer than writing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with `request_id` in its state."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {}).update(request_id=request_id, caller=NOBODY)
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
                _tell(self._log, scope, status, time.perf_counter() - started)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(16)}"


def _tell(lines: structlog.stdlib.BoundLogger, scope: Scope, status: int, seconds: float) -> None:
    caller: Caller = scope["state"]["caller"]
    write = lines.debug if scope["path"] in QUIET_PATHS and status < 500 else lines.info
    write(
        "request",
        method=scope["method"],
        route=getattr(scope.get("route"), "path_format", None),
        caller=caller.user,
        key=caller.key_id,
        status=status,
        ms=round(seconds * 1000, 1),
    )
