"""Heads: the head of a request is small, or it is refused before more of it is kept.

Neither parser of HTTP bounds what it gathers: one copies a header once more with every piece that
comes, both take any number of them. What is refused here never reaches the application, so that the
answer is written to the connection itself, as a problem like every other.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Protocol

import structlog
from starlette.responses import Response

from api.representations.problems import HEAD_TOO_LARGE, MALFORMED, problem

MOST_HEAD_BYTES = 64 * 1024  # chosen: 16 times what browsers with large cookies send
MOST_HEADERS = 200  # chosen: twice what servers commonly take
TOO_LARGE = f"a head may have {MOST_HEAD_BYTES // 1024} KB and {MOST_HEADERS} headers; send less"
LINGER_SECONDS = 0.5  # chosen: a client that still sends has so long to read why it need not
MOST_DROPPED_BYTES = 256 * 1024  # chosen: what a kernel holds of what was sent before the answer
UNREADABLE = "this is not HTTP/1.1; see the head or the framing of the body"

log = structlog.stdlib.get_logger()


class Cycle(Protocol):
    """What both of uvicorn's parsers know of a request and its answer."""

    more_body: bool
    response_started: bool
    response_complete: bool


def too_large(head_bytes: int, headers: int) -> bool:
    """Whether a head has more than it may have."""
    return head_bytes > MOST_HEAD_BYTES or headers > MOST_HEADERS


def answer_due(cycle: Cycle | None) -> bool:
    """Whether an answer is under way to a request that was whole, or has begun."""
    if cycle is None or cycle.response_complete:
        return False
    return cycle.response_started or not cycle.more_body


class Refusal:
    """The end of a connection whose head was refused.

    Hanging up on somebody who is sending resets the connection, and the answer may be lost with it
    (RFC 9112, section 9.6): our side is closed first, the other a moment later.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._dropped_bytes = 0
        if transport.can_write_eof():
            transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.close)

    def drop(self, data: bytes) -> None:
        """Drop what is sent all the same, and hang up on who goes on."""
        self._dropped_bytes += len(data)
        if self._dropped_bytes > MOST_DROPPED_BYTES:
            self._transport.close()


def refuse_head(transport: asyncio.Transport, *, large: bool) -> Refusal:
    """Say why what came is no request, and begin to hang up."""
    request_id = f"req_{secrets.token_hex(16)}"
    kind, detail = (HEAD_TOO_LARGE, TOO_LARGE) if large else (MALFORMED, UNREADABLE)
    scope = {"state": {"request_id": request_id}}
    log.info("request", status=kind.status, request_id=request_id, method=None, route=None)
    answer = problem(scope, kind, detail, headers={"Connection": "close"})
    transport.write(_wire(answer, kind.status))
    return Refusal(transport)


def _wire(answer: Response, status: int) -> bytes:
    lines = [b"HTTP/1.1 %d " % status, *(b"%b: %b" % each for each in answer.raw_headers)]
    return b"\r\n".join([*lines, b"", bytes(answer.body)])
