from __future__ import annotations

import asyncio

import pytest

from adapters.chat.circuit import Circuit
from domain.errors import ChatRefused
from tests.fakes.chats import PROMPT, ScriptedChat

pytestmark = pytest.mark.anyio

SPENT = ChatRefused("the budget is spent", "raise it", lasting=True)
TOO_LONG = ChatRefused("the prompt is too long", "shorten it", lasting=False)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_lasting_refusal_is_repeated_without_asking() -> None:
    chat = ScriptedChat([SPENT])
    circuit = Circuit(chat)
    for _ in range(3):
        with pytest.raises(ChatRefused, match="budget is spent; raise it"):
            await circuit.complete(PROMPT, deadline_seconds=5)
    assert len(chat.prompts) == 1


async def test_a_refusal_of_one_prompt_stops_no_other() -> None:
    chat = ScriptedChat([TOO_LONG, "hello"])
    circuit = Circuit(chat)
    with pytest.raises(ChatRefused):
        await circuit.complete(PROMPT, deadline_seconds=5)
    assert (await circuit.complete(PROMPT, deadline_seconds=5)).text == "hello"


async def test_after_a_while_one_call_tries_and_closes_the_circuit() -> None:
    now = [0.0]
    chat = ScriptedChat([SPENT, SPENT, "hello"])
    circuit = Circuit(chat, cool_down_seconds=30, clock=lambda: now[0])
    for _ in range(2):
        calls = (circuit.complete(PROMPT, deadline_seconds=5) for _ in range(4))
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(outcome, ChatRefused) for outcome in outcomes)
        now[0] += 31
    assert len(chat.prompts) == 2
    for _ in range(4):
        assert (await circuit.complete(PROMPT, deadline_seconds=5)).text == "hello"
