from __future__ import annotations

import httpx
import pytest

from tests.fakes.customers import AS_OF, FakeCustomers

pytestmark = pytest.mark.anyio


async def test_a_process_without_data_is_alive_but_not_ready(
    client: httpx.AsyncClient, customers: FakeCustomers
) -> None:
    customers.built = False
    health, readiness = await client.get("/healthz"), await client.get("/readyz")
    assert (health.status_code, readiness.status_code) == (200, 503)
    parts = readiness.json()["parts"]
    assert parts["data"]["status"] == "missing"
    assert "`twin " in parts["data"]["detail"]
    assert parts["store"]["status"] == "ok"


async def test_it_becomes_ready_when_data_arrive(
    client: httpx.AsyncClient, customers: FakeCustomers
) -> None:
    customers.built = False
    assert (await client.get("/readyz")).status_code == 503
    customers.built = True
    assert (await client.get("/readyz")).json()["status"] == "ready"


async def test_the_version_names_the_engines_and_the_data(
    client: httpx.AsyncClient, customers: FakeCustomers
) -> None:
    told = (await client.get("/version")).json()
    assert told["engines"] == ["choice"]
    assert (told["build"]["id"], told["build"]["as_of"]) == ("0001", AS_OF)
    assert told["build"]["carrier"]["name"] == "Snowmobile Wireless"
    assert told["build"]["unknown_plans"] == {}
    customers.built = False
    assert (await client.get("/version")).json()["build"] is None


async def test_the_root_leads_to_the_documentation(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.headers["location"] == "/docs"
    assert (await client.get("/docs")).status_code == 200
