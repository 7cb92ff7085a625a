"""Answer stream: what a persona says as server-sent events, by sentence, the whole at the end.

No engine is heard while it thinks: a reply counts once it is read and valid, so the words start
when it is complete, and a comment keeps the connection open until then.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterator

from fastapi.sse import format_sse_event
from starlette.types import Scope

from api.http.errors import as_problem
from domain.interview import Turn
from domain.reactions import Answer, Reaction

PING_SECONDS = 15.0  # proxies hang up after 60 s of silence, Snowflake's after 90 s
PING = format_sse_event(comment="thinking")
SENTENCE = re.compile(r"(?<=[.!?])\s+")
TEXTS = ("initial_reaction", "reasoning", "what_would_change_mind", "sample_verbatim")


async def pings_until(done: asyncio.Future[Turn]) -> AsyncGenerator[bytes, None]:
    """A comment at once and every PING_SECONDS until something is done, however it ends."""
    while not done.done():
        yield PING
        await asyncio.wait({done}, timeout=PING_SECONDS)


def end_of(turn: asyncio.Task[Turn], scope: Scope) -> Iterator[bytes]:
    """The words of a turn that is over, or the problem it ended in as an `error` event."""
    error = turn.exception()
    if error is None:
        yield from words_of(turn.result().reply)
    elif isinstance(error, Exception):
        yield format_sse_event(
            event="error", data_str=bytes(as_problem(scope, error).body).decode()
        )
    else:
        raise error


def words_of(reply: Reaction | Answer) -> Iterator[bytes]:
    """A `words` event for each sentence, then `reaction` or `answer` with all of it."""
    if isinstance(reply, Reaction):
        texts, name = {field: str(getattr(reply, field)) for field in TEXTS}, "reaction"
    else:
        texts, name = {"text": reply.text}, "answer"
    for field, text in texts.items():
        for sentence in SENTENCE.split(text):
            data = json.dumps({"field": field, "text": sentence})
            yield format_sse_event(event="words", data_str=data)
    yield format_sse_event(event=name, data_str=reply.model_dump_json())
