from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from adapters.chat.credentials import Token
from adapters.chat.http_transport import open_transport
from adapters.chat.retries import RetryPolicy
from adapters.embeddings.cortex import CortexEmbedder
from adapters.embeddings.retries import RetriedEmbedder
from domain.errors import ChatBroken, ChatFailed, ChatRefused, ChatThrottled, ChatTimedOut
from tests.fakes.chat_server import (
    TOKEN,
    ChatServer,
    Handler,
    cut_in_the_middle,
    cut_off,
    refusing,
    saying,
    serving,
    trickle,
)

pytestmark = pytest.mark.anyio

MODEL = "snowflake-arctic-embed-m-v1.5"
HASTY = RetryPolicy(attempts=3, first_wait_seconds=0.001)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[CortexEmbedder, ChatServer]]:
    token = Token(SecretStr(TOKEN), "PROGRAMMATIC_ACCESS_TOKEN")
    async with serving(ChatServer()) as server, open_transport(4) as transport:
        yield CortexEmbedder(transport, server.address, MODEL, token), server


THROTTLED = "all requests were throttled by remote service"
FAULTS: dict[str, tuple[Handler, type[ChatFailed]]] = {
    "400, a throttle": (
        refusing(400, THROTTLED),
        ChatThrottled,
    ),
    "401": (refusing(401, "expired"), ChatRefused),
    "403": (refusing(403, "no", "003001"), ChatRefused),
    "429": (refusing(429), ChatThrottled),
    "503": (refusing(503, "inference timed out"), ChatBroken),
    "hangs up": (cut_off, ChatBroken),
    "hangs up in the middle": (cut_in_the_middle, ChatBroken),
    "not JSON": (saying("<html>"), ChatBroken),
    "other JSON": (saying('{"choices": []}'), ChatBroken),
    "nothing": (saying('{"data": []}'), ChatBroken),
    "one for two": (saying('{"data": [{"index": 0, "embedding": [[1.0]]}]}'), ChatBroken),
    "another's": (
        saying('{"data": [{"index": 0, "embedding": [[1]]}, {"index": 7, "embedding": [[1]]}]}'),
        ChatBroken,
    ),
    "no list in the list": (saying('{"data": [{"index": 0, "embedding": [1.0]}]}'), ChatBroken),
    "trickle": (trickle, ChatTimedOut),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_becomes_the_error_that_says_what_to_do(fault: str) -> None:
    handler, expected = FAULTS[fault]
    async with opened() as (embedder, server):
        server.script.append(handler)
        seconds = 0.3 if fault == "trickle" else 5
        with pytest.raises(expected) as caught:
            await embedder.embed(["secret", "two"], "query", deadline_seconds=seconds)
        assert len(await embedder.embed(["one"], "query", deadline_seconds=5)) == 1
    assert TOKEN not in f"{caught.value!r} {embedder!r}"
    assert "secret" not in f"{caught.value!r}"


async def test_what_may_succeed_a_moment_later_is_asked_again() -> None:
    async with opened() as (embedder, server):
        server.script.extend([refusing(429), cut_off])
        rows = await RetriedEmbedder(embedder, HASTY).embed(["one"], "query", deadline_seconds=5)
    assert (len(rows), len(server.bodies)) == (1, 3)


async def test_what_is_refused_for_good_is_not_asked_again() -> None:
    async with opened() as (embedder, server):
        server.script.append(refusing(403))
        with pytest.raises(ChatRefused):
            await RetriedEmbedder(embedder, HASTY).embed(["one"], "query", deadline_seconds=5)
    assert len(server.bodies) == 1
