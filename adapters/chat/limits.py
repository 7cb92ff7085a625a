"""Limits: so many calls under way at once and none for longer than so long, whoever makes them."""

from __future__ import annotations

import asyncio
import time

from domain.chat import ChatModel, Completion, Prompt
from domain.errors import ChatTimedOut


class Limits:
    """A chat model that lets `concurrency` calls through at once; others wait in their order.

    Waiting counts towards the deadline, not towards `call_seconds`, after which a call that is
    under way counts as lost. Belongs to one event loop.
    """

    def __init__(self, chat: ChatModel, concurrency: int, call_seconds: float = 60.0) -> None:
        self._chat = chat
        self._call_seconds = call_seconds
        self._slots = asyncio.Semaphore(concurrency)

    @property
    def model(self) -> str:
        """See domain.chat.ChatModel."""
        return self._chat.model

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.chat.ChatModel."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._slots.acquire()
        except TimeoutError as error:
            raise ChatTimedOut(deadline_seconds) from error
        try:
            left = deadline_seconds - (time.monotonic() - started)
            return await self._chat.complete(prompt, deadline_seconds=min(left, self._call_seconds))
        finally:
            self._slots.release()
