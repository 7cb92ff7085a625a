"""Validated reply: a language model asked until its reply is valid, and what that took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from domain.errors import ChatTimedOut, ReplyInvalid
from domain.language_model.chat import Completion, KeepingChat, Prompt
from domain.language_model.prompts import corrected

T = TypeVar("T")

ATTEMPTS = 3  # a first question and two corrective ones
DEADLINE_SECONDS = 110.0  # see api/jobs/deadlines.py
GRACE_SECONDS = 1.0  # for a chat model that is about to say itself why it is late


@dataclass(slots=True)
class Exchange:
    """One question put to a model, again when the reply is no good, and what that took."""

    chat: KeepingChat
    deadline_seconds: float = DEADLINE_SECONDS
    started: float = field(default_factory=time.monotonic)
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached: bool = False
    estimated: bool = False

    async def until_valid(self, prompt: Prompt, read: Callable[[Completion], T]) -> T:
        """What `read` makes of the first reply it accepts.

        `read` raises ReplyInvalid. So does this, after ATTEMPTS replies, with the last fault. The
        reply accepted is kept for the first question, so that asking it again needs no correction.
        """
        question = prompt
        while True:
            try:
                completion = await self._complete(prompt)
                reply = read(completion)
            except ReplyInvalid as refused:
                if self.attempts >= ATTEMPTS:
                    fault = f"{refused.fault} (the last of {ATTEMPTS} replies)"
                    raise ReplyInvalid(fault, truncated=refused.truncated) from refused
                prompt = corrected(prompt, refused)
            else:
                self._keep(question, completion)
                return reply

    def usage(self) -> dict[str, object]:
        """What all of it took, as a domain.reactions.Provenance has it."""
        return {
            "attempts": max(self.attempts, 1),
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "tokens_estimated": self.estimated,
            "cached": self.cached,
        }

    async def _complete(self, prompt: Prompt) -> Completion:
        left = self.started + self.deadline_seconds - time.monotonic()
        if left <= 0:
            raise ChatTimedOut(self.deadline_seconds)
        self.attempts += 1
        try:
            async with asyncio.timeout(left + GRACE_SECONDS):
                completion = await self.chat.complete(prompt, deadline_seconds=left)
        except TimeoutError as error:
            raise ChatTimedOut(self.deadline_seconds) from error
        self.input_tokens += completion.input_tokens
        self.output_tokens += completion.output_tokens
        self.cached = completion.cached
        self.estimated |= completion.estimated
        return completion

    def _keep(self, question: Prompt, completion: Completion) -> None:
        if not completion.cached:
            self.chat.keep(question, completion)
