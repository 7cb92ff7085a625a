from __future__ import annotations

import asyncio
from itertools import cycle, islice

import pytest
from aiohttp import web

from adapters.chat.circuit import Circuit
from adapters.chat.pacing import Pacing
from adapters.chat.retries import Retries, RetryPolicy
from domain.errors import (
    ChatBroken,
    ChatFailed,
    ChatRefused,
    ChatThrottled,
    ChatTimedOut,
    ReplyInvalid,
)
from domain.language_model.chat import ChatModel
from tests.fakes.chat_server import Handler, cut_off, failed, refusing, saying, trickle
from tests.fakes.chats import PROMPT, ScriptedChat, cortex, opened

pytestmark = pytest.mark.anyio

HASTY = RetryPolicy(first_wait_seconds=0.002)
THROTTLED = "all requests were throttled by remote service"
TRANSIENT: dict[str, Handler] = {
    "400, a throttle": refusing(400, THROTTLED),
    "408": refusing(408),
    "409": refusing(409),
    "425": refusing(425),
    "429": refusing(429),
    "429, told when": refusing(429, headers={"retry-after": "0.01"}),
    "500": refusing(500),
    "502": refusing(502),
    "503": refusing(503, "inference timed out"),
    "504": refusing(504),
    "hangs up": cut_off,
    "not JSON": saying("<html>"),
    "trickle": trickle,
}
PERMANENT: dict[str, Handler] = {
    "400": refusing(400, "unknown model x"),
    "402": refusing(402, "budget exceeded"),
    "403": refusing(403, "no", "003001"),
    "404": refusing(404),
    "413": refusing(413),
    "422": refusing(422, "json mode output validation error: x"),
}


def whole(chat: ChatModel, concurrency: int = 4, call_seconds: float = 5.0) -> Retries:
    """All wrappers in the order api/wiring/bootstrap.py composes them."""
    return Retries(Pacing(Circuit(chat), concurrency, call_seconds), HASTY)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("fault", TRANSIENT)
async def test_what_passes_is_asked_again(fault: str) -> None:
    async with opened(cortex) as (chat, server):
        server.script.extend([TRANSIENT[fault]] * 2)
        patient = whole(chat, call_seconds=0.3 if fault == "trickle" else 5.0)
        completion = await patient.complete(PROMPT, deadline_seconds=20)
    assert completion.text == server.text
    assert len(server.bodies) == 3


@pytest.mark.parametrize("fault", PERMANENT)
async def test_what_lasts_is_not_asked_again(fault: str) -> None:
    async with opened(cortex) as (chat, server):
        server.script.append(PERMANENT[fault])
        with pytest.raises((ChatRefused, ReplyInvalid)):
            await whole(chat).complete(PROMPT, deadline_seconds=10)
    assert len(server.bodies) == 1


async def test_no_call_is_lost_to_faults_that_pass() -> None:
    faults = list(TRANSIENT.values())[:-1]
    async with opened(cortex, most_connections=20) as (chat, server):
        server.script.extend(islice(cycle(faults), 30))
        model = whole(chat, concurrency=20)
        calls = (model.complete(PROMPT, deadline_seconds=20) for _ in range(200))
        completions = await asyncio.gather(*calls)
    assert [c.text for c in completions] == [server.text] * 200
    assert len(server.bodies) == 230


async def test_a_call_that_waits_holds_no_slot() -> None:
    asked = asyncio.Event()

    async def later(_: web.Request) -> web.Response:
        asked.set()
        return failed(429, "later", headers={"retry-after": "3"})

    async with opened(cortex) as (chat, server):
        server.script.append(later)
        model = whole(chat, concurrency=1)
        throttled = asyncio.create_task(model.complete(PROMPT, deadline_seconds=10))
        await asked.wait()
        assert (await model.complete(PROMPT, deadline_seconds=2)).text == server.text
        assert not throttled.done()
        throttled.cancel()


@pytest.mark.parametrize("deadline", [0.5, 59.0])
async def test_a_wait_beyond_the_deadline_is_not_begun(deadline: float) -> None:
    chat = ScriptedChat([ChatThrottled(retry_after_seconds=60), "too late"])
    with pytest.raises(ChatThrottled):
        await Retries(chat).complete(PROMPT, deadline_seconds=deadline)
    assert len(chat.prompts) == 1


async def test_each_attempt_has_what_is_left_of_the_deadline() -> None:
    chat = ScriptedChat([ChatBroken("x"), ChatTimedOut(1), "hello"])
    await Retries(chat, HASTY).complete(PROMPT, deadline_seconds=10)
    first, second, third = chat.deadlines
    assert 10 >= first > second > third > 0


@pytest.mark.parametrize("error", [ChatBroken("x"), ChatThrottled()])
async def test_the_last_error_is_raised_after_so_many_attempts(error: ChatFailed) -> None:
    chat = ScriptedChat([error])
    with pytest.raises(type(error)):
        await Retries(chat, HASTY).complete(PROMPT, deadline_seconds=10)
    assert len(chat.prompts) == HASTY.attempts


async def test_a_provider_that_is_down_gets_no_storm_of_retries() -> None:
    chat = ScriptedChat([ChatBroken("x")])
    model = Retries(chat, RetryPolicy(first_wait_seconds=0.001, budget_reserve=7))
    calls = (model.complete(PROMPT, deadline_seconds=10) for _ in range(100))
    await asyncio.gather(*calls, return_exceptions=True)
    assert len(chat.prompts) == 107
