"""Calls gathered into statements, on fakesnow with a stand-in for AI_COMPLETE."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from adapters.chat.cortex_sql import CortexSql
from adapters.chat.retries import Retries, RetryPolicy
from domain.errors import ChatRefused, ChatThrottled, ChatTimedOut
from domain.language_model.chat import Completion, Prompt
from tests.fakes.ai_server import AiServer

pytestmark = pytest.mark.anyio

PROMPT = Prompt("Speak.", ("One.",))
LONG = 30.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def opened(ai: AiServer, statements: int = 4, gathering: float = 0.05) -> Iterator[CortexSql]:
    chat = CortexSql(ai.sessions, "claude-haiku-4-5", statements, gathering)
    try:
        yield chat
    finally:
        chat.close()


def asking(text: str) -> Prompt:
    return replace(PROMPT, user=(text,))


async def test_calls_that_come_together_are_one_statement(ai: AiServer) -> None:
    with opened(ai) as chat:
        calls = (chat.complete(asking(f"{i}."), deadline_seconds=LONG) for i in range(200))
        outcomes = await asyncio.gather(*calls)
    assert [s.text for s in outcomes] == [f"heard Speak.\n\n{i}." for i in range(200)]
    assert len({call["statement"] for call in ai.calls()}) == 1


async def test_calls_that_come_apart_are_statements_of_their_own(ai: AiServer) -> None:
    with opened(ai, gathering=0.0) as chat:
        await chat.complete(PROMPT, deadline_seconds=LONG)
        await chat.complete(PROMPT, deadline_seconds=LONG)
    assert len({call["statement"] for call in ai.calls()}) == 2


async def test_a_full_statement_waits_for_nobody(ai: AiServer) -> None:
    with opened(ai, gathering=3_600) as chat:
        calls = (chat.complete(asking(f"{i}."), deadline_seconds=LONG) for i in range(256))
        assert len(await asyncio.gather(*calls)) == 256


async def test_each_call_gets_its_own_outcome(ai: AiServer) -> None:
    texts = ["One.", "<<error: Over model context window>>", "<<error: throttled>>"]
    with opened(ai) as chat:
        calls = (chat.complete(asking(text), deadline_seconds=LONG) for text in texts)
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(s) for s in outcomes] == [Completion, ChatRefused, ChatThrottled]


async def test_a_call_ends_with_its_deadline_and_leaves_the_others_alone(ai: AiServer) -> None:
    with opened(ai) as chat:
        patient = asyncio.create_task(chat.complete(PROMPT, deadline_seconds=LONG))
        with pytest.raises(ChatTimedOut):
            await chat.complete(asking("<<wait: 0.5>>"), deadline_seconds=0.2)
        assert (await patient).text == "heard Speak.\n\nOne."


async def test_whoever_gave_up_before_the_statement_began_is_not_asked_about(ai: AiServer) -> None:
    with opened(ai, statements=1, gathering=0.0) as chat:
        slow = asyncio.create_task(chat.complete(asking("<<wait: 0.5>>"), deadline_seconds=LONG))
        await asyncio.sleep(0.05)
        with pytest.raises(ChatTimedOut):
            await chat.complete(asking("Never asked."), deadline_seconds=0.05)
        await slow
        await chat.complete(asking("Last."), deadline_seconds=LONG)
    assert "Never" not in str(ai.calls())


async def test_what_is_asked_again_goes_into_a_new_statement(ai: AiServer) -> None:
    with opened(ai) as chat:
        retried = Retries(chat, RetryPolicy(attempts=3, first_wait_seconds=0.001))
        with pytest.raises(ChatThrottled):
            await retried.complete(asking("<<error: throttled>>"), deadline_seconds=LONG)
    assert len({call["statement"] for call in ai.calls()}) == 3
