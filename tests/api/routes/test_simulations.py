from __future__ import annotations

import asyncio
from typing import Any, cast

import httpx
import pytest

from domain.reactions import Reaction
from domain.simulations import Summary

pytestmark = pytest.mark.anyio

SCENARIOS = [
    "Snowmobile is raising prices by $5/month. Disney+ will be included free.",
    "We are announcing a 5% price increase on all postpaid plans effective April 1.",
]


async def test_an_accepted_simulation_says_where_and_when_to_look(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/simulations", json={"scenarios": SCENARIOS})
    simulation = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/simulations/{simulation['id']}"
    assert answer.headers["retry-after"] == "2"
    assert simulation["id"].startswith("sim_")
    assert simulation["counts"]["total"] == 16
    assert simulation["summary"] is None


async def test_a_simulation_ends_in_a_summary_of_every_scenario(
    client: httpx.AsyncClient,
) -> None:
    location = await _start(client, scenarios=SCENARIOS)
    simulation = await _final(client, location)
    assert simulation["state"] == "succeeded"
    assert simulation["progress"] == 1
    assert simulation["counts"]["done"] == 16
    summary = Summary.model_validate(simulation["summary"])
    assert [scenario.text for scenario in summary.scenarios] == SCENARIOS


async def test_reactions_are_paged_in_the_order_they_were_asked(
    client: httpx.AsyncClient,
) -> None:
    location = await _start(client, scenarios=SCENARIOS)
    await _final(client, location)
    items = await _all(client, f"{location}/reactions?limit=5")
    assert [item["index"] for item in items] == list(range(16))
    assert {item["status"] for item in items} == {"done"}
    assert {item["engine"] for item in items} == {"choice"}
    assert Reaction.model_validate(items[0]["reaction"]).measurable


async def test_a_panel_asks_only_those_it_names(client: httpx.AsyncClient) -> None:
    panel = {"segments": ["S1", "S5"], "respondents_per_segment": 30}
    location = await _start(client, scenario=SCENARIOS[0], panel=panel, repeats=2)
    await _final(client, location)
    items = await _all(client, f"{location}/reactions?limit=100")
    assert [item["segment_id"] for item in items] == ["S1", "S5", "S1", "S5"]
    assert {item["reaction"]["provenance"]["customers_asked"] for item in items} == {30}


async def test_one_failed_reaction_is_an_item_and_not_the_end(client: httpx.AsyncClient) -> None:
    audience = {"segments": ["S1"], "min_tenure_months": 600}
    nobody = {"text": SCENARIOS[0], "audience": audience}
    location = await _start(client, scenarios=[SCENARIOS[1], nobody])
    simulation = await _final(client, location)
    items = await _all(client, f"{location}/reactions?limit=100")
    assert simulation["state"] == "partial"
    assert [item["status"] for item in items] == ["done"] * 8 + ["failed"]
    assert items[-1]["error"]["code"] == "invalid_input"


async def test_the_same_key_and_request_are_accepted_once(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "launch-1"}
    first = await client.post("/simulations", json={"scenario": SCENARIOS[0]}, headers=key)
    again = await client.post(
        "/simulations",
        json={"seed": 42, "scenarios": [{"text": SCENARIOS[0]}]},
        headers=key,
    )
    assert again.status_code == 202
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_the_same_key_with_another_request_is_refused(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "launch-1"}
    await client.post("/simulations", json={"scenario": SCENARIOS[0]}, headers=key)
    answer = await client.post("/simulations", json={"scenario": SCENARIOS[1]}, headers=key)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:cdt:problem:idempotency-key-reused"
    assert answer.json()["errors"][0]["header"] == "Idempotency-Key"


@pytest.mark.parametrize("key", ["", "two words", "x" * 256])
async def test_a_key_that_cannot_be_kept_is_refused(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post(
        "/simulations", json={"scenario": "a"}, headers={"Idempotency-Key": key}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["header"] == "Idempotency-Key"


async def test_a_failure_before_acceptance_leaves_the_key_free(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "launch-1"}
    unknown = {"scenario": SCENARIOS[0], "panel": {"segments": ["S99"]}}
    assert (await client.post("/simulations", json=unknown, headers=key)).status_code == 422
    answer = await client.post("/simulations", json={"scenario": SCENARIOS[0]}, headers=key)
    assert answer.status_code == 202


async def test_a_full_queue_accepts_nothing_and_says_when_to_return(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/simulations", json={"scenarios": [SCENARIOS[0]] * 26})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert (await client.get("/simulations")).json()["items"] == []


async def test_simulations_are_listed_newest_first_by_label_and_state(
    client: httpx.AsyncClient,
) -> None:
    labels = [{"team": "pricing"}, {"team": "retention"}, {"team": "pricing"}]
    started = [await _start(client, scenario=SCENARIOS[0], labels=each) for each in labels]
    for location in started:
        await _final(client, location)
    everything = await _all(client, "/simulations?limit=2&state=succeeded")
    pricing = await _all(client, "/simulations?limit=1&label=team:pricing")
    assert [s["links"]["self"] for s in everything] == started[::-1]
    assert [s["links"]["self"] for s in pricing] == [started[2], started[0]]


async def _start(client: httpx.AsyncClient, **body: object) -> str:
    answer = await client.post("/simulations", json=body)
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


async def _final(client: httpx.AsyncClient, location: str) -> dict[str, Any]:
    """The simulation once the service no longer asks to come back."""
    while True:
        answer = await client.get(location)
        if "retry-after" not in answer.headers:
            return cast("dict[str, Any]", answer.json())
        await asyncio.sleep(0.01)


async def _all(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Every item of a list, page by page; `path` has a query already."""
    page = (await client.get(path)).json()
    items: list[dict[str, Any]] = page["items"]
    while page["next_cursor"]:
        page = (await client.get(f"{path}&cursor={page['next_cursor']}")).json()
        items += page["items"]
    return items
