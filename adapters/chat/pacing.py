"""Pacing: limits how many calls are under way at once to what the provider takes (AIMD)."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from domain.errors import ChatThrottled, ChatTimedOut
from domain.language_model import ChatModel, Completion, Prompt

INCREASE = 0.25  # chosen: at one, a server that takes one call at a time throttles every other
CALL_SECONDS = 60.0  # chosen: a reply of 900 tokens takes a slow server half of it
DECREASE = 0.7  # chosen as in CUBIC (RFC 9438, 4.6): halving leaves a quarter unused on average


class Pacing:
    """A chat model that lets through `most` calls at once, or fewer while it is throttled.

    Additive increase, multiplicative decrease: the limit falls by DECREASE when a call is
    throttled and rises by INCREASE for as many replies as it allows at once. All calls that were
    under way when it fell met the same load, so their being throttled too lowers it no further.

    Others wait in the order they came. Waiting counts towards the deadline, not towards
    `call_seconds`, after which a call that is under way counts as lost. Belongs to one event loop.
    """

    def __init__(self, chat: ChatModel, most: int, call_seconds: float = CALL_SECONDS) -> None:
        self._chat = chat
        self._most = most
        self._call_seconds = call_seconds
        self._allowed = float(most)
        self._under_way = 0
        self._falls = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def model(self) -> str:
        """See domain.language_model.chat.ChatModel."""
        return self._chat.model

    @property
    def limit(self) -> int:
        """Calls that may be under way at once for now, from 1 to `most`."""
        return int(self._allowed)

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel."""
        ends = time.monotonic() + deadline_seconds
        await self._enter(deadline_seconds)
        falls = self._falls
        try:
            left = min(ends - time.monotonic(), self._call_seconds)
            completion = await self._chat.complete(prompt, deadline_seconds=left)
        except ChatThrottled:
            if falls == self._falls:
                self._fall()
            raise
        else:
            self._rise()
            return completion
        finally:
            self._leave()

    async def _enter(self, deadline_seconds: float) -> None:
        if self._under_way < self.limit and not self._waiting:
            self._under_way += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(deadline_seconds):
                await turn
        except (TimeoutError, asyncio.CancelledError) as given_up:
            if not turn.cancelled():  # its turn came in the moment it gave up
                self._leave()
            if isinstance(given_up, TimeoutError):
                raise ChatTimedOut(deadline_seconds) from given_up
            raise

    def _leave(self) -> None:
        self._under_way -= 1
        while self._waiting and self._under_way < self.limit:
            turn = self._waiting.popleft()
            if not turn.cancelled():
                turn.set_result(None)
                self._under_way += 1

    def _fall(self) -> None:
        self._allowed = max(1.0, self._allowed * DECREASE)
        self._falls += 1

    def _rise(self) -> None:
        self._allowed = min(float(self._most), self._allowed + INCREASE / self._allowed)
