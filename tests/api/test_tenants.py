"""Two tenants of one service, neither of whom can tell that the other is there."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from adapters.store import open_store
from api.app import create_app
from api.services import Services
from api.settings import Settings
from api.wiring.bootstrap import assemble
from api.wiring.choice_model_provider import ChoiceModelProvider
from domain.callers import working_for
from domain.customers.panel import Panel
from domain.engines.choice import ChoiceReactions
from domain.personas.persona import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers
from tests.fakes.engines import AsksNoModel
from tests.fakes.keys import Headers, give_key

pytestmark = pytest.mark.anyio

UNHEARD = "A price rise nobody is to hear of: $7 a month."
BODY = {"scenario": UNHEARD, "labels": {"campaign": "autumn"}}


@pytest.fixture
def brand(app: FastAPI) -> Headers:
    return give_key(app, tenant="brand")


@pytest.fixture
def rival(app: FastAPI) -> Headers:
    return give_key(app, tenant="rival")


async def started(client: httpx.AsyncClient, who: Headers) -> dict[str, Any]:
    """A simulation of this tenant, finished."""
    simulation: dict[str, Any] = (await client.post("/simulations", json=BODY, headers=who)).json()
    while simulation.get("ended_at") is None:
        await asyncio.sleep(0.02)
        simulation = (await client.get(f"/simulations/{simulation['id']}", headers=who)).json()
    return simulation


def paths_of(app: FastAPI, simulation_id: str) -> list[tuple[str, str]]:
    """Every operation on one simulation."""
    return [
        (method.upper(), path.replace("{simulation_id}", simulation_id))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if "{simulation_id}" in path
    ]


async def test_what_belongs_to_another_is_not_there(
    client: httpx.AsyncClient, app: FastAPI, brand: Headers, rival: Headers
) -> None:
    simulation = await started(client, brand)
    theirs, nobodys = (paths_of(app, id_) for id_ in (simulation["id"], "sim_" + "0" * 32))
    assert len(theirs) >= 2
    for (method, path), (_, nothing) in zip(theirs, nobodys, strict=True):
        told, expected = [
            (await client.request(method, each, headers=rival)) for each in (path, nothing)
        ]
        assert told.status_code == expected.status_code == 404, path
        assert told.json()["detail"] == expected.json()["detail"]
    assert (
        await client.get(f"/simulations/{simulation['id']}", headers=brand)
    ).json() == simulation


@pytest.mark.parametrize("query", ["", "?label=campaign:autumn", "?state=succeeded", "?limit=1"])
async def test_lists_and_searches_show_ones_own(
    client: httpx.AsyncClient, brand: Headers, rival: Headers, query: str
) -> None:
    await started(client, brand)
    own = await started(client, rival)
    listed = (await client.get(f"/simulations{query}", headers=rival)).json()
    assert [item["id"] for item in listed["items"]] == [own["id"]]
    assert listed["next_cursor"] is None


async def test_the_cursor_of_another_leads_to_ones_own(
    client: httpx.AsyncClient, brand: Headers, rival: Headers
) -> None:
    own = await started(client, rival)
    for _ in range(2):
        await started(client, brand)
    cursor = (await client.get("/simulations?limit=1", headers=brand)).json()["next_cursor"]
    listed = (await client.get(f"/simulations?cursor={cursor}", headers=rival)).json()
    assert [item["id"] for item in listed["items"]] == [own["id"]]


async def test_an_idempotency_key_is_the_tenants_own(
    client: httpx.AsyncClient, brand: Headers, rival: Headers
) -> None:
    same = {"Idempotency-Key": "launch"}
    first = await client.post("/simulations", json=BODY, headers=brand | same)
    other = await client.post("/simulations", json={"scenario": "x"}, headers=rival | same)
    again = await client.post("/simulations", json=BODY, headers=brand | same)
    assert (first.status_code, other.status_code) == (202, 202)
    assert other.json()["id"] != first.json()["id"] == again.json()["id"]


async def test_two_keys_of_one_tenant_share_what_is_theirs(
    client: httpx.AsyncClient, app: FastAPI, brand: Headers
) -> None:
    simulation = await started(client, brand)
    second = give_key(app, tenant="brand")
    answer = await client.get(f"/simulations/{simulation['id']}", headers=second)
    assert answer.json() == simulation


async def test_what_was_there_before_keys_is_of_the_public_tenant(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    found = []
    for tenants in ((), ("public", "brand")):
        async with opened(settings, customers) as app:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
                if not tenants:
                    await started(client, {})
                for key in [give_key(app, tenant=tenant) for tenant in tenants]:
                    listed = await client.get("/simulations", headers=key)
                    found.append(len(listed.json()["items"]))
    assert found == [1, 0]


@dataclass
class Listening(AsksNoModel):
    """An engine that notes for whom it works."""

    choice: ChoiceReactions
    engine: Engine = "choice"
    worked_for: Counter[str] = field(default_factory=Counter)

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        self.worked_for[working_for.get()] += 1
        return await self.choice.react(scenario, persona, panel, seed)


async def test_engines_can_tell_for_whom_they_work(
    settings: Settings, customers: FakeCustomers
) -> None:
    choice = ChoiceReactions(customers, ChoiceModelProvider(customers))
    engine = Listening(choice)

    @asynccontextmanager
    async def listening(chosen: Settings) -> AsyncIterator[Services]:
        with closing(open_store(chosen.store_url, max_unfinished_calls=100)) as store:
            yield assemble(chosen, customers, store, {"choice": engine})

    app = create_app(settings, listening)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://twin") as client,
    ):
        brand, rival = give_key(app, tenant="brand"), give_key(app, tenant="rival")
        await started(client, brand)
        await client.post("/personas/S1/ask", json={"scenario": UNHEARD}, headers=rival)
    assert engine.worked_for == {"brand": 8, "rival": 1}
