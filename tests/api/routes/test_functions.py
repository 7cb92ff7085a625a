"""Rows of SQL queries: replayed as Snowflake sends them, against a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api.settings import Settings
from tests.api.conftest import SMALLEST_QUEUE, Opened
from tests.fakes.customers import FakeCustomers
from tests.fakes.function_batches import (
    BATCH_ID,
    SentBatch,
    answered,
    fetched,
    kind,
    poll,
    read_batch,
    read_batches,
    send,
)

pytestmark = pytest.mark.anyio

BATCHES = read_batches()
ASK = read_batch("ask_every_persona")
BAD = read_batch("ask_with_bad_rows")
SIMULATE = read_batch("simulate")
ANALYST = {"sf-context-current-user": "LEE_ORR"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"spcs": True})


@asynccontextmanager
async def process(
    opened: Opened, settings: Settings, customers: FakeCustomers, **changes: object
) -> AsyncIterator[httpx.AsyncClient]:
    """A service of its own with these settings changed; all share the store of their settings."""
    async with opened(settings.model_copy(update=changes), customers) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://twin", headers=ANALYST
        ) as client:
            yield client


@pytest.fixture
async def client(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """An analyst, but where a batch says who asks."""
    client.headers.update(ANALYST)
    return client


@pytest.fixture
async def hasty(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two processes over one store that answer 202 to whatever is not finished already."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                process(opened, settings, customers, function_hold_seconds=0.0)
            )
            for _ in range(2)
        ]


async def simulations(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    listed = await client.get("/simulations", params={"label": "source:service-function"})
    items: list[dict[str, Any]] = listed.json()["items"]
    return items


@pytest.mark.parametrize("name", sorted(BATCHES))
async def test_every_row_gets_its_value_in_its_place(client: httpx.AsyncClient, name: str) -> None:
    batch = BATCHES[name]
    told = await answered(client, batch)
    assert [kind(value) for value in told] == batch.answers


async def test_each_row_is_answered_by_the_persona_it_names(client: httpx.AsyncClient) -> None:
    told = await answered(client, ASK)
    assert [value["segment_id"] for value in told] == [row[1] for row in ASK.rows]


async def test_a_row_is_answered_as_the_persona_asked_alone(client: httpx.AsyncClient) -> None:
    told = await answered(client, ASK)
    _, segment, scenario = ASK.rows[2]
    alone = await client.post(f"/personas/{segment}/ask", json={"scenario": scenario})
    assert alone.json().items() <= told[2].items()


async def test_a_scenario_is_summarized_as_in_a_simulation_of_it(
    client: httpx.AsyncClient,
) -> None:
    told = await answered(client, SIMULATE)
    simulation = (await client.get(f"/simulations/{told[2]['simulation_id']}")).json()
    assert simulation["summary"]["scenarios"][1].items() <= told[2].items()
    assert told[2]["text"] == SIMULATE.rows[2][1]
    assert told[2]["reactions_valid"] == 8


@pytest.mark.parametrize("batch", [BAD, SIMULATE], ids=["ask", "simulate"])
async def test_a_batch_sent_again_is_not_computed_again(
    client: httpx.AsyncClient, batch: SentBatch
) -> None:
    told = await answered(client, batch)
    again = await answered(client, batch)
    assert again == told
    assert len(await simulations(client)) == 1


async def test_a_batch_may_be_sent_and_fetched_at_two_processes(
    hasty: list[httpx.AsyncClient],
) -> None:
    first, second = hasty
    assert (await send(first, BAD)).status_code == 202
    assert [kind(value) for value in await fetched(second, BAD)] == BAD.answers


async def test_a_batch_sent_again_while_it_is_worked_on_is_the_same(
    hasty: list[httpx.AsyncClient],
) -> None:
    accepted = [await send(client, ASK) for client in hasty for _ in range(3)]
    told = await answered(hasty[1], ASK)
    assert accepted[0].status_code == 202
    assert len(await simulations(hasty[0])) == 1
    assert [kind(value) for value in told] == ASK.answers


async def test_the_same_rows_in_another_batch_are_asked_anew(client: httpx.AsyncClient) -> None:
    first = await answered(client, ASK)
    second = await answered(client, ASK.named("another:1"))
    assert {value["simulation_id"] for value in first}.isdisjoint(
        value["simulation_id"] for value in second
    )


async def test_other_rows_under_the_id_of_a_batch_are_refused(client: httpx.AsyncClient) -> None:
    await answered(client, ASK)
    other = await send(client, ASK.with_rows(ASK.rows[:1]))
    assert other.status_code == 422
    assert other.json()["errors"][0]["header"] == BATCH_ID


async def test_a_batch_of_one_function_is_not_that_of_another(client: httpx.AsyncClient) -> None:
    await answered(client, ASK)
    same_id = SIMULATE.named(ASK.headers[BATCH_ID])
    assert (await poll(client, same_id)).status_code == 404
    assert [kind(value) for value in await answered(client, same_id)] == SIMULATE.answers


async def test_more_scenarios_than_one_simulation_holds_are_answered_in_order(
    client: httpx.AsyncClient,
) -> None:
    rows = [[n, f"S{n % 8 + 1}", f"Prices rise by ${n + 1} a month."] for n in range(120)]
    told = await answered(client, ASK.with_rows(rows))
    assert [value["levers"][0]["amount_dollars"] for value in told] == [n + 1 for n in range(120)]
    assert [item["counts"]["total"] for item in await simulations(client)] == [20, 50, 50]


async def test_a_batch_half_accepted_goes_on_when_snowflake_sends_it_again(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    rows = [[n, f"S{n % 4 + 1}", f"Prices rise by ${n // 4 + 1}."] for n in range(240)]
    batch = ASK.with_rows(rows)
    assert SMALLEST_QUEUE == 200, "the first 50 scenarios fill the queue"
    async with process(opened, settings, customers) as client:
        assert (await send(client, batch)).status_code == 429
        assert (await poll(client, batch)).status_code == 404
    async with process(opened, settings, customers, max_unfinished_calls=1_000) as client:
        assert len(await answered(client, batch)) == len(rows)
        assert [item["counts"]["total"] for item in await simulations(client)] == [40, 200]


async def test_a_batch_is_its_tenants_own(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    async with process(opened, settings, customers, spcs_tenants="user") as client:
        told = await answered(client, ASK)
        another = replace(ASK, headers={**ASK.headers, **ANALYST})
        assert (await poll(client, another)).status_code == 404
        again = await answered(client, another)
    ids = {value["simulation_id"] for value in told}
    assert ids.isdisjoint(value["simulation_id"] for value in again)


async def test_a_poll_for_a_batch_never_sent_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await poll(client, ASK)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": None},
        {"data": [[]]},
        {"data": [["0", "S1", "x"]]},
        {"data": [[True, "S1"]]},
        [],
    ],
)
async def test_what_is_no_batch_is_refused_whole(client: httpx.AsyncClient, body: object) -> None:
    refused = await client.post(ASK.path, headers=ASK.headers, json=body)
    assert refused.status_code == 422


@pytest.mark.parametrize("batch_id", [None, "two words", "x" * 513])
async def test_a_batch_needs_an_id(client: httpx.AsyncClient, batch_id: str | None) -> None:
    headers = {} if batch_id is None else {BATCH_ID: batch_id}
    refused = await client.post("/sf/ask", headers=headers, json={"data": ASK.rows})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["header"] == BATCH_ID


@pytest.mark.parametrize("batch", [ASK, SIMULATE, BATCHES["questions"]], ids=lambda b: b.path)
async def test_without_customer_data_snowflake_is_told_to_come_again(
    client: httpx.AsyncClient, customers: FakeCustomers, batch: SentBatch
) -> None:
    customers.built = False
    refused = await send(client, batch)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    customers.built = True
    assert [kind(value) for value in await answered(client, batch)] == batch.answers


async def test_the_user_of_a_query_is_in_the_log(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        await send(client, BATCHES["questions"])
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["route"], line["caller"]) == ("/sf/question", "DANA_FOX")


@pytest.mark.parametrize("path", ["/sf/ask", "/sf/question", "/sf/simulate"])
async def test_outside_a_container_service_there_are_no_functions(
    settings: Settings, customers: FakeCustomers, opened: Opened, path: str
) -> None:
    async with process(opened, settings, customers, spcs=False) as client:
        assert (await client.post(path, json={"data": []})).status_code == 404
        assert (await client.get(path)).status_code == 404
