from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import TypeAdapter

from adapters.webhooks.signatures import Signatures
from api.app import create_app
from api.http.dependencies import Page
from api.http.lists import PersonaListed, SegmentListed, SimulationListed
from api.http.openapi import as_3_1
from api.representations.bodies import (
    Alive,
    AskBody,
    ConversationBodyOut,
    LeversBody,
    ReactionItem,
    Readiness,
    RenderBody,
    RetryBody,
    SimulationBody,
    SimulationBodyOut,
    Version,
)
from api.representations.examples import examples
from api.representations.webhook_schema import SimulationEnded
from api.routes.functions import Answers, Rows
from api.settings import Settings
from domain.customers.segments import Segment
from domain.personas.persona import Persona
from domain.reactions import Answer, Reaction
from domain.scenarios.scenario import LeverReading, Scenario, ScenarioTemplate
from domain.simulations.estimate import RunEstimate
from domain.simulations.simulation import FINAL_STATES

REQUESTS: dict[str, Any] = {
    "ask_persona": AskBody,
    "read_levers": LeversBody,
    "render_scenario_template": RenderBody,
    "start_simulation": SimulationBody,
    "estimate_simulation": SimulationBody,
    "retry_simulation": RetryBody,
}
SILENT = {
    "delete_conversation",
    "delete_simulation",
    "export_simulation",
}  # answer with no JSON of one model
FUNCTION_REQUESTS: dict[str, Any] = {
    "ask_rows": Rows,
    "simulate_rows": Rows,
    "question_rows": Rows,
}
FUNCTION_RESPONSES: dict[str, Any] = {
    **dict.fromkeys(FUNCTION_REQUESTS, Answers),
    "poll_ask_rows": Answers,
    "poll_simulate_rows": Answers,
}
RESPONSES: dict[str, Any] = {
    "list_personas": Page[PersonaListed],
    "get_persona": Persona,
    "ask_persona": Reaction | Answer,
    "get_conversation": ConversationBodyOut,
    "list_segments": Page[SegmentListed],
    "get_segment": Segment,
    "list_scenario_templates": Page[ScenarioTemplate],
    "render_scenario_template": Scenario,
    "read_levers": LeverReading,
    "start_simulation": SimulationBodyOut,
    "estimate_simulation": RunEstimate,
    "list_simulations": Page[SimulationListed],
    "get_simulation": SimulationBodyOut,
    "cancel_simulation": SimulationBodyOut,
    "retry_simulation": SimulationBodyOut,
    "replay_simulation": SimulationBodyOut,
    "list_reactions": Page[ReactionItem],
    "watch_simulation": str,
    "check_health": Alive,
    "check_readiness": Readiness,
    "get_version": Version,
}


def document_of(*, spcs: bool) -> dict[str, Any]:
    return create_app(Settings(spcs=spcs)).openapi()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """That of a container service, which has all there is."""
    return document_of(spcs=True)


def test_outside_a_container_service_functions_are_not_told_of(document: dict[str, Any]) -> None:
    elsewhere = document_of(spcs=False)
    assert {o["operationId"] for o in _operations(elsewhere)} == {*RESPONSES, *SILENT}
    assert {o["operationId"] for o in _operations(document)} == {
        *RESPONSES,
        *SILENT,
        *FUNCTION_RESPONSES,
    }
    assert {t["name"] for t in document["tags"]} - {t["name"] for t in elsewhere["tags"]} == {
        "Functions"
    }


def test_the_document_is_openapi_3_1_and_whole(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    references = {node["$ref"] for node in _nodes(document) if "$ref" in node}
    assert references - {"#/components/pathItems/SimulationEnded"} <= {
        f"#/components/schemas/{name}" for name in schemas
    }
    assert "HTTPValidationError" not in schemas


def test_a_stream_is_told_of_as_openapi_3_1_can() -> None:
    app = FastAPI()

    @app.get("/stream", response_class=EventSourceResponse)
    async def stream() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(data="an event")

    document = app.openapi()
    as_3_1(document)
    content = document["paths"]["/stream"]["get"]["responses"]["200"]["content"]
    assert content == {"text/event-stream": {"schema": {"type": "string"}}}


def test_every_operation_has_its_own_name_a_tag_and_words(document: dict[str, Any]) -> None:
    operations = list(_operations(document))
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    known = {tag["name"] for tag in document["tags"]}
    for operation in operations:
        assert set(operation["tags"]) <= known
        assert operation["summary"]
        assert operation["description"]


def test_every_operation_declares_its_problems_as_problem_json(document: dict[str, Any]) -> None:
    for operation in _operations(document):
        responses = operation["responses"]
        expected = {"403", "405", "406", "500"}
        expected |= {"400", "408", "413", "415", "422"} if "requestBody" in operation else set()
        assert expected <= set(responses), operation["operationId"]
        for status, response in responses.items():
            if int(status) >= 400 and operation["operationId"] != "check_readiness":
                assert set(response["content"]) == {"application/problem+json"}


OPEN = {"check_health", "check_readiness", "get_version"}


def test_every_operation_but_the_open_ones_says_which_key_it_needs(
    document: dict[str, Any],
) -> None:
    schemes = document["components"]["securitySchemes"]
    for operation in _operations(document):
        needed = operation["security"]
        assert bool(needed) is (operation["operationId"] not in OPEN)
        assert {name for each in needed for name in each} == (set(schemes) if needed else set())
        assert {"401", "429"} <= set(operation["responses"]) or not needed
        for each in needed:
            (scopes,) = each.values()
            assert f"scope `{scopes[0]}`" in operation["description"]


def test_every_parameter_of_a_query_or_header_is_described(document: dict[str, Any]) -> None:
    for operation in _operations(document):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["in"] == "path", parameter["name"]


@pytest.mark.parametrize("name", sorted(REQUESTS | FUNCTION_REQUESTS))
def test_an_example_of_a_request_is_one_the_service_takes(
    document: dict[str, Any], name: str
) -> None:
    operation = next(o for o in _operations(document) if o["operationId"] == name)
    shown = operation["requestBody"]["content"]["application/json"]["examples"]
    assert shown == examples()[name]["request"]
    for example in shown.values():
        TypeAdapter((REQUESTS | FUNCTION_REQUESTS)[name]).validate_python(example["value"])


@pytest.mark.parametrize("name", sorted(RESPONSES | FUNCTION_RESPONSES))
def test_an_example_of_an_answer_is_one_the_service_gives(
    document: dict[str, Any], name: str
) -> None:
    operation = next(o for o in _operations(document) if o["operationId"] == name)
    success = operation["responses"][min(operation["responses"])]
    content = success["content"]
    shown = content.get("application/json", content[min(content)])["examples"]
    assert shown
    for example in shown.values():
        TypeAdapter((RESPONSES | FUNCTION_RESPONSES)[name]).validate_python(example["value"])


@pytest.mark.anyio
async def test_the_document_is_served(client: httpx.AsyncClient, app: FastAPI) -> None:
    assert (await client.get("/openapi.json")).json() == app.openapi()


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/docs", "/"])
async def test_an_operator_may_leave_the_documentation_out(path: str) -> None:
    transport = httpx.ASGITransport(create_app(Settings(docs=False)))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        assert (await client.get(path)).status_code == 404


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _nodes(node: object) -> Iterator[dict[str, Any]]:
    """Every object in the document but what is in its examples."""
    if isinstance(node, dict):
        yield node
        for name, inner in node.items():
            if name != "examples":
                yield from _nodes(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _nodes(inner)


def test_what_is_tried_out_is_filled_in_or_says_where_to_get_it(document: dict[str, Any]) -> None:
    filled, told = {}, {}
    for operation in _operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                assert parameter["description"]
                filled[parameter["name"]] = parameter.get("example")
                told[parameter["name"]] = parameter["description"]
    assert filled == {
        "persona_or_segment_id": "S1",
        "segment_id": "S1",
        "template_id": "competitor-discount",
        "simulation_id": None,
        "conversation_id": None,
    }
    assert "POST /simulations" in told["simulation_id"]
    assert "conversation_id" in told["conversation_id"]


def test_the_document_says_where_it_holds_and_what_receivers_are_told(
    document: dict[str, Any],
) -> None:
    assert [server["url"] for server in document["servers"]] == ["/"]
    name = document["webhooks"]["simulation-ended"]["$ref"].rpartition("/")[2]
    (told,) = document["components"]["pathItems"][name].values()
    signed = Signatures(f"whsec_{'A' * 43}=").headers("msg_1", "{}", datetime.now(UTC))
    assert [each["name"] for each in told["parameters"]] == list(signed)
    content = told["requestBody"]["content"]["application/json"]
    assert content["schema"]["$ref"].endswith("/SimulationEnded")
    assert set(SimulationEnded.model_validate(content["example"]).model_dump()) == {"id", "state"}
    states = document["components"]["schemas"]["SimulationEnded"]["properties"]["state"]["enum"]
    assert set(states) == {str(state) for state in FINAL_STATES}


def test_nothing_that_is_sent_has_a_default_and_nothing_answered_is_missing(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]
    for name in ("AskBody", "SimulationBody", "Panel", "Scenario", "PriceChange"):
        fields = schemas[name]["properties"].values()
        assert not [field for field in fields if "default" in field], name
    assert "Default: 42." in schemas["SimulationBody"]["properties"]["seed"]["description"]
    for name in ("SimulationBodyOut", "Reaction", "SimulationRequest", "Persona", "Usage"):
        assert schemas[name]["required"] == list(schemas[name]["properties"]), name
    for name in ("PersonaListed", "SegmentListed", "SimulationListed"):
        assert set(schemas[name]["required"]) < set(schemas[name]["properties"]), name


def test_no_generator_need_choose_before_it_takes_a_scenario(document: dict[str, Any]) -> None:
    for name in ("AskBody", "SimulationBody"):
        body = document["components"]["schemas"][name]
        (kinds, *_) = body["allOf"]
        assert set(body["properties"]["scenario"]) <= {"title", "description"}
        assert [each.get("type") for each in kinds["properties"]["scenario"]["anyOf"]] == [
            "string",
            None,  # a reference
            "null",
        ]
        assert "required" not in body
