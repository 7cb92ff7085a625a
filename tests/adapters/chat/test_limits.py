from __future__ import annotations

import asyncio

import pytest

from adapters.chat.limits import Limits
from domain.errors import ChatTimedOut
from tests.fakes.chats import PROMPT, ScriptedChat, cortex, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_no_more_calls_are_under_way_than_allowed() -> None:
    async with opened(cortex, most_connections=50) as (chat, server):
        server.seconds = 0.01
        limited = Limits(chat, 3)
        await asyncio.gather(*(limited.complete(PROMPT, deadline_seconds=30) for _ in range(20)))
    assert server.most_at_once == 3


async def test_waiting_for_a_slot_ends_with_the_deadline() -> None:
    async with opened(cortex) as (chat, server):
        server.seconds = 0.15
        limited = Limits(chat, 1)
        first = asyncio.create_task(limited.complete(PROMPT, deadline_seconds=5))
        await asyncio.sleep(0)
        with pytest.raises(ChatTimedOut):
            await limited.complete(PROMPT, deadline_seconds=0.05)
        await first
        await limited.complete(PROMPT, deadline_seconds=5)
    assert len(server.bodies) == 2


async def test_a_call_has_no_longer_than_a_call_may_take() -> None:
    chat = ScriptedChat(["hello"])
    await Limits(chat, 1, call_seconds=60).complete(PROMPT, deadline_seconds=100)
    await Limits(chat, 1, call_seconds=60).complete(PROMPT, deadline_seconds=10)
    assert chat.deadlines[0] == 60
    assert 9 < chat.deadlines[1] <= 10
