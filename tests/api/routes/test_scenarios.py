from __future__ import annotations

import httpx
import pytest

from domain.scenarios.scenario import Scenario, ScenarioTemplate
from domain.scenarios.templates import TEMPLATES

pytestmark = pytest.mark.anyio


async def test_every_template_is_listed(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/scenario-templates?limit=100")).json()["items"]
    assert {ScenarioTemplate.model_validate(item).id for item in listed} == {
        template.id for template in TEMPLATES
    }


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
async def test_a_rendered_template_can_be_asked(
    client: httpx.AsyncClient, template: ScenarioTemplate
) -> None:
    path = f"/scenario-templates/{template.id}/render"
    values = {parameter.name: parameter.example for parameter in template.parameters}
    rendered = (await client.post(path, json={"parameters": values})).json()
    assert Scenario.model_validate(rendered).category == template.category
    answer = await client.post("/personas/S1/ask", json={"scenario": rendered})
    assert answer.json()["measurable"]


async def test_an_unknown_template_is_told_which_there_are(client: httpx.AsyncClient) -> None:
    answer = await client.post("/scenario-templates/zebra/render", json={})
    assert answer.status_code == 404
    assert TEMPLATES[0].id in answer.json()["detail"]


async def test_levers_are_read_with_their_words(client: httpx.AsyncClient) -> None:
    text = "5% price increase on all postpaid plans effective April 1"
    reading = (await client.post("/scenarios/levers", json={"text": text})).json()
    (lever,) = reading["levers"]
    assert (lever["kind"], lever["percent"], lever["scope"]) == ("price_change", 5, "postpaid")
    assert lever["read_from"] in text


async def test_a_text_without_levers_has_none(client: httpx.AsyncClient) -> None:
    reading = (await client.post("/scenarios/levers", json={"text": "We love you."})).json()
    assert reading["levers"] == []


PARTIAL = "Prices go up by $5 a month for customers without AutoPay."


async def test_what_no_lever_accounts_for_comes_with_a_question(client: httpx.AsyncClient) -> None:
    reading = (await client.post("/scenarios/levers", json={"text": PARTIAL})).json()
    assert reading["status"] == "partial"
    (span,) = reading["unread"]
    assert PARTIAL[span["start"] : span["end"]] == span["text"] == "customers without AutoPay"
    assert span["reason"] == "limit"
    assert span["question"].endswith("everyone, or only customers without AutoPay?")


async def test_a_text_that_is_not_english_is_told_so(client: httpx.AsyncClient) -> None:
    text = "Los precios suben para todos los clientes."
    reading = (await client.post("/scenarios/levers", json={"text": text})).json()
    assert (reading["status"], reading["nothing_because"]) == ("nothing", "not_english")


async def test_a_reaction_says_how_far_its_text_was_read(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/personas/S1/ask", json={"scenario": PARTIAL})).json()
    assert answer["reading"]["status"] == "partial"
    assert answer["reading"]["unread"][0]["text"] == "customers without AutoPay"


async def test_levers_that_are_given_are_the_caller_s_and_never_partial(
    client: httpx.AsyncClient,
) -> None:
    rise = {"kind": "price_change", "amount_dollars": 5.0}
    scenario = {"text": PARTIAL, "levers": [rise]}
    answer = (await client.post("/personas/S1/ask", json={"scenario": scenario})).json()
    assert answer["reading"] is None
