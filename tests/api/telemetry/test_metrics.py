from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from api.services import Services
from api.settings import Settings
from api.telemetry.metered import MeteredReactions
from api.telemetry.metrics import Metrics
from api.wiring.open_models import open_chat
from domain.customers.panel import Panel
from domain.errors import ChatBroken, ChatFailed, Unavailable
from domain.personas.persona import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from domain.simulations.usage import Price
from tests.api.conftest import Opened
from tests.fakes.chat_server import TOKEN, ChatServer, refusing, serving
from tests.fakes.chats import PROMPT
from tests.fakes.customers import AS_OF, FakeCustomers
from tests.fakes.engines import AsksNoModel
from tests.fakes.keys import give_key

pytestmark = pytest.mark.anyio

Samples = dict[tuple[str, ...], float]
OF_A_MODEL = {"cdt_model_circuit_open", "cdt_model_concurrency_limit"}  # where there is one
WRONG = {"X-API-Key": "cdt_" + "0" * 16 + "_" + "0" * 64}
RISE = {"scenario": "We are raising prices by $5 a month."}


class Broken(AsksNoModel):
    """An engine whose model cannot be reached."""

    engine: Engine = "llm"

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        raise ChatBroken("ConnectError")


def samples_of(text: str) -> Samples:
    """Values by name and label values, the labels by their names in order."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def talking_to(app: FastAPI, url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url)


def counted_by(app: FastAPI) -> dict[str, float]:
    """Failures by reason, read without a request, which would be refused itself."""
    services: Services = app.state.services
    samples = samples_of(services.metrics.exposition().decode())
    name = "cdt_authentication_failures_total"
    return {labels[1]: value for labels, value in samples.items() if labels[0] == name}


async def scraped(client: httpx.AsyncClient) -> Samples:
    return samples_of((await client.get("/metrics")).text)


async def test_requests_are_counted_by_the_route_and_not_by_the_path(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/personas/S1", "/personas/S2", "/personas/S99", "/no/such/path"):
        await client.get(path)
    await client.request("BREW", "/personas/S1")

    samples = await scraped(client)

    route = "/personas/{persona_or_segment_id}"
    assert samples["cdt_http_requests_total", "GET", route, "200"] == 2
    assert samples["cdt_http_requests_total", "GET", route, "404"] == 1
    assert samples["cdt_http_request_seconds_count", "GET", route] == 3
    assert samples["cdt_http_requests_total", "GET", "unmatched", "404"] == 1
    assert {labels[1] for labels in samples if labels[0] == "cdt_http_requests_total"} == {
        "GET",
        "other",
    }
    assert samples["cdt_http_requests_in_progress",] == 1  # the scrape itself


async def test_a_body_that_is_refused_at_the_door_is_counted(client: httpx.AsyncClient) -> None:
    await client.post("/simulations", content=b"{", headers={"content-type": "application/json"})
    assert (await scraped(client))["cdt_http_requests_total", "POST", "unmatched", "400"] == 1


async def test_strangers_are_counted_by_what_was_wrong(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    few = settings.model_copy(update={"wrong_keys_per_minute": 2})
    async with opened(few, customers) as app, talking_to(app, "http://twin") as client:
        key, before = give_key(app), counted_by(app)
        for shown in (key, {}, WRONG, WRONG, WRONG):
            await client.get("/personas", headers=shown)
        known = counted_by(app)
    assert set(before.values()) == {0}
    assert known == before | {"no_key": 1, "wrong_key": 2, "guessing": 1}


@pytest.mark.parametrize(
    ("spcs", "url", "reason"),
    [(True, "http://twin", "no_user"), (False, "http://192.0.2.7", "not_local")],
)
async def test_whom_nobody_vouches_for_is_counted(
    settings: Settings,
    customers: FakeCustomers,
    opened: Opened,
    spcs: bool,
    url: str,
    reason: str,
) -> None:
    there = settings.model_copy(update={"spcs": spcs})
    async with opened(there, customers) as app, talking_to(app, url) as client:
        await client.get("/personas")
        assert counted_by(app)[reason] == 1


async def test_reactions_of_asks_and_simulations_are_counted_together(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/personas/S1/ask", json=RISE)
    location = (await client.post("/simulations", json=RISE)).headers["location"]
    while not (await client.get(location)).json()["ended_at"]:  # noqa: ASYNC110 - as a client
        await asyncio.sleep(0.02)

    samples = await scraped(client)

    assert samples["cdt_reactions_total", "choice", "ok"] == 9
    assert samples["cdt_reaction_seconds_count", "choice"] == 9
    assert samples["cdt_simulations_concluded_total", "succeeded"] == 1
    assert samples["cdt_simulations_concluded_total", "failed"] == 0


async def test_a_failed_reaction_is_counted_by_its_kind(customers: FakeCustomers) -> None:
    metrics = Metrics()
    model = MeteredReactions(Broken(), metrics.engines)
    with pytest.raises(ChatBroken):
        await model.react(Scenario(text="x"), customers.personas()[0], Panel(), 1)
    samples = samples_of(metrics.exposition().decode())
    assert samples["cdt_reactions_total", "llm", "chat_broken"] == 1


async def test_the_queue_is_read_from_the_store_when_asked_for(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    services: Services = app.state.services
    services.supervisor.drain()
    await client.post("/simulations", json=RISE)

    samples = await scraped(client)

    assert samples["cdt_queue_calls", "ready"] == 8
    assert samples["cdt_queue_calls", "leased"] == 0
    assert samples["cdt_queue_oldest_seconds",] > 0
    assert (samples["cdt_store_up",], samples["cdt_draining",]) == (1, 1)


async def test_a_store_that_is_down_takes_nothing_but_its_own_gauges(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> None:
        raise Unavailable("the simulation store", "try again")

    monkeypatch.setattr(app.state.services.store, "backlog", down)
    samples = await scraped(client)
    assert samples["cdt_store_up",] == 0
    assert ("cdt_queue_calls", "ready") not in samples
    assert ("cdt_leases_lost_total",) in samples


async def test_the_live_build_is_named_and_missing_data_are_no_fault(
    client: httpx.AsyncClient, customers: FakeCustomers
) -> None:
    assert (await scraped(client))["cdt_build_info", AS_OF, "0001"] == 1
    customers.built = False
    assert not any(name == "cdt_build_info" for name, *_ in await scraped(client))


async def test_what_a_model_takes_is_counted_try_by_try(tmp_path: Path) -> None:
    metrics = Metrics(Price(input_dollars=1, output_dollars=5))
    server = ChatServer()
    server.script.extend([refusing(429, headers={"retry-after": "0"}), server.text])
    server.script.append(refusing(401))
    async with serving(server):
        settings = Settings(
            data_dir=tmp_path,
            model_provider="openai_compatible",
            model="local-model",
            model_url=f"{server.address}/v1",
            model_api_key=SecretStr(TOKEN),
            model_cache=False,
        )
        async with open_chat(settings, metrics) as chat:
            assert chat is not None
            await chat.complete(PROMPT, deadline_seconds=10)
            closed = samples_of(metrics.exposition().decode())
            with pytest.raises(ChatFailed):
                await chat.complete(PROMPT, deadline_seconds=10)
            opened = samples_of(metrics.exposition().decode())

    assert closed["cdt_model_calls_total", "ok"] == 1
    assert closed["cdt_model_calls_total", "chat_throttled"] == 1
    assert closed["cdt_model_tokens_total", "input"] == 130
    assert closed["cdt_model_cost_dollars_total",] == pytest.approx((130 + 5 * 20) / 1e6)
    assert 1 <= closed["cdt_model_concurrency_limit",] < 64
    assert (closed["cdt_model_circuit_open",], opened["cdt_model_circuit_open",]) == (0, 1)


async def test_the_operations_page_tells_of_every_metric(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text
    families = {family.name for family in text_string_to_metric_families(text)}
    served = {name for name in families if name.startswith("cdt_")} | OF_A_MODEL
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page[page.index("## Metrics") : page.index("## Alerts")]
    told = {name.removesuffix("_total") for name in re.findall(r"`(cdt_\w+)`", table)}
    assert told == served
