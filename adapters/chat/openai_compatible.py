"""OpenAI-compatible: any server with OpenAI's chat completions (vLLM, Ollama, most vendors)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, assert_never

import httpx
from pydantic import SecretStr

from adapters.chat.completions import completion_of, messages_of, schema_format
from adapters.chat.http_transport import bearer, post
from domain.language_model import Completion, Prompt

ReplyFormat = Literal["json_schema", "json_object", "text"]

SEEDS = 2**31  # what every server takes as a seed
# These reason before they speak, count that as output and take neither `max_tokens` nor a
# temperature (OpenAI API reference, chat completions).
REASONING_MODELS = ("gpt-5", "o1", "o3", "o4")
REASONING_TOKENS = 2_000  # chosen: room to reason beside the reply


@dataclass(frozen=True, slots=True)
class OpenAICompatible:
    """A model of the server at `base_url`, such as `https://host/v1`.

    `reply_format` is what the server can be bound to; with less than json_schema the prompt's own
    words must do. llama-cpp-python answers 500 to json_schema for ever: use json_object there.
    """

    transport: httpx.AsyncBaseTransport
    base_url: str
    model: str
    api_key: SecretStr | None = None
    reply_format: ReplyFormat = "json_schema"

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel."""
        url = f"{self.base_url.rstrip('/')}/chat/completions"
        headers, body = self._headers(), self._body(prompt)
        reply = await post(self.transport, url, headers, body, deadline_seconds=deadline_seconds)
        return completion_of(reply, self.model, prompt, self._most_tokens(prompt))

    def _headers(self) -> dict[str, str]:
        if self.api_key is None:
            return {}
        return {"authorization": bearer(self.api_key.get_secret_value())}

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "messages": messages_of(prompt)}
        most_tokens = self._most_tokens(prompt)
        if self._reasons:
            body |= {"max_completion_tokens": most_tokens}
        else:
            body |= {"max_tokens": most_tokens, "temperature": prompt.temperature}
        if prompt.seed is not None:
            body["seed"] = prompt.seed % SEEDS
        return body | self._format(prompt)

    def _format(self, prompt: Prompt) -> dict[str, Any]:
        if prompt.schema is None:
            return {}
        match self.reply_format:
            case "text":
                return {}
            case "json_object":
                return {"response_format": {"type": "json_object"}}
            case "json_schema":
                return {"response_format": schema_format(prompt.schema, strict=True)}
            case unknown:
                assert_never(unknown)

    def _most_tokens(self, prompt: Prompt) -> int:
        return prompt.max_tokens + (REASONING_TOKENS if self._reasons else 0)

    @property
    def _reasons(self) -> bool:
        return self.model.startswith(REASONING_MODELS)
