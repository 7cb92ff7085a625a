"""Errors as answers: what went wrong becomes a problem+json (RFC 9457) with the way out.

The only module that knows which status a domain error has. An answer never holds the text of an
unexpected exception nor the value that was refused.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from domain.errors import (
    DatasetMissing,
    DatasetRejected,
    EngineUnavailable,
    FieldError,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    QueueFull,
    StateConflict,
    TwinError,
    Unavailable,
)

PROBLEM_JSON = "application/problem+json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
MOST_FAULTS = 50  # a body with thousands of faults is told about the first ones
LONGEST_POINTER = 200
ABSENT = object()
DEEPEST_FRAMES = 5
RETRY_SECONDS = 5  # chosen: a file swap or a database restart takes seconds

log = structlog.stdlib.get_logger()


class Fault(BaseModel):
    """One thing wrong with the request: in the body, the query, the path or a header."""

    pointer: str | None = None
    query: str | None = None
    header: str | None = None
    path: str | None = None
    detail: str
    code: str


class Problem(BaseModel):
    """What went wrong and what to do about it (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[Fault] = []


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its slug in the type URN, its title and its status."""

    status: int
    slug: str
    title: str


MALFORMED = Kind(400, "malformed-request", "The request cannot be read")
FORBIDDEN = Kind(403, "unauthenticated-exposure", "This service is not open to other machines")
NOT_FOUND = Kind(404, "not-found", "There is no such thing")
METHOD_NOT_ALLOWED = Kind(405, "method-not-allowed", "This cannot be done here")
NOT_ACCEPTABLE = Kind(406, "not-acceptable", "No acceptable format")
TOO_SLOW = Kind(408, "request-timeout", "The request took too long to arrive")
CONFLICT = Kind(409, "state-conflict", "The present state forbids this")
TOO_LARGE = Kind(413, "body-too-large", "The body is too large")
UNSUPPORTED = Kind(415, "unsupported-media-type", "The body must be JSON")
INVALID = Kind(422, "invalid-request", "The request says something that cannot be used")
KEY_REUSED = Kind(422, "idempotency-key-reused", "The key came before with another request")
NO_ENGINE = Kind(422, "engine-unavailable", "The engine is not configured here")
QUEUE_FULL = Kind(429, "queue-full", "Too much work is waiting")
INTERNAL = Kind(500, "internal", "Something unexpected happened")
NO_DATA = Kind(503, "dataset-missing", "There is no customer data yet")
UNAVAILABLE = Kind(503, "unavailable", "A part of the service cannot be used now")
DEADLINE = Kind(504, "deadline-exceeded", "No answer in time")

KINDS: tuple[Kind, ...] = (
    MALFORMED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, TOO_SLOW, CONFLICT,
    TOO_LARGE, UNSUPPORTED, INVALID, KEY_REUSED, NO_ENGINE, QUEUE_FULL, INTERNAL, NO_DATA,
    UNAVAILABLE, DEADLINE,
)  # fmt: skip

KIND_OF: Mapping[type[TwinError], Kind] = {
    InvalidInput: INVALID,
    NotFound: NOT_FOUND,
    DatasetMissing: NO_DATA,
    DatasetRejected: CONFLICT,
    IdempotencyConflict: KEY_REUSED,
    QueueFull: QUEUE_FULL,
    StateConflict: CONFLICT,
    EngineUnavailable: NO_ENGINE,
    Unavailable: UNAVAILABLE,
}

# Detail of what the framework itself answers; its own words would be less helpful.
FRAMEWORK: Mapping[int, tuple[Kind, str]] = {
    400: (MALFORMED, "the request cannot be parsed"),
    404: (NOT_FOUND, "nothing lives at this path; see /openapi.json for what does"),
    405: (METHOD_NOT_ALLOWED, "use one of the methods in the Allow header"),
    413: (TOO_LARGE, "send a smaller body"),
}


class Refused(Exception):
    """A request that HTTP itself lets us refuse, whatever the domain thinks of it."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    app.add_exception_handler(TwinError, _twin_error)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unexpected)


def problem(
    scope: Scope,
    kind: Kind,
    detail: str,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that tells of a problem with the request in `scope`."""
    request_id = scope.get("state", {}).get("request_id", "")
    body = Problem(
        type=f"urn:cdt:problem:{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=scope.get("path", ""),
        request_id=request_id,
        errors=list(faults[:MOST_FAULTS]),
    )
    content = body.model_dump(mode="json", exclude_none=True)
    all_headers = {"X-Request-ID": request_id, "Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(content, kind.status, all_headers, media_type=PROBLEM_JSON)


def refusal(scope: Scope, refused: Refused) -> Response:
    """The answer to a refused request, also outside the application's own handlers."""
    return problem(scope, refused.kind, refused.detail, refused.faults, refused.headers)


def faults_of(errors: Sequence[FieldError]) -> list[Fault]:
    """Faults of a body as the domain found them."""
    return [
        Fault(pointer=_short(error.pointer), detail=error.detail, code=error.code)
        for error in errors
    ]


def bad_query(name: str, detail: str, code: str) -> Refused:
    """A query parameter that cannot be used."""
    return Refused(INVALID, f"{name}: {detail}", [Fault(query=name, detail=detail, code=code)])


def bad_header(name: str, detail: str, code: str) -> Refused:
    """A header that cannot be used."""
    return Refused(INVALID, f"{name}: {detail}", [Fault(header=name, detail=detail, code=code)])


def allowed_methods(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """Every method the path in `scope` has; the framework names those of one route only."""
    return [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]


async def _twin_error(request: Request, error: Exception) -> Response:
    kind = _kind_of(error)
    return problem(request.scope, kind, str(error), _faults(error), _headers(error, kind))


def _kind_of(error: Exception) -> Kind:
    return next((kind for of, kind in KIND_OF.items() if isinstance(error, of)), INTERNAL)


def _faults(error: Exception) -> list[Fault]:
    if isinstance(error, InvalidInput):
        return faults_of(error.faults)
    if isinstance(error, EngineUnavailable):
        detail = f"use one of {', '.join(error.available)}"
        return [Fault(pointer="/engine", detail=detail, code="engine_unavailable")]
    if isinstance(error, IdempotencyConflict):
        detail = "use a new key for a new request"
        return [Fault(header="Idempotency-Key", detail=detail, code="key_reused")]
    return []


def _headers(error: Exception, kind: Kind) -> dict[str, str]:
    if isinstance(error, QueueFull):
        return {"Retry-After": str(math.ceil(error.retry_after_seconds))}
    return {"Retry-After": str(RETRY_SECONDS)} if kind.status == 503 else {}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - how the handler is registered
    return refusal(request.scope, error)


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
    return problem(request.scope, kind, detail, headers=headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    # Where it happened, but not its message: that may quote what the client sent.
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST_FRAMES:]
    log.error(
        "unexpected error",
        request_id=request.scope.get("state", {}).get("request_id"),
        error=type(error).__name__,
        at=[f"{frame.filename}:{frame.lineno}" for frame in frames],
    )
    detail = "this is our fault; the service's log has more under this request_id"
    return problem(request.scope, INTERNAL, detail)


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
