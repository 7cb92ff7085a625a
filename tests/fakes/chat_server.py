"""A server of completions and embeddings on loopback, as Cortex and OpenAI document them.

It checks what a request must and must not hold, and answers faults when told to.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from domain.reactions import ACTIONS
from tests.fakes.embeddings import EMBED_PATH, embedded, faults_in_embed

CORTEX_PATH = "/api/v2/cortex/v1/chat/completions"
OPENAI_PATH = "/v1/chat/completions"
MODELS = {"claude-haiku-4-5", "llama3.3-70b", "openai-gpt-5-mini", "local-model"}
FORBIDDEN_IN_SCHEMA = {
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "format", "minItems", "maxItems", "uniqueItems", "contains", "minContains",
    "maxContains", "patternProperties", "minProperties", "maxProperties", "propertyNames",
}  # fmt: skip
TOKEN = "let-me-in"  # noqa: S105 - opens nothing but this server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def a_reply(**changes: object) -> dict[str, Any]:
    """A valid reaction as it travels."""
    chances = dict.fromkeys(ACTIONS, 5) | {"COMPLAIN": 70}
    return {
        "initial_reaction": "Not again.",
        "reasoning": "My bill is high enough as it is.",
        "what_would_change_mind": "Keep my price for a year.",
        "sample_verbatim": "Who decided that?",
        "sentiment": -40,
        "likely_action": "COMPLAIN",
        "action_chances": chances,
        **changes,
    }


@dataclass
class ChatServer:
    """What the server does next and what it has seen. `script` is used up before `text`.

    It throttles whatever comes while `takes_at_once` requests are under way.
    """

    text: str = field(default_factory=lambda: json.dumps(a_reply()))
    token: str | None = TOKEN
    seconds: float = 0.0
    script: deque[Handler | str] = field(default_factory=deque)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)
    most_at_once: int = 0
    takes_at_once: int = 10_000
    throttled: int = 0
    _at_once: int = 0
    address: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.connections.add(request.transport)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._answer(request)
        finally:
            self._at_once -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        body = await request.json()
        self.bodies.append(body)
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return failed(401, "JWT token is invalid.", "390144")
        embed = request.path == EMBED_PATH
        cortex = request.path == CORTEX_PATH
        for fault in faults_in_embed(body) if embed else faults_in(body, cortex=cortex):
            return failed(400, fault, "390400")
        if self._at_once > self.takes_at_once:
            self.throttled += 1
            return failed(429, "too many requests")
        await asyncio.sleep(self.seconds)
        step = self.script.popleft() if self.script else self.text
        if isinstance(step, str):
            return embedded(body) if embed else completed(body, step)
        return await step(request)


@asynccontextmanager
async def serving(server: ChatServer) -> AsyncIterator[ChatServer]:
    """The server, reachable at its address while the block runs."""
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post(CORTEX_PATH, server.answer)
    app.router.add_post(OPENAI_PATH, server.answer)
    app.router.add_post(EMBED_PATH, server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        server.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


def completed(body: dict[str, Any], text: str, **changes: object) -> web.Response:
    """A 200 as each vendor words it: Claude on Cortex gives no finish reason."""
    finish = {} if body["model"].startswith("claude") else {"finish_reason": "stop"}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, **finish}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 150}
    answer = {"id": "c1", "object": "chat.completion", "created": 1, "model": body["model"]}
    return web.json_response({**answer, "choices": [choice], "usage": usage, **changes})


def failed(
    status: int, message: str, code: str = "390000", headers: dict[str, str] | None = None
) -> web.Response:
    """An error in Snowflake's shape."""
    body = {"message": message, "code": code, "request_id": "r1"}
    return web.json_response(body, status=status, headers=headers)


def refusing(
    status: int, message: str = "", code: str = "390000", headers: dict[str, str] | None = None
) -> Handler:
    """Answers one request with this error."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return failed(status, message, code, headers)

    return answer


def saying(body: str) -> Handler:
    """Answers one request with a 200 of this body."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, content_type="application/json")

    return answer


def counting(usage: str) -> Handler:
    """Answers one request with a reply of this usage, JSON text, or of none when it is empty."""

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        choice = {"message": {"role": "assistant", "content": json.dumps(a_reply())}}
        told = {"id": "c1", "model": body["model"], "choices": [choice]}
        end = f', "usage": {usage}}}' if usage else "}"
        return web.Response(text=json.dumps(told)[:-1] + end, content_type="application/json")

    return answer


async def cut_off(request: web.Request) -> web.StreamResponse:
    """Hangs up without a word."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def cut_in_the_middle(request: web.Request) -> web.StreamResponse:
    """Hangs up after half of what it announced."""
    response = web.StreamResponse(headers={"content-length": "1000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport is not None
    request.transport.close()
    return response


async def trickle(request: web.Request) -> web.StreamResponse:
    """Sends a byte now and then, so that no pause is ever long, and never ends."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


def truncated(text: str) -> Handler:
    """Answers one request with a reply that ran out of tokens."""

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        usage = {"prompt_tokens": 100, "completion_tokens": 10_000, "total_tokens": 10_100}
        return completed(body, text, usage=usage)

    return answer


def compressed(text: str) -> Handler:
    """Answers one request with a reply packed by gzip."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = completed(await request.json(), text)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    return answer


def faults_in(body: dict[str, Any], *, cortex: bool) -> Iterator[str]:
    """Why a request breaks the contract."""
    if body["model"] not in MODELS:
        yield f"unknown model {body['model']}"
    if cortex and ("max_tokens" in body or "seed" in body):
        yield "invalid options object"
    if [m["role"] for m in body["messages"]] != ["system", "user"]:
        yield "invalid options object"
    if "response_format" in body:
        schema = body["response_format"]["json_schema"]["schema"]
        yield from (f"schema validation failed: {fault}" for fault in _schema_faults(schema))


def _schema_faults(node: object) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    yield from FORBIDDEN_IN_SCHEMA & node.keys()
    if node.get("type") == "object":
        if node.get("additionalProperties") is not False:
            yield "additionalProperties"
        if node.get("required") != list(node["properties"]):
            yield "required"
        for child in node["properties"].values():
            yield from _schema_faults(child)
