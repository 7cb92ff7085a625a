from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from adapters.store import open_store
from api.settings import Settings
from tests.api.conftest import Opened
from tests.api.simulating import SCENARIO, final, start
from tests.fakes.customers import FakeCustomers

pytestmark = pytest.mark.anyio


@pytest.fixture
async def idle(settings: Settings, opened: Opened) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that accepts work and does none."""
    async with opened(settings, FakeCustomers()) as app:
        await app.state.services.supervisor.stop(0)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            yield client


async def test_a_cancelled_simulation_begins_nothing_more(idle: httpx.AsyncClient) -> None:
    location = await start(idle)

    first = await idle.post(f"{location}/cancel")
    again = await idle.post(f"{location}/cancel")

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["state"] == again.json()["state"] == "cancelling"
    assert first.json()["counts"]["cancelled"] == first.json()["counts"]["total"] == 8
    items = (await idle.get(f"{location}/reactions")).json()["items"]
    assert {item["status"] for item in items} == {"cancelled"}


async def test_cancelling_ends_in_cancelled_and_can_be_retried(
    idle: httpx.AsyncClient, settings: Settings, opened: Opened
) -> None:
    location = await start(idle)
    await idle.post(f"{location}/cancel")

    async with opened(settings, FakeCustomers()) as app, talking(app) as client:
        assert (await final(client, location))["state"] == "cancelled"
        retried = await client.post(f"{location}/retry")
        done = await final(client, location)

    assert (retried.status_code, retried.headers["location"]) == (202, location)
    assert (done["state"], done["counts"]["done"]) == ("succeeded", 8)


def talking(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://twin")


@pytest.mark.parametrize("verb", ["retry", "replay", "delete"])
async def test_what_is_worked_on_is_left_to_it(idle: httpx.AsyncClient, verb: str) -> None:
    location = await start(idle)

    answer = await act(idle, location, verb)

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:cdt:problem:state-conflict"


async def act(client: httpx.AsyncClient, location: str, verb: str) -> httpx.Response:
    if verb == "delete":
        return await client.delete(location)
    return await client.post(f"{location}/{verb}")


async def test_a_whole_simulation_has_nothing_to_retry(client: httpx.AsyncClient) -> None:
    location = await start(client)
    before = await final(client, location)

    answer = await client.post(f"{location}/retry")

    assert answer.status_code == 409
    assert "nothing to retry" in answer.json()["detail"]
    assert (await client.get(location)).json() == before


async def test_a_replay_of_the_choice_engine_says_the_same(client: httpx.AsyncClient) -> None:
    location = await start(client, repeats=2, seed=7)
    await final(client, location)

    answer = await client.post(f"{location}/replay", headers={"Idempotency-Key": "again"})
    again = await client.post(f"{location}/replay", headers={"Idempotency-Key": "again"})

    assert answer.status_code == 202
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["id"] == answer.json()["id"] != location.rpartition("/")[2]
    replayed = await final(client, answer.headers["location"])
    compared = {"of": location.rpartition("/")[2], "identical": True, "differing": 0}
    assert replayed["replay"] == compared


@pytest.mark.parametrize("verb", ["get", "cancel", "retry", "replay", "delete", "reactions"])
async def test_what_was_deleted_is_gone_for_every_verb(
    client: httpx.AsyncClient, verb: str
) -> None:
    location = await start(client)
    await final(client, location)
    deleted = await client.delete(location)
    assert (deleted.status_code, deleted.content) == (204, b"")

    if verb in {"get", "reactions"}:
        answer = await client.get(location + ("/reactions" if verb == "reactions" else ""))
    else:
        answer = await act(client, location, verb)

    assert answer.status_code == 410
    assert answer.json()["type"] == "urn:cdt:problem:gone"


async def test_what_never_was_is_not_found(client: httpx.AsyncClient) -> None:
    for verb in ("cancel", "retry", "replay", "delete"):
        assert (await act(client, "/simulations/sim_unknown", verb)).status_code == 404


async def test_dollars_need_a_price(client: httpx.AsyncClient) -> None:
    body = {"scenario": SCENARIO, "budget": {"max_cost_dollars": 1}}
    answer = await client.post("/simulations", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/budget/max_cost_dollars"


async def test_a_known_key_is_answered_without_customer_data(
    client: httpx.AsyncClient, customers: FakeCustomers
) -> None:
    key = {"Idempotency-Key": "launch-1"}
    first = await client.post("/simulations", json={"scenario": SCENARIO}, headers=key)
    customers.built = False

    again = await client.post("/simulations", json={"scenario": SCENARIO}, headers=key)
    other = await client.post("/simulations", json={"scenario": SCENARIO})

    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert other.status_code == 503


async def test_a_simulation_another_process_put_there_is_anybodys_of_its_tenant_only(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    location = await start(client)
    await final(client, location)
    own = location.rpartition("/")[2]
    store = open_store(settings.store_url, max_unfinished_calls=100)
    mine = store.get(own, "public")
    assert mine is not None
    store.submit("sim_theirs", mine.request, [store.records(own, 1)[0].call], tenant="b")
    store.close()

    assert (await client.get("/simulations/sim_theirs")).status_code == 404
    assert (await client.delete("/simulations/sim_theirs")).status_code == 404
    listed = (await client.get("/simulations")).json()["items"]
    assert [simulation["id"] for simulation in listed] == [own]
