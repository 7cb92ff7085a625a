"""Chat: what is put to a language model, what comes back, and the port that carries both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

Schema = Mapping[str, Any]  # JSON Schema, which is JSON by definition


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a language model.

    `system` is our own text. `user` holds blocks that may carry words of strangers, in the order
    they are read. `schema` is the shape the reply must have, None for free text.
    """

    system: str
    user: tuple[str, ...]
    schema: Schema | None = None
    max_tokens: int = 900
    temperature: float = 0.7
    seed: int | None = None

    @property
    def most_input_tokens(self) -> int:
        """The most tokens this can be, the marks of a chat template aside: none is under a byte."""
        shape = () if self.schema is None else (json.dumps(self.schema),)
        texts = (self.system, *self.user, *shape)
        return sum(len(text.encode(errors="surrogatepass")) for text in texts)

    def asked_again(self, block: str, *, max_tokens: int, temperature: float) -> Prompt:
        """The same question with one more block at its end."""
        return replace(
            self, user=(*self.user, block), max_tokens=max_tokens, temperature=temperature
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply as it came.

    `truncated`: it stopped for want of tokens, not because it was over. `cached`: it was given
    before to the same prompt, and no tokens were spent on it now. `estimated`: the provider told no
    count that can be true, and the tokens are the most they can have been. `refused` says, in words
    fit for the model, why nothing of it was passed on: `text` is then empty.
    """

    text: str
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    truncated: bool = False
    cached: bool = False
    estimated: bool = False
    refused: str | None = None


class ChatModel(Protocol):
    """A language model that moves text and nothing else."""

    @property
    def model(self) -> str:
        """The name of the model asked, as its provider spells it."""
        ...

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """The model's reply, or a ChatFailed error within the deadline, waiting included.

        Raises ChatThrottled, ChatRefused, ChatTimedOut, ChatBroken, and ReplyInvalid where the
        provider itself found that the reply breaks the schema.
        """
        ...


class KeepingChat(ChatModel, Protocol):
    """A chat model that may give a reply again to the same prompt, if it was told to keep it."""

    def keep(self, prompt: Prompt, completion: Completion) -> None:
        """Take note that this reply to this prompt is valid. Neither waits nor fails."""
        ...
