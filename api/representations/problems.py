"""Problems: what a client is told when something went wrong, as problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

PROBLEM_JSON = "application/problem+json"
MOST_FAULTS = 50  # a body with thousands of faults is told about the first ones


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
UNAUTHENTICATED = Kind(401, "unauthenticated", "A key that is good here is needed")
FORBIDDEN = Kind(403, "unauthenticated-exposure", "This service is not open to other machines")
NOT_PERMITTED = Kind(403, "not-permitted", "The key does not allow this")
NOT_FOUND = Kind(404, "not-found", "There is no such thing")
METHOD_NOT_ALLOWED = Kind(405, "method-not-allowed", "This cannot be done here")
NOT_ACCEPTABLE = Kind(406, "not-acceptable", "No acceptable format")
TOO_SLOW = Kind(408, "request-timeout", "The request took too long to arrive")
CONFLICT = Kind(409, "state-conflict", "The present state forbids this")
GONE = Kind(410, "gone", "It was here and is no more")
TOO_LARGE = Kind(413, "body-too-large", "The body is too large")
UNSUPPORTED = Kind(415, "unsupported-media-type", "The body must be JSON")
HEAD_TOO_LARGE = Kind(431, "head-too-large", "The head of the request is too large")
INVALID = Kind(422, "invalid-request", "The request says something that cannot be used")
KEY_REUSED = Kind(422, "idempotency-key-reused", "The key came before with another request")
NO_ENGINE = Kind(422, "engine-unavailable", "The engine is not configured here")
QUEUE_FULL = Kind(429, "queue-full", "Too much work is waiting")
RATE_LIMITED = Kind(429, "rate-limited", "Too many requests in too short a time")
QUOTA_EXCEEDED = Kind(429, "quota-exceeded", "The reactions of the day are used up")
TOO_MANY_STREAMS = Kind(429, "too-many-streams", "Too many streams are open")
INTERNAL = Kind(500, "internal", "Something unexpected happened")
NO_REPLY = Kind(502, "model-failed", "The language model gave nothing to work with")
NO_DATA = Kind(503, "dataset-missing", "There is no customer data yet")
UNAVAILABLE = Kind(503, "unavailable", "A part of the service cannot be used now")
BUSY = Kind(503, "busy", "As much is under way as can be answered in time")
THROTTLED = Kind(503, "model-throttled", "The language model takes no more for now")
DEADLINE = Kind(504, "deadline-exceeded", "No answer in time")

KINDS: tuple[Kind, ...] = (
    MALFORMED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, TOO_SLOW, CONFLICT,
    TOO_LARGE, UNSUPPORTED, INVALID, KEY_REUSED, NO_ENGINE, QUEUE_FULL, INTERNAL, NO_REPLY, NO_DATA,
    UNAVAILABLE, BUSY, THROTTLED, DEADLINE, GONE, UNAUTHENTICATED, NOT_PERMITTED, RATE_LIMITED,
    QUOTA_EXCEEDED, TOO_MANY_STREAMS, HEAD_TOO_LARGE,
)  # fmt: skip


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


def bad_query(name: str, detail: str, code: str) -> Refused:
    """A query parameter that cannot be used."""
    return Refused(INVALID, f"{name}: {detail}", [Fault(query=name, detail=detail, code=code)])


def bad_header(name: str, detail: str, code: str) -> Refused:
    """A header that cannot be used."""
    return Refused(INVALID, f"{name}: {detail}", [Fault(header=name, detail=detail, code=code)])
