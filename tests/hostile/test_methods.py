"""HEAD and OPTIONS on every path of the document."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.app import create_app
from api.http.head_requests import HeadRequests
from api.settings import Settings
from tests.hostile.surface import NOWHERE, THERE, Operation, operations

pytestmark = pytest.mark.anyio

OPERATIONS = operations(create_app(Settings(spcs=True)).openapi())
READ = [each for each in OPERATIONS if each.method == "GET"]
HEADERS = {"sf-external-function-query-batch-id": "batch"}


def path_of(operation: Operation) -> httpx.URL:
    names = [name for where, name in operation.parameters if where == "path"]
    return operation.url({name: THERE.get(name, NOWHERE) for name in names}, {})


@pytest.mark.parametrize("operation", READ, ids=lambda each: each.id)
async def test_head_answers_as_get_without_the_body(
    client: httpx.AsyncClient, operation: Operation
) -> None:
    headers = HEADERS | {"X-Request-ID": "mine"}
    got = await client.get(path_of(operation), headers=headers)
    told = await client.head(path_of(operation), headers=headers)
    assert (told.status_code, told.headers, told.content) == (got.status_code, got.headers, b"")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
async def test_options_tells_the_methods_of_a_path(
    client: httpx.AsyncClient, operation: Operation
) -> None:
    answer = await client.options(path_of(operation))
    allowed = set(answer.headers["allow"].split(", "))
    there = {each.method for each in OPERATIONS if each.path == operation.path}
    assert (answer.status_code, answer.content) == (204, b"")
    assert allowed == there | {"OPTIONS"} | ({"HEAD"} if "GET" in there else set())


async def test_options_of_a_path_that_leads_nowhere_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.options("/nowhere")).status_code == 404


async def test_head_of_an_endless_stream_ends_it() -> None:
    ended = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            await asyncio.Event().wait()
            yield b"never"
        finally:
            ended.set()

    async def stream(_: Request) -> StreamingResponse:
        return StreamingResponse(endless())

    app = Starlette()
    app.add_route("/stream", stream)
    transport = httpx.ASGITransport(HeadRequests(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        assert (await client.head("/stream")).status_code == 200
    assert ended.is_set()
