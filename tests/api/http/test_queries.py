"""Every operation refuses a query parameter that it does not know."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from api.settings import Settings
from tests.api.simulating import start

pytestmark = pytest.mark.anyio

ROUTES = sorted(
    (method, str(context.path))
    for context in iter_route_contexts(create_app(Settings(spcs=False)).routes)
    for method in context.methods or ()
    if isinstance(context.original_route, APIRoute) and not str(context.path).startswith("/docs")
)
KNOWN = {"/personas": {"limit", "cursor"}, "/simulations/{simulation_id}/export": {"format"}}
BODIES: dict[str, Any] = {
    "/personas/S1/ask": {"question": "Why?"},
    "/scenarios/levers": {"text": "Prices rise."},
}


async def sent(client: httpx.AsyncClient, method: str, path: str, query: str) -> httpx.Response:
    """The answer to a request that has no fault but its query."""
    location = await start(client) if "{simulation_id" in path else ""
    path = path.replace("/simulations/{simulation_id:simulation}", location)
    path = path.replace("/simulations/{simulation_id}", location)
    path = path.replace("{persona_or_segment_id}", "S1").replace("{segment_id}", "S1")
    path = path.replace("{template_id}", "price-increase").replace("{conversation_id}", "talk")
    body = BODIES.get(path, {"scenario": "Prices rise."}) if method == "POST" else None
    return await client.request(method, f"{path}?{query}", json=body)


def test_there_is_a_route_to_try() -> None:
    assert len(ROUTES) >= 25


async def test_every_route_refuses_a_parameter_it_does_not_know_by_name(
    client: httpx.AsyncClient,
) -> None:
    told = {}
    for route in ROUTES:
        answer = await sent(client, *route, "page=2")
        faults = answer.json().get("errors", [])
        told[route] = answer.status_code, [fault.get("query") for fault in faults]
    assert told == {route: (422, ["page"]) for route in ROUTES}


@pytest.mark.parametrize(
    ("path", "query", "names"),
    [
        ("/personas", "limit=5&limit=6", ["limit"]),
        ("/simulations", "state=failed&label=a:b&state=failed", ["state"]),
        ("/personas", "Limit=5", ["Limit"]),
        ("/personas", "limit=5&offset=5&sort=share", ["offset", "sort"]),
        ("/personas", "=5", [""]),
        ("/personas", "page", ["page"]),
        ("/personas/S1", "limit=5", ["limit"]),
        ("/healthz", "limit=5", ["limit"]),
        ("/segments", "%00%0a=1", ["\ufffd\ufffd"]),
        ("/segments", f"{'x' * 5_000}=1", [f"{'x' * 64}…"]),
        ("/segments", "%ff%fe=1", ["\ufffd\ufffd"]),
    ],
)
async def test_whatever_a_route_does_not_know_is_named(
    client: httpx.AsyncClient, path: str, query: str, names: list[str]
) -> None:
    answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert [fault["query"] for fault in answer.json()["errors"]] == names


@pytest.mark.parametrize("path", KNOWN)
async def test_who_is_refused_is_told_what_there_is(app: FastAPI, path: str) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://twin"
    ) as client:
        answer = await sent(client, "GET", path, "page=2")
    told = answer.json()["errors"][0]["detail"]
    assert all(name in told for name in KNOWN[path])


async def test_nothing_is_begun_by_a_request_that_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/simulations?repeats=3", json={"scenario": "Prices rise."})
    assert answer.status_code == 422
    assert (await client.get("/simulations")).json()["items"] == []
