"""What every ChatModel over HTTP promises, put to each adapter."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from adapters.chat.http_transport import open_transport
from domain.errors import (
    ChatBroken,
    ChatFailed,
    ChatRefused,
    ChatThrottled,
    ChatTimedOut,
    ReplyInvalid,
)
from domain.language_model.replies import reaction_schema
from tests.fakes.chat_server import (
    TOKEN,
    Handler,
    compressed,
    counting,
    cut_in_the_middle,
    cut_off,
    refusing,
    saying,
    trickle,
    truncated,
)
from tests.fakes.chats import PROMPT, Make, cortex, openai_compatible, opened

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("make", [cortex, openai_compatible]),
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_prompt_arrives_as_one_system_and_one_user_message(make: Make) -> None:
    async with opened(make) as (chat, server):
        completion = await chat.complete(PROMPT, deadline_seconds=5)
    assert completion.text == server.text
    assert completion.model == chat.model
    assert server.bodies[0]["messages"] == [
        {"role": "system", "content": "Speak."},
        {"role": "user", "content": "One.\n\nTwo."},
    ]


async def test_the_schema_of_a_reaction_is_one_that_servers_take(make: Make) -> None:
    async with opened(make) as (chat, server):
        await chat.complete(replace(PROMPT, schema=reaction_schema()), deadline_seconds=5)
    sent = server.bodies[0]["response_format"]["json_schema"]["schema"]
    assert sent == reaction_schema()


async def test_tokens_are_counted_with_those_left_out_of_the_prompt(make: Make) -> None:
    async with opened(make) as (chat, _):
        completion = await chat.complete(PROMPT, deadline_seconds=5)
    assert (completion.input_tokens, completion.output_tokens) == (130, 20)


@pytest.mark.parametrize(
    "usage",
    [
        "",
        "null",
        "[]",
        '"many"',
        "{}",
        '{"prompt_tokens": -1, "completion_tokens": -20, "total_tokens": -21}',
        '{"prompt_tokens": 9223372036854775808, "completion_tokens": 1e400}',
        '{"prompt_tokens": NaN, "completion_tokens": "20"}',
        '{"prompt_tokens": 1.5, "completion_tokens": true, "total_tokens": {}}',
        '{"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}',
        '{"prompt_tokens": [100], "completion_tokens": null}',
    ],
)
async def test_tokens_that_cannot_be_true_count_as_the_most_they_can_have_been(
    make: Make, usage: str
) -> None:
    async with opened(make) as (chat, server):
        server.script.append(counting(usage))
        completion = await chat.complete(PROMPT, deadline_seconds=5)
    assert completion.text == server.text
    assert (completion.estimated, completion.truncated) == (True, False)
    assert completion.input_tokens == PROMPT.most_input_tokens == len(b"Speak.One.Two.")
    assert completion.output_tokens == PROMPT.max_tokens


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ('{"prompt_tokens": 100, "total_tokens": 130}', (100, 30)),
        ('{"completion_tokens": 30, "total_tokens": 130}', (100, 30)),
        ('{"prompt_tokens": 100, "completion_tokens": 30, "total_tokens": -7}', (100, 30)),
    ],
)
async def test_a_count_left_out_follows_from_the_other_two(
    make: Make, usage: str, tokens: tuple[int, int]
) -> None:
    async with opened(make) as (chat, server):
        server.script.append(counting(usage))
        completion = await chat.complete(PROMPT, deadline_seconds=5)
    assert (completion.input_tokens, completion.output_tokens) == tokens
    assert not completion.estimated


async def test_a_reply_that_ran_out_of_tokens_is_marked(make: Make) -> None:
    async with opened(make) as (chat, server):
        server.script.append(truncated('{"initial_'))
        assert (await chat.complete(PROMPT, deadline_seconds=5)).truncated
        assert not (await chat.complete(PROMPT, deadline_seconds=5)).truncated


async def test_a_compressed_reply_is_read(make: Make) -> None:
    async with opened(make) as (chat, server):
        server.script.append(compressed(server.text))
        assert (await chat.complete(PROMPT, deadline_seconds=5)).text == server.text
    assert server.headers[0]["accept-encoding"] == "gzip, deflate"


THROTTLED = "all requests were throttled by remote service"
FAULTS: dict[str, tuple[Handler, type[ChatFailed]]] = {
    "400, unknown model": (refusing(400, "unknown model x"), ChatRefused),
    "400, options": (refusing(400, "invalid options object"), ChatRefused),
    "400, too long": (refusing(400, "max tokens of count exceeded"), ChatRefused),
    "400, a throttle": (refusing(400, THROTTLED), ChatThrottled),
    "401": (refusing(401, "expired"), ChatRefused),
    "402": (refusing(402, "budget exceeded"), ChatRefused),
    "403": (refusing(403, "no", "003001"), ChatRefused),
    "404": (refusing(404), ChatRefused),
    "405": (refusing(405), ChatRefused),
    "408": (refusing(408), ChatBroken),
    "409": (refusing(409), ChatBroken),
    "413": (refusing(413), ChatRefused),
    "422": (refusing(422, "json mode output validation error: x"), ReplyInvalid),
    "425": (refusing(425), ChatBroken),
    "429": (refusing(429), ChatThrottled),
    "500": (refusing(500), ChatBroken),
    "502": (refusing(502), ChatBroken),
    "503": (refusing(503, "inference timed out"), ChatBroken),
    "504": (refusing(504), ChatBroken),
    "redirect": (refusing(302, headers={"location": "/elsewhere"}), ChatRefused),
    "hangs up": (cut_off, ChatBroken),
    "hangs up in the middle": (cut_in_the_middle, ChatBroken),
    "not JSON": (saying("<html>"), ChatBroken),
    "half of a JSON": (saying('{"choices": [{"message"'), ChatBroken),
    "other JSON": (saying('{"choices": [{"text": "hi"}]}'), ChatBroken),
    "no choice": (saying('{"choices": []}'), ChatBroken),
    "too much": (saying(f'"{"x" * 5_000_000}"'), ChatBroken),
    "trickle": (trickle, ChatTimedOut),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_becomes_the_error_that_says_what_to_do(make: Make, fault: str) -> None:
    handler, expected = FAULTS[fault]
    async with opened(make) as (chat, server):
        server.script.append(handler)
        with pytest.raises(expected):
            await chat.complete(PROMPT, deadline_seconds=0.3 if fault == "trickle" else 5)
        assert (await chat.complete(PROMPT, deadline_seconds=5)).text == server.text


@pytest.mark.parametrize("said", ["7", "0.5"])
async def test_the_providers_own_waiting_time_is_passed_on(make: Make, said: str) -> None:
    async with opened(make) as (chat, server):
        server.script.append(refusing(429, headers={"retry-after": said}))
        with pytest.raises(ChatThrottled) as caught:
            await chat.complete(PROMPT, deadline_seconds=5)
    assert caught.value.retry_after_seconds == float(said)


async def test_nobody_listening_is_a_broken_connection(make: Make) -> None:
    async with opened(make) as (_, server):
        gone = server.address
    async with opened(lambda client, _: make(client, gone)) as (chat, _):
        with pytest.raises(ChatBroken):
            await chat.complete(PROMPT, deadline_seconds=5)


async def test_connections_are_kept_and_no_more_than_allowed_are_opened(make: Make) -> None:
    async with opened(make, most_connections=8) as (chat, server):
        server.seconds = 0.002
        calls = (chat.complete(PROMPT, deadline_seconds=30) for _ in range(200))
        await asyncio.gather(*calls)
    assert len(server.bodies) == 200
    assert len(server.connections) <= 8


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
async def test_no_secret_and_no_word_of_the_provider_gets_out(
    make: Make, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with opened(make) as (chat, server):
        server.script.append(refusing(status, f"you sent {TOKEN} and Speak."))
        with pytest.raises(ChatFailed) as caught:
            await chat.complete(PROMPT, deadline_seconds=5)
    shown = f"{chat!r} {caught.value!r} {caught.value} {caplog.text}"
    assert TOKEN not in shown
    assert "Speak." not in shown


@pytest.mark.parametrize(
    ("fault", "may_cost"),
    [
        (cut_off, True),
        (cut_in_the_middle, True),
        (saying("<html>"), True),
        (refusing(504), True),
        (refusing(500), False),
        (refusing(429), False),
        (refusing(403), False),
    ],
)
async def test_a_failure_tells_whether_its_request_may_cost_something(
    make: Make, fault: Handler, may_cost: bool
) -> None:
    async with opened(make) as (chat, server):
        server.script.append(fault)
        with pytest.raises(ChatFailed) as failed:
            await chat.complete(PROMPT, deadline_seconds=5)
    assert (failed.value.reached, failed.value.may_cost) == (True, may_cost)


async def test_a_request_that_nobody_took_costs_nothing(make: Make) -> None:
    async with opened(make) as (_, server):
        address = server.address
    async with open_transport(1) as transport:
        with pytest.raises(ChatBroken) as failed:
            await make(transport, address).complete(PROMPT, deadline_seconds=5)
    assert (failed.value.reached, failed.value.may_cost) == (False, False)
