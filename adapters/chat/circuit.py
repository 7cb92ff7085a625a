"""Circuit breaker: stops calling a provider for a while once it has refused for good."""

from __future__ import annotations

import time
from collections.abc import Callable

from domain.errors import ChatRefused
from domain.language_model import ChatModel, Completion, Prompt

COOL_DOWN_SECONDS = 30.0  # chosen: short enough for whoever has just mended it


class Circuit:
    """A chat model that repeats a lasting refusal without asking again.

    Every `cool_down_seconds` one call is let through, and a reply to it closes the circuit.
    `clock` gives seconds that only go forward.
    """

    def __init__(
        self,
        chat: ChatModel,
        cool_down_seconds: float = COOL_DOWN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chat = chat
        self._cool_down_seconds = cool_down_seconds
        self._clock = clock
        self._refusal: ChatRefused | None = None
        self._next_try = 0.0

    @property
    def model(self) -> str:
        """See domain.language_model.chat.ChatModel."""
        return self._chat.model

    @property
    def open(self) -> bool:
        """Whether the provider has refused for good and not replied since."""
        return self._refusal is not None

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel."""
        self._stop_if_open()
        try:
            completion = await self._chat.complete(prompt, deadline_seconds=deadline_seconds)
        except ChatRefused as refusal:
            if refusal.lasting:
                self._refusal = refusal
                self._next_try = self._clock() + self._cool_down_seconds
            raise
        self._refusal = None
        return completion

    def _stop_if_open(self) -> None:
        if self._refusal is None:
            return
        if self._clock() < self._next_try:
            raise ChatRefused(self._refusal.reason, self._refusal.remedy, lasting=True)
        self._next_try = self._clock() + self._cool_down_seconds
