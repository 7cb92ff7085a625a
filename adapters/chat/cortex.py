"""Snowflake Cortex over REST: chat completions, as its documentation of November 2026 has them.

No warehouse is needed, and the user's default role decides. Nothing here sends a field of which
the documentation says that it is an error (`max_tokens`) or that it is ignored (`seed`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from adapters.chat.completions import completion_of, messages_of, schema_format
from adapters.chat.credentials import Credentials
from adapters.chat.http_transport import HttpReply, post
from domain.language_model import Completion, Prompt

PATH = "/api/v2/cortex/v1/chat/completions"
SESSION_EXPIRED = "390112"  # in the body of a 200
MOST_OUTPUT_TOKENS = 16_384


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a family of models does with a request.

    `binds_schema`: replies follow `response_format`; elsewhere it is ignored silently.
    `reasoning_tokens`: room to think, counted as output, on top of the reply's.
    """

    binds_schema: bool = False
    takes_temperature: bool = True
    reasoning_effort: str | None = None
    reasoning_tokens: int = 0


# By the beginning of the name, the first that fits. Every other model (Llama, Mistral, DeepSeek,
# Snowflake's own) takes a temperature and ignores a schema.
FAMILIES: tuple[tuple[str, Capabilities], ...] = (
    ("claude-opus-4-7", Capabilities(binds_schema=True, takes_temperature=False)),
    ("claude-", Capabilities(binds_schema=True)),
    (
        "openai-gpt-5",
        Capabilities(
            binds_schema=True,
            takes_temperature=False,
            reasoning_effort="low",
            reasoning_tokens=2_000,  # chosen: room to reason beside the reply
        ),
    ),
    ("openai-", Capabilities(binds_schema=True)),
)


@dataclass(frozen=True, slots=True)
class Cortex:
    """A model of the account at `base_url`, such as `https://org-account.snowflakecomputing.com`.

    `credentials` are asked for the headers of every request, and once more when they expired.
    """

    transport: httpx.AsyncBaseTransport
    base_url: str
    model: str
    credentials: Credentials

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel."""
        body = body_of(self.model, prompt)
        url = f"{self.base_url.rstrip('/')}{PATH}"
        reply = await post_authenticated(
            self.credentials, self.transport, url, body, deadline_seconds=deadline_seconds
        )
        return completion_of(reply, self.model, prompt, body["max_completion_tokens"])


async def post_authenticated(
    credentials: Credentials,
    transport: httpx.AsyncBaseTransport,
    url: str,
    body: Mapping[str, Any],
    *,
    deadline_seconds: float,
) -> HttpReply:
    """Post to Snowflake, once more with renewed credentials when they expired.

    See http_transport.post. Whatever says that they expired comes back as a 401.
    """
    started = time.monotonic()

    async def sent() -> HttpReply:
        headers = {"accept": "application/json, text/event-stream", **credentials.headers()}
        left = deadline_seconds - (time.monotonic() - started)
        return await post(transport, url, headers, body, deadline_seconds=left)

    reply = await sent()
    if _expired(reply) and credentials.renewed():
        reply = await sent()
    return HttpReply(401, reply.headers, reply.body) if _expired(reply) else reply


def address_of(account: str) -> str:
    """Where an account answers; host names have hyphens for the underscores of its name."""
    return f"https://{account.lower().replace('_', '-')}.snowflakecomputing.com"


def capabilities_of(model: str) -> Capabilities:
    """What is known of a model by its name."""
    return next((known for name, known in FAMILIES if model.startswith(name)), Capabilities())


def output_tokens_for(model: str, prompt: Prompt) -> int:
    """Output tokens to ask for: those of the reply and those of the thought before it."""
    return min(prompt.max_tokens + capabilities_of(model).reasoning_tokens, MOST_OUTPUT_TOKENS)


def body_of(model: str, prompt: Prompt) -> dict[str, Any]:
    """The request. Its schema must have none of the keywords Cortex answers 400 to."""
    able = capabilities_of(model)
    body: dict[str, Any] = {
        "model": model,
        "messages": messages_of(prompt),
        "max_completion_tokens": output_tokens_for(model, prompt),
        "stream": False,
    }
    if able.takes_temperature:
        body["temperature"] = prompt.temperature
    if able.reasoning_effort:
        body["reasoning_effort"] = able.reasoning_effort
    if prompt.schema is not None and able.binds_schema:
        body["response_format"] = schema_format(prompt.schema, strict=False)
    return body


def _expired(reply: HttpReply) -> bool:
    """Whether to come again with fresh credentials: 401, or a 200 whose body says so."""
    if reply.status == 401:
        return True
    if reply.status != 200 or SESSION_EXPIRED.encode() not in reply.body:
        return False
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and str(body.get("code")) == SESSION_EXPIRED
