"""SQL failures: maps the message of a failed AI call in SQL to the error REST would give.

A statement or a row of it fails with a text, which is matched and never passed on: it may quote the
prompt. The texts are those of Snowflake's documentation and of public reports.
"""

from __future__ import annotations

import re

from snowflake.connector.errors import Error

from adapters.chat.completions import failure_for
from adapters.snowflake.sessions import (
    LOGIN_REFUSED,
    OBJECT_MISSING,
    STATEMENT_TIMEOUT,
    SessionLost,
)
from domain.errors import (
    ChatBroken,
    ChatFailed,
    ChatRefused,
    ChatTimedOut,
    ReplyInvalid,
    Unavailable,
)

TIMED_OUT = 504
REMOTE_STATUS = re.compile(r"remote service error: (\d{3})\b")
STATEMENT_REFUSED = re.compile(r"sql compilation error|no active warehouse", re.IGNORECASE)
CUT_SHORT = re.compile(r"unexpected end of json|max_tokens", re.IGNORECASE)
# A pattern of the message, the status REST gives it, and the text by which failure_for knows it;
# the first that fits. A text without either is taken for a fault of the provider, which may pass.
KNOWN: tuple[tuple[re.Pattern[str], int, bytes], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), status, canonical)
    for pattern, status, canonical in (
        (r"throttled|too many requests|rate limit", 429, b""),
        (r"json mode output validation|error in output validation", 422, b""),
        (r"context window|max tokens of count|prompt is too long|too many tokens", 413, b""),
        (r"unknown model|model\b.{0,80}\b(unavailable|not available|not supported|not found)",
         400, b"unknown model"),
        (r"budget exceeded|spending limit", 402, b""),
        (r"not authorized|insufficient privileges|access denied|not allowed", 403, b""),
        (r"timed out|timeout", TIMED_OUT, b""),
    )
)  # fmt: skip


def failure_of_row(message: str, seconds: float) -> ChatFailed:
    """The error for the `error` of one row. `seconds` is how long the statement took."""
    return _failure(message, "in SQL", seconds)


def failure_of_statement(refused: Unavailable, seconds: float) -> ChatFailed:
    """The error for a statement that failed as a whole after this many seconds."""
    error = refused.__cause__
    if isinstance(refused, SessionLost) or not isinstance(error, Error):
        return ChatBroken("Snowflake")
    number = error.errno or 0
    label = f"error {number}"
    if number in LOGIN_REFUSED:
        return failure_for(401, b"", label, None)
    if number in OBJECT_MISSING:
        reason = f"AI functions are missing or hidden ({label})"
        remedy = "grant the role USE AI FUNCTIONS and SNOWFLAKE.CORTEX_USER"
        return ChatRefused(reason, remedy, lasting=True)
    if number in STATEMENT_TIMEOUT:
        return ChatTimedOut(seconds)
    return _failure(error.msg or "", label, seconds)


def concerns_one_prompt(failure: ChatFailed) -> bool:
    """Whether a statement failed for what one of its prompts, or the reply to it, was like."""
    if isinstance(failure, ChatRefused):
        return not failure.lasting
    return isinstance(failure, ReplyInvalid)


def _failure(message: str, label: str, seconds: float) -> ChatFailed:
    status, canonical = _status(message)
    if status == 500 and STATEMENT_REFUSED.search(message):
        remedy = "give the role a warehouse, and see whether the account has AI_COMPLETE"
        return ChatRefused(f"Snowflake does not take it ({label})", remedy, lasting=True)
    if status == TIMED_OUT:
        return ChatTimedOut(seconds)
    if status == 422 and CUT_SHORT.search(message):
        return ReplyInvalid("it was cut short; write less", truncated=True)
    return failure_for(status, canonical, label, None)


def _status(message: str) -> tuple[int, bytes]:
    for pattern, status, canonical in KNOWN:
        if pattern.search(message):
            return status, canonical
    remote = REMOTE_STATUS.search(message)
    return (int(remote[1]) if remote else 500), b""
