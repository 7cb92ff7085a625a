"""Cache: gives a valid reply again, without a request, to a tenant that sends the same prompt."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from adapters.chat.reply_file import ReplyFile
from domain.callers import working_for
from domain.language_model import ChatModel, Completion, Prompt

FORMAT = 2  # to be raised when the same prompt no longer means the same request


@dataclass(frozen=True, slots=True)
class Cached:
    """A chat model that caches the replies its caller has it keep.

    A reply is kept by everything that decides it: the provider, the model and the whole prompt,
    seed included, so that repeats stay different. It is kept for each tenant apart: a reply that
    comes at once and for nothing would reveal that another tenant had asked the same. Without a
    seed a reply is meant to be new each time and none is kept. `provider` names who is asked and
    how.
    """

    chat: ChatModel
    replies: ReplyFile
    provider: str

    @property
    def model(self) -> str:
        """See domain.language_model.chat.ChatModel."""
        return self.chat.model

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel. A cached reply costs no tokens."""
        text = None if prompt.seed is None else self.replies.find(self._key(prompt))
        if text is not None:
            return Completion(text=text, model=self.model, cached=True)
        return await self.chat.complete(prompt, deadline_seconds=deadline_seconds)

    def keep(self, prompt: Prompt, completion: Completion) -> None:
        """See domain.language_model.chat.KeepingChat."""
        if prompt.seed is not None and not completion.truncated:
            self.replies.keep(self._key(prompt), completion.text)

    def _key(self, prompt: Prompt) -> bytes:
        prompt_fields = {part.name: getattr(prompt, part.name) for part in fields(prompt)}
        identity = json.dumps(
            [FORMAT, self.provider, self.model, prompt_fields, working_for.get()], sort_keys=True
        )
        return hashlib.sha256(identity.encode()).digest()


@dataclass(frozen=True, slots=True)
class Uncached:
    """A chat model that keeps nothing, in the shape of one that may."""

    chat: ChatModel

    @property
    def model(self) -> str:
        """See domain.language_model.chat.ChatModel."""
        return self.chat.model

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel."""
        return await self.chat.complete(prompt, deadline_seconds=deadline_seconds)

    def keep(self, prompt: Prompt, completion: Completion) -> None:
        """See domain.language_model.chat.KeepingChat."""


@asynccontextmanager
async def caching(
    chat: ChatModel, path: Path, most_bytes: int, provider: str
) -> AsyncIterator[Cached]:
    """The model with a cache in a file, which is written when the block has been left."""
    replies = ReplyFile(path, most_bytes)
    try:
        await asyncio.to_thread(replies.open)
        yield Cached(chat, replies, provider)
    finally:
        await asyncio.to_thread(replies.close)
