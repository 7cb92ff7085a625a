"""Events and lines over real HTTP."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from fastapi import FastAPI

from api.services import Services
from tests.api.simulating import SCENARIO, start
from tests.fakes.served import served
from tests.fakes.speechless import Speechless
from tests.fakes.sse import Event, events_of
from tests.patience import in_time

pytestmark = pytest.mark.anyio

EVENTS = {"Accept": "text/event-stream"}
LINES = {"Accept": "application/x-ndjson"}


async def watch(client: httpx.AsyncClient, location: str, after: str = "") -> list[Event]:
    headers = EVENTS | ({"Last-Event-ID": after} if after else {})
    async with client.stream("GET", f"{location}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        async with in_time("the stream to end"):
            return [event async for event in events_of(answer)]


async def test_a_simulation_is_watched_to_its_end(app: FastAPI) -> None:
    async with served(app) as client:
        location = await start(client)
        events = await watch(client, location)

        reactions = [event.data for event in events if event.name == "reaction"]
        listed = (await client.get(f"{location}/reactions")).json()["items"]
        assert sorted(reactions, key=lambda item: item["index"]) == listed
        assert [event.data["state"] for event in events if event.name == "state"][-1] == "succeeded"
        assert events[-1].name == "done"
        numbers = [int(event.id) for event in events]
        assert numbers == sorted(numbers)


async def test_a_client_that_was_cut_off_goes_on_where_it_was(app: FastAPI) -> None:
    async with served(app) as client:
        location = await start(client, repeats=3)
        whole = await watch(client, location)
        reactions = [event for event in whole if event.name == "reaction"]

        rest = await watch(client, location, after=reactions[9].id)

        assert [event for event in rest if event.name == "reaction"] == reactions[10:]


async def test_a_browser_that_comes_back_after_the_end_is_told_to_stop(app: FastAPI) -> None:
    async with served(app) as client:
        location = await start(client)
        done = (await watch(client, location))[-1]

        answer = await client.get(f"{location}/events", headers={"Last-Event-ID": done.id})

        assert (answer.status_code, answer.content) == (204, b"")


async def test_an_id_of_another_simulation_misses_no_end(app: FastAPI) -> None:
    async with served(app) as client:
        location = await start(client)
        await watch(client, location)
        assert [e.name for e in await watch(client, location, after="9999")][-1] == "done"


async def test_what_cannot_be_watched_is_a_problem_before_anything_is_sent(
    client: httpx.AsyncClient,
) -> None:
    location = await start(client)
    for path, headers, status in [
        ("/simulations/sim_unknown/events", EVENTS, 404),
        (f"{location}/events", {"Accept": "application/json"}, 406),
        (f"{location}/events", {"Accept": "text/event-stream;q=0, */*"}, 406),
        (f"{location}/events", {"Last-Event-ID": "x1"}, 422),
        (f"{location}/events", {"Last-Event-ID": "9" * 30}, 422),
    ]:
        answer = await client.get(path, headers=headers)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_deleted_simulation_is_gone_for_those_who_watch_too(app: FastAPI) -> None:
    async with served(app) as client:
        location = await start(client)
        await watch(client, location)
        assert (await client.delete(location)).status_code == 204
        assert (await client.get(f"{location}/events", headers=EVENTS)).status_code == 410


async def test_a_client_that_hangs_up_is_forgotten(app: FastAPI) -> None:
    services: Services = app.state.services
    services.reaction_models["choice"] = Speechless()  # type: ignore[index]  # a dict all the same
    async with served(app) as client:
        location = await start(client)
        async with client.stream("GET", f"{location}/events", headers=EVENTS) as answer:
            events = answer.aiter_bytes()  # held, or the client hangs up at once
            await anext(events)
            assert services.watches._watched

        async with in_time("the client to be forgotten"):
            while services.watches._watched:  # noqa: ASYNC110 - a connection has no event
                await asyncio.sleep(0.01)
    await services.supervisor.stop(0)


async def test_reactions_are_streamed_as_lines(client: httpx.AsyncClient) -> None:
    location = await start(client, repeats=15)
    answer = await client.get(f"{location}/reactions", headers=LINES)

    items = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [item["index"] for item in items] == list(range(120))
    page = (await client.get(f"{location}/reactions?limit=1")).json()
    assert set(items[0]) == set(page["items"][0])


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("application/json, application/x-ndjson", "application/json"),
        ("application/x-ndjson, */*;q=0.1", "application/x-ndjson"),
        ("application/json;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("application/*", "application/json"),
    ],
)
async def test_lines_are_for_those_who_like_them_best(
    client: httpx.AsyncClient, accept: str, media_type: str
) -> None:
    location = await start(client)
    answer = await client.get(f"{location}/reactions", headers={"Accept": accept})
    assert answer.headers["content-type"] == media_type


async def test_lines_are_refused_to_those_who_take_neither(client: httpx.AsyncClient) -> None:
    location = await start(client)
    answer = await client.get(f"{location}/reactions", headers={"Accept": "text/html"})
    assert answer.status_code == 406


async def test_a_webhook_is_refused_where_no_hosts_are_named(client: httpx.AsyncClient) -> None:
    body = {"scenario": SCENARIO, "webhook_url": "https://hooks.example.com/"}
    answer = await client.post("/simulations", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/webhook_url"
