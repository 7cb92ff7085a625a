"""How many streams one caller may have open, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI

from api.http.callers import ANYBODY
from api.services import Services
from api.settings import Settings
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers
from tests.fakes.keys import Headers, give_key
from tests.fakes.served import served
from tests.fakes.speechless import Speechless
from tests.patience import in_time

pytestmark = pytest.mark.anyio

RISE = {"scenario": "Prices go up by $5 a month."}
EVENTS = {"Accept": "text/event-stream"}
LINES = {"Accept": "application/x-ndjson"}
MOST = 2


@pytest.fixture
async def app(settings: Settings, opened: Opened) -> AsyncIterator[FastAPI]:
    few = settings.model_copy(update={"max_streams_per_caller": MOST})
    async with opened(few, FakeCustomers()) as app:
        services: Services = app.state.services
        services.reaction_models["choice"] = Speechless()  # type: ignore[index]  # a dict all the same
        yield app
        await services.supervisor.stop(0)


async def watch(
    stack: AsyncExitStack, client: httpx.AsyncClient, location: str, key: Headers
) -> httpx.Response:
    """The head of a stream of events, open until the stack is closed."""
    path, headers = f"{location}/events", EVENTS | key
    return await stack.enter_async_context(client.stream("GET", path, headers=headers))


async def test_a_caller_has_so_many_streams_and_others_have_theirs(app: FastAPI) -> None:
    key, other = give_key(app), give_key(app)
    async with served(app) as client, AsyncExitStack() as stack:
        location = (await client.post("/simulations", json=RISE, headers=key)).headers["location"]
        opened = [await watch(stack, client, location, key) for _ in range(MOST)]
        async with in_time("two more to be refused"):
            refused = await client.get(f"{location}/events", headers=EVENTS | key)
            asked = await client.post("/personas/S1/ask", json=RISE, headers=EVENTS | key)
            read = await client.get(f"{location}/reactions", headers=LINES | key)
        others = await watch(stack, client, location, other)
        polled = await client.get(f"{location}/reactions", headers=key)
    assert [answer.status_code for answer in (*opened, others, polled)] == [200] * 4
    assert [answer.status_code for answer in (refused, asked, read)] == [429] * 3
    assert refused.json()["type"] == "urn:cdt:problem:too-many-streams"
    assert int(refused.headers["retry-after"]) >= 1


async def test_whoever_leaves_makes_room(app: FastAPI) -> None:
    async with served(app) as client:
        location = (await client.post("/simulations", json=RISE)).headers["location"]
        async with AsyncExitStack() as stack:
            for _ in range(MOST):
                await watch(stack, client, location, {})
        async with in_time("a place to be free again"), AsyncExitStack() as stack:
            while (await watch(stack, client, location, {})).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_what_is_refused_for_another_reason_takes_no_place(app: FastAPI) -> None:
    async with served(app) as client:
        for _ in range(MOST + 1):
            unknown = await client.get("/simulations/sim_none/events", headers=EVENTS)
            assert unknown.status_code == 404
            at_once = await client.post("/personas/S99/ask", json=RISE, headers=EVENTS)
            assert at_once.status_code == 404


async def wait_long(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/simulations?wait=60", json=RISE)


async def _all_wait(app: FastAPI) -> None:
    services: Services = app.state.services
    async with in_time("everybody to wait"):
        while services.stream_limits.open_of(ANYBODY) < MOST:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)


async def test_who_waits_for_the_end_holds_a_place_like_a_stream(app: FastAPI) -> None:
    services: Services = app.state.services
    async with served(app) as client:
        waiting = [asyncio.create_task(wait_long(client)) for _ in range(MOST)]
        await _all_wait(app)
        refused = await wait_long(client)
        at_once = await client.post("/simulations", json=RISE)
        services.watches.close()
        async with in_time("the service to send them away as it stops"):
            ended = await asyncio.gather(*waiting)
        begun = (await client.get("/simulations")).json()["items"]
    assert (refused.status_code, len(begun)) == (429, MOST + 1)
    assert refused.json()["type"] == "urn:cdt:problem:too-many-streams"
    assert [each.status_code for each in (at_once, *ended)] == [202] * (1 + MOST)
    assert {each.json()["done"] for each in ended} == {False}


async def test_who_hangs_up_while_waiting_makes_room(app: FastAPI) -> None:
    services: Services = app.state.services
    async with served(app) as client:
        waiting = [asyncio.create_task(wait_long(client)) for _ in range(MOST)]
        await _all_wait(app)
        for each in waiting:
            each.cancel()
        async with in_time("their places to be free"):
            while services.stream_limits.open_of(ANYBODY):  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)
