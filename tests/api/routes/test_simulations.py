from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.services import Services
from domain.customers.panel import Panel
from domain.engines.reaction_model import ReactionModel
from domain.errors import ReplyInvalid
from domain.personas.persona import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from domain.simulations.simulation import Summary
from tests.api.simulating import final, start
from tests.fakes.engines import AsksNoModel
from tests.fakes.speechless import Speechless

pytestmark = pytest.mark.anyio

SCENARIOS = [
    "Snowmobile is raising prices by $5/month. Disney+ will be included free.",
    "We are announcing a 5% price increase on all postpaid plans effective April 1.",
]


class Unwell(AsksNoModel):
    """An engine that has no reaction of one segment."""

    engine: Engine = "choice"

    def __init__(self, model: ReactionModel, segment_id: str) -> None:
        self._model = model
        self._segment_id = segment_id

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        if persona.segment_id == self._segment_id:
            raise ReplyInvalid("it holds no JSON object")
        return await self._model.react(scenario, persona, panel, seed)


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
    location = await start(client, scenarios=SCENARIOS)
    simulation = await final(client, location)
    assert simulation["state"] == "succeeded"
    assert simulation["progress"] == 1
    assert simulation["counts"]["done"] == 16
    summary = Summary.model_validate(simulation["summary"])
    assert [scenario.text for scenario in summary.scenarios] == SCENARIOS


async def test_reactions_are_paged_in_the_order_they_were_asked(
    client: httpx.AsyncClient,
) -> None:
    location = await start(client, scenarios=SCENARIOS)
    await final(client, location)
    items = await _all(client, f"{location}/reactions?limit=5")
    assert [item["index"] for item in items] == list(range(16))
    assert {item["status"] for item in items} == {"done"}
    assert {item["engine"] for item in items} == {"choice"}
    assert Reaction.model_validate(items[0]["reaction"]).measurable


async def test_who_waits_is_answered_with_the_end(client: httpx.AsyncClient) -> None:
    answer = await client.post("/simulations?wait=60", json={"scenario": SCENARIOS[0]})
    simulation = answer.json()
    assert answer.status_code == 202
    assert (simulation["state"], simulation["done"]) == ("succeeded", True)
    assert Summary.model_validate(simulation["summary"]).scenarios[0].text == SCENARIOS[0]
    assert "retry-after" not in answer.headers


async def test_who_waits_too_short_is_told_how_it_stands(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    services: Services = app.state.services
    services.reaction_models["choice"] = Speechless()  # type: ignore[index]  # a dict all the same
    answer = await client.post("/simulations?wait=1", json={"scenario": SCENARIOS[0]})
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["done"]) == ("running", False)
    assert answer.headers["retry-after"] == "2"
    await services.supervisor.stop(0)


async def test_who_waits_for_what_has_ended_waits_no_more(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "launch-1"}
    path, body = "/simulations?wait=60", {"scenario": SCENARIOS[0]}
    first, again = [await client.post(path, json=body, headers=key) for _ in range(2)]
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()


@pytest.mark.parametrize("seconds", ["61", "-1", "1.5", "1_0", "", "soon"])
async def test_nobody_waits_longer_than_a_minute(client: httpx.AsyncClient, seconds: str) -> None:
    answer = await client.post(f"/simulations?wait={seconds}", json={"scenario": SCENARIOS[0]})
    assert answer.status_code == 422
    assert [fault["query"] for fault in answer.json()["errors"]] == ["wait"]


async def test_a_simulation_echoes_what_is_used(client: httpx.AsyncClient) -> None:
    asked = (await client.post("/simulations", json={"scenario": SCENARIOS[0]})).json()["request"]
    assert (asked["engine"], asked["seed"], asked["repeats"]) == ("choice", 42, 1)


async def test_links_lead_to_what_the_state_allows(client: httpx.AsyncClient) -> None:
    begun = (await client.post("/simulations", json={"scenario": SCENARIOS[0]})).json()
    here = f"/simulations/{begun['id']}"
    ended = await final(client, here)
    always = {"self": here, "reactions": f"{here}/reactions", "events": f"{here}/events"}
    over = {"export": f"{here}/export", "replay": f"{here}/replay", "retry": None, "cancel": None}
    assert begun["links"] == {**always, **dict.fromkeys(over), "cancel": f"{here}/cancel"}
    assert ended["links"] == {**always, **over}
    assert (await client.get(ended["links"]["export"])).status_code == 200
    assert (await client.post(ended["links"]["replay"])).status_code == 202


async def test_personas_without_a_customer_in_the_audience_are_left_out_and_named(
    client: httpx.AsyncClient,
) -> None:
    panel = {"audience": {"min_tenure_months": 114}}  # months nobody of S3 has been here
    body = {"scenario": SCENARIOS[0], "panel": panel}
    estimate = (await client.post("/simulations/estimate", json=body)).json()
    location = await start(client, **body)
    simulation = await final(client, location)
    replay = await client.post(f"{location}/replay")

    assert (simulation["state"], simulation["counts"]["total"]) == ("succeeded", 7)
    (left_out,) = simulation["left_out"]
    assert (left_out["segment_id"], left_out["scenario_index"]) == ("S3", 0)
    assert "S3" in left_out["reason"]
    assert (estimate["reactions"], estimate["left_out"]) == (7, [left_out])
    assert replay.json()["left_out"] == [left_out]


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/simulations", "/scenario/audience"),
        ("/simulations/estimate", "/scenario/audience"),
        ("/personas/S1/ask", "/scenario/audience"),
    ],
)
async def test_an_audience_of_nobody_is_refused_with_the_field(
    client: httpx.AsyncClient, path: str, pointer: str
) -> None:
    body = {"scenario": {"text": SCENARIOS[0], "audience": {"states": ["AK"]}}}
    answer = await client.post(path, json=body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_a_panel_asks_only_those_it_names(client: httpx.AsyncClient) -> None:
    panel = {"segments": ["S1", "S5"], "respondents_per_segment": 30}
    location = await start(client, scenario=SCENARIOS[0], panel=panel, repeats=2)
    await final(client, location)
    items = await _all(client, f"{location}/reactions?limit=100")
    assert [item["segment_id"] for item in items] == ["S1", "S5", "S1", "S5"]
    assert {item["reaction"]["provenance"]["customers_asked"] for item in items} == {30}


async def test_one_failed_reaction_is_an_item_and_not_the_end(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    services: Services = app.state.services
    unwell = Unwell(services.reaction_models["choice"], "S8")
    services.reaction_models["choice"] = unwell  # type: ignore[index]  # a dict all the same
    location = await start(client, scenario=SCENARIOS[0])
    simulation = await final(client, location)
    items = await _all(client, f"{location}/reactions?limit=100")
    assert simulation["state"] == "partial"
    assert simulation["links"]["retry"] == f"{location}/retry"
    assert [item["status"] for item in items] == ["done"] * 7 + ["failed"]
    assert items[-1]["error"]["code"] == "reply_invalid"


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
    started = [await start(client, scenario=SCENARIOS[0], labels=each) for each in labels]
    for location in started:
        await final(client, location)
    everything = await _all(client, "/simulations?limit=2&state=succeeded")
    pricing = await _all(client, "/simulations?limit=1&label=team:pricing")
    assert [s["links"]["self"] for s in everything] == started[::-1]
    assert [s["links"]["self"] for s in pricing] == [started[2], started[0]]


async def test_a_list_says_how_each_stands_and_its_address_the_rest(
    client: httpx.AsyncClient,
) -> None:
    texts = ["Prices rise by $5 a month. " * 20, "Disney+ is included."]
    location = await start(client, scenarios=texts, labels={"team": "pricing"})
    whole = await final(client, location)
    (short,) = (await client.get("/simulations")).json()["items"]
    (full,) = (await client.get("/simulations?view=full")).json()["items"]
    assert (short["title"], short["scenario_count"]) == (texts[0][:119] + "…", 2)
    assert (short["engine"], short["labels"]) == ("choice", {"team": "pricing"})
    assert {"request", "summary", "left_out"}.isdisjoint(short)
    assert full.items() >= short.items()
    assert full.items() >= whole.items()


async def _all(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Every item of a list, page by page; `path` has a query already."""
    page = (await client.get(path)).json()
    items: list[dict[str, Any]] = page["items"]
    while page["next_cursor"]:
        page = (await client.get(f"{path}&cursor={page['next_cursor']}")).json()
        items += page["items"]
    return items
