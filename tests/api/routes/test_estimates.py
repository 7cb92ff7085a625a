from __future__ import annotations

import httpx
import pytest

from tests.api.simulating import final, start

pytestmark = pytest.mark.anyio

RISE = "Prices rise by $5 a month."


async def test_the_choice_model_takes_time_and_no_tokens(client: httpx.AsyncClient) -> None:
    told = (await client.post("/simulations/estimate", json={"scenario": RISE})).json()
    assert (told["engine"], told["reactions"]) == ("choice", 8)
    assert told["model_calls"] == told["input_tokens"] == {"low": 0, "expected": 0, "high": 0}
    assert told["model"] is None


async def test_nothing_is_started(client: httpx.AsyncClient) -> None:
    await client.post("/simulations/estimate", json={"scenario": RISE})
    assert (await client.get("/simulations")).json()["items"] == []


async def test_time_is_told_once_a_simulation_was_timed(client: httpx.AsyncClient) -> None:
    before = (await client.post("/simulations/estimate", json={"scenario": RISE})).json()
    await final(client, await start(client, scenario=RISE))
    body = {"scenarios": [RISE] * 50, "repeats": 20}
    after = (await client.post("/simulations/estimate", json=body)).json()
    single = (await client.post("/simulations/estimate", json={"scenario": RISE})).json()
    assert before["seconds"] is None
    assert after["reactions"] == 8_000
    assert after["seconds"] == pytest.approx(1_000 * single["seconds"], rel=0.05)


async def test_what_would_be_refused_is_refused_here(client: httpx.AsyncClient) -> None:
    body = {"scenario": RISE, "panel": {"segments": ["S99"]}}
    answer = await client.post("/simulations/estimate", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/panel/segments/0"
