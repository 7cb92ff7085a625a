"""What requests of the live build take of a processor, beside a framework that does nothing."""

from __future__ import annotations

import time

import pytest
from fastapi import FastAPI, Response
from starlette.types import ASGIApp, Message, Scope

pytestmark = pytest.mark.anyio

ROUNDS, REQUESTS = 5, 300
MOST_TIMES = (
    2.5  # without a server, which takes as much again for both; 1.3 when measured, 5.9 once
)
PATHS = ["/personas", "/personas/S1", "/segments", "/personas?view=full"]


async def cpu_seconds(app: ASGIApp, target: str) -> float:
    """Processor time of so many requests, one after the other."""
    path, _, query = target.partition("?")
    started = time.process_time()
    for _ in range(REQUESTS):
        await app(_scope(path, query), _nothing, _forget)
    return time.process_time() - started


def _scope(path: str, query: str) -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"accept", b"*/*")],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _forget(message: Message) -> None:
    assert message.get("status", 200) == 200


def bare() -> FastAPI:
    """Answers every path that is asked here without thinking."""
    app = FastAPI()

    async def answer() -> Response:
        return Response(b"{}", media_type="application/json")

    async def answer_one(name: str) -> Response:
        return Response(name, media_type="application/json")

    app.add_api_route("/personas", answer)
    app.add_api_route("/personas/{name}", answer_one)
    app.add_api_route("/segments", answer)
    return app


@pytest.mark.parametrize("target", PATHS)
async def test_a_list_costs_little_more_than_sending_it(app: FastAPI, target: str) -> None:
    other = bare()
    rounds = [
        (await cpu_seconds(app, target), await cpu_seconds(other, target)) for _ in range(ROUNDS)
    ]
    ours, theirs = (min(each) for each in zip(*rounds, strict=True))
    assert ours / theirs <= MOST_TIMES
