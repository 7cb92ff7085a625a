"""Errors as answers: every error of the domain and of the framework becomes a problem.

The only module that knows which status a domain error has. An answer never holds the text of an
unexpected exception nor the value that was refused.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from api.representations.problems import (
    CONFLICT,
    DEADLINE,
    GONE,
    INTERNAL,
    INVALID,
    KEY_REUSED,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    MOST_FAULTS,
    NO_DATA,
    NO_ENGINE,
    NO_REPLY,
    NOT_FOUND,
    QUEUE_FULL,
    QUOTA_EXCEEDED,
    THROTTLED,
    TOO_LARGE,
    UNAVAILABLE,
    Fault,
    Kind,
    Refused,
    problem,
    refusal,
)
from domain.errors import (
    BudgetSpent,
    ChatFailed,
    ChatThrottled,
    ChatTimedOut,
    DatasetMissing,
    DatasetRejected,
    EngineUnavailable,
    FieldError,
    Gone,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    NotStorable,
    QueueFull,
    QuotaExceeded,
    StateConflict,
    TwinError,
    Unavailable,
)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LONGEST_POINTER = 200
DEEPEST_FRAMES = 5
RETRY_SECONDS = 5  # chosen: a file swap or a database restart takes seconds
ABSENT = object()

log = structlog.stdlib.get_logger()

KIND_OF: Mapping[type[TwinError], Kind] = {
    InvalidInput: INVALID,
    NotFound: NOT_FOUND,
    Gone: GONE,
    DatasetMissing: NO_DATA,
    DatasetRejected: CONFLICT,
    IdempotencyConflict: KEY_REUSED,
    QueueFull: QUEUE_FULL,
    QuotaExceeded: QUOTA_EXCEEDED,
    StateConflict: CONFLICT,
    NotStorable: INVALID,
    BudgetSpent: CONFLICT,
    EngineUnavailable: NO_ENGINE,
    Unavailable: UNAVAILABLE,
    ChatThrottled: THROTTLED,
    ChatTimedOut: DEADLINE,
    ChatFailed: NO_REPLY,
}

# Detail of what the framework itself answers; its own words would be less helpful.
FRAMEWORK: Mapping[int, tuple[Kind, str]] = {
    400: (MALFORMED, "the request cannot be parsed"),
    404: (NOT_FOUND, "nothing lives at this path; see /openapi.json for what does"),
    405: (METHOD_NOT_ALLOWED, "use one of the methods in the Allow header"),
    413: (TOO_LARGE, "send a smaller body"),
}


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    app.add_exception_handler(TwinError, _known)
    app.add_exception_handler(Refused, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unknown)


def allowed_methods(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """Every method the path in `scope` has; the framework names those of one route only.

    HEAD is there where GET is (api/http/head_requests.py), OPTIONS everywhere.
    """
    routed = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return [*routed, *(["HEAD"] if "GET" in routed else []), "OPTIONS"]


def as_problem(scope: Scope, error: Exception) -> Response:
    """The problem that tells of an error: an answer, or with its body the end of a stream.

    One that nobody expected is logged, and told without what it says.
    """
    if isinstance(error, Refused):
        return refusal(scope, error)
    if not isinstance(error, TwinError):
        return _unexpected(scope, error)
    kind = _kind_of(error)
    return problem(scope, kind, str(error), _faults(error), _headers(error, kind))


def _kind_of(error: Exception) -> Kind:
    return next((kind for of, kind in KIND_OF.items() if isinstance(error, of)), INTERNAL)


def _faults(error: Exception) -> list[Fault]:
    if isinstance(error, InvalidInput):
        return [_field_fault(fault) for fault in error.faults]
    if isinstance(error, EngineUnavailable):
        detail = f"use one of {', '.join(error.available)}"
        return [Fault(pointer="/engine", detail=detail, code="engine_unavailable")]
    if isinstance(error, IdempotencyConflict):
        detail = "use a new key for a new request"
        return [Fault(header="Idempotency-Key", detail=detail, code="key_reused")]
    return []


def _field_fault(fault: FieldError) -> Fault:
    return Fault(pointer=_short(fault.pointer), detail=fault.detail, code=fault.code)


def _headers(error: Exception, kind: Kind) -> dict[str, str]:
    if isinstance(error, QueueFull | QuotaExceeded):
        return {"Retry-After": str(math.ceil(error.retry_after_seconds))}
    return {"Retry-After": str(RETRY_SECONDS)} if kind.status == 503 else {}


async def _known(request: Request, error: Exception) -> Response:
    return as_problem(request.scope, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - how the handler is registered
    faults = [_fault(each, error.body) for each in error.errors()[:MOST_FAULTS]]
    detail = "; ".join(f"{_place(fault)}: {fault.detail}" for fault in faults[:3])
    return problem(request.scope, INVALID, detail, faults)


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - how the handler is registered
    fallback = Kind(error.status_code, "http", HTTPStatus(error.status_code).phrase)
    kind, detail = FRAMEWORK.get(error.status_code, (fallback, fallback.title))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(allowed_methods(request.app.routes, request.scope))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
    return problem(request.scope, kind, detail, headers=headers)


async def _unknown(request: Request, error: Exception) -> Response:
    problem = as_problem(request.scope, error)
    # The server hangs up after an application that raised; said, so that no client reuses it.
    problem.headers["Connection"] = "close"
    return problem


def _unexpected(scope: Scope, error: Exception) -> Response:
    # Where it happened, but not its message: that may quote what the client sent.
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST_FRAMES:]
    log.error(
        "unexpected error",
        request_id=scope.get("state", {}).get("request_id"),
        error=type(error).__name__,
        at=[f"{frame.filename}:{frame.lineno}" for frame in frames],
    )
    detail = "this is our fault; the service's log has more under this request_id"
    return problem(scope, INTERNAL, detail)


def _fault(error: Mapping[str, Any], body: Any) -> Fault:  # noqa: ANN401 - any JSON
    where, *path = error["loc"]
    detail = _detail(error)
    if where == "body":
        pointer = _pointer(path, body, missing=error["type"] == "missing")
        return Fault(pointer=pointer, detail=detail, code=error["type"])
    return Fault.model_validate({where: str(path[0]), "detail": detail, "code": error["type"]})


def _detail(error: Mapping[str, Any]) -> str:
    """Pydantic's words, but for the two kinds that repeat what the client sent."""
    if error["type"] == "union_tag_invalid":
        return f"{error['ctx']['discriminator']} must be one of {error['ctx']['expected_tags']}"
    if error["type"] == "json_invalid":
        return "not valid JSON"
    words = str(error["msg"]).removeprefix("Value error, ")
    return words[:1].lower() + words[1:]


def _pointer(path: Sequence[str | int], body: Any, *, missing: bool) -> str:  # noqa: ANN401 - JSON
    """RFC 6901 pointer to where in the body `path` leads.

    Steps that are not in the body are pydantic's own (the tag of a union, the name of a
    validator) and left out; the name of a missing field is the last step and kept.
    """
    steps = []
    for position, step in enumerate(path):
        last = position == len(path) - 1
        if (inside := _step(body, step)) is not ABSENT:
            body = inside
        elif not (missing and last):
            continue
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return _short("".join(f"/{step}" for step in steps))


def _step(body: Any, step: str | int) -> Any:  # noqa: ANN401 - JSON
    if isinstance(body, dict):
        return body.get(step, ABSENT)
    if isinstance(body, list) and isinstance(step, int) and step < len(body):
        return body[step]
    return ABSENT


def _short(pointer: str) -> str:
    return pointer if len(pointer) <= LONGEST_POINTER else pointer[:LONGEST_POINTER] + "…"


def _place(fault: Fault) -> str:
    return fault.pointer or fault.query or fault.header or fault.path or "body"
