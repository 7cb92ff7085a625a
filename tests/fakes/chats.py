"""Chat models: real adapters over the loopback server, and scripted ones for the domain."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr

from adapters.chat.cortex import Cortex
from adapters.chat.credentials import Token
from adapters.chat.http_transport import open_transport
from adapters.chat.openai_compatible import OpenAICompatible
from domain.language_model.chat import ChatModel, Completion, Prompt
from tests.fakes.chat_server import TOKEN, ChatServer, serving

PROMPT = Prompt(system="Speak.", user=("One.", "Two."), seed=2**40)

Make = Callable[[httpx.AsyncBaseTransport, str], ChatModel]


def cortex(transport: httpx.AsyncBaseTransport, address: str) -> Cortex:
    token = Token(SecretStr(TOKEN), "PROGRAMMATIC_ACCESS_TOKEN")
    return Cortex(transport, address, "claude-haiku-4-5", token)


def openai_compatible(transport: httpx.AsyncBaseTransport, address: str) -> OpenAICompatible:
    return OpenAICompatible(transport, f"{address}/v1", "local-model", SecretStr(TOKEN))


@asynccontextmanager
async def opened(
    make: Make, most_connections: int = 4
) -> AsyncIterator[tuple[ChatModel, ChatServer]]:
    """A chat model and the server it speaks to."""
    async with serving(ChatServer()) as server, open_transport(most_connections) as transport:
        yield make(transport, server.address), server


class ScriptedChat:
    """A chat model that replies or fails as told, the last step for ever, and keeps nothing."""

    def __init__(self, steps: Iterable[str | Completion | Exception]) -> None:
        self.model = "scripted"
        self.prompts: list[Prompt] = []
        self.deadlines: list[float] = []
        self._steps = deque(steps)

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        self.prompts.append(prompt)
        self.deadlines.append(deadline_seconds)
        step = self._steps.popleft() if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Completion):
            return step
        return Completion(text=step, model=self.model, input_tokens=10, output_tokens=5)

    def keep(self, prompt: Prompt, completion: Completion) -> None:
        """See domain.language_model.chat.KeepingChat."""
