"""Streams and clients that do not take what they asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message

from api.http.streams import Stream

pytestmark = pytest.mark.anyio

SCOPE = {"type": "http", "asgi": {"spec_version": "2.3"}}


class Endless:
    """Bytes without an end; knows whether somebody still takes them."""

    def __init__(self) -> None:
        self.open = True

    async def __call__(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                await asyncio.sleep(0)
                yield b"x"
        finally:
            self.open = False


async def nothing() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_client_that_takes_nothing_is_given_up() -> None:
    endless = Endless()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) > 3:
            await asyncio.Event().wait()

    async with asyncio.timeout(20):
        await Stream(endless(), "text/plain", stalled_seconds=0.05)(SCOPE, nothing, send)

    assert not endless.open
    assert len(sent) == 4


async def test_a_client_that_is_gone_is_noticed() -> None:
    endless, gone = Endless(), asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message.get("body"):
            gone.set()

    async with asyncio.timeout(20):
        await Stream(endless(), "text/plain")(SCOPE, receive, send)

    assert not endless.open
