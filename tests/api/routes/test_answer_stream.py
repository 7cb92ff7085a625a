"""What a persona says, as events over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from api.services import Services
from api.settings import Settings
from domain.customers.panel import Panel
from domain.errors import ReplyInvalid
from domain.personas.persona import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers
from tests.fakes.engines import AsksNoModel
from tests.fakes.served import served
from tests.fakes.sse import Event, events_of
from tests.patience import in_time

pytestmark = pytest.mark.anyio

RISE = {"scenario": "Prices go up by $5 a month.", "conversation_id": "talk-1"}
EVENTS = {"Accept": "text/event-stream"}


class Unheard(AsksNoModel):
    """An engine that fails, or never comes to an end."""

    engine: Engine = "choice"

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.begun, self.given_up = asyncio.Event(), asyncio.Event()

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        self.begun.set()
        if self.error:
            raise self.error
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up.set()
        raise AssertionError


@pytest.fixture
async def app(settings: Settings, opened: Opened) -> AsyncIterator[FastAPI]:
    async with opened(settings.model_copy(update={"max_computed_asks": 1}), FakeCustomers()) as app:
        yield app


def answer_by(app: FastAPI, model: Unheard) -> None:
    services: Services = app.state.services
    app.state.services = replace(services, reaction_models={"choice": model})


async def hear(client: httpx.AsyncClient, body: dict[str, Any]) -> list[Event]:
    async with client.stream("POST", "/personas/S1/ask", json=body, headers=EVENTS) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        async with in_time("the stream to end"):
            return [event async for event in events_of(answer)]


@pytest.mark.parametrize(
    ("body", "name", "fields"),
    [
        (RISE, "reaction", ("initial_reaction", "reasoning", "sample_verbatim")),
        ({"question": "Is coverage a problem?"}, "answer", ("text",)),
    ],
)
async def test_the_words_come_first_and_the_whole_at_the_end(
    app: FastAPI, body: dict[str, Any], name: str, fields: tuple[str, ...]
) -> None:
    async with served(app) as client:
        *words, whole = await hear(client, body)
        at_once = (await client.post("/personas/S1/ask", json=body)).json()
    assert (whole.name, whole.data) == (name, at_once)
    assert {event.name for event in words} == {"words"}
    for field in fields:
        told = " ".join(event.data["text"] for event in words if event.data["field"] == field)
        assert told == at_once[field]


async def test_a_turn_that_was_streamed_is_remembered(app: FastAPI) -> None:
    async with served(app) as client:
        await hear(client, RISE)
        kept = (await client.get("/conversations/talk-1")).json()
    assert [turn["scenario"]["text"] for turn in kept["items"]] == [RISE["scenario"]]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/personas/S99/ask", RISE, 404),
        ("/personas/S2/ask", RISE, 422),
        ("/personas/S1/ask", {"question": "Why?", "engine": "llm"}, 422),
        ("/personas/S1/ask", {"question": " "}, 422),
    ],
)
async def test_what_can_be_checked_is_refused_before_the_stream(
    app: FastAPI, path: str, body: dict[str, Any], status: int
) -> None:
    async with served(app) as client:
        await hear(client, RISE)
        answer = await client.post(path, json=body, headers=EVENTS)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_fails_later_ends_the_stream_and_keeps_nothing(app: FastAPI) -> None:
    answer_by(app, Unheard(ReplyInvalid("it holds no JSON object")))
    async with served(app) as client:
        (error,) = await hear(client, RISE)
        kept = await client.get("/conversations/talk-1")
    assert error.name == "error"
    assert (error.data["status"], error.data["type"]) == (502, "urn:cdt:problem:model-failed")
    assert kept.status_code == 404


async def test_what_nobody_expected_ends_the_stream_and_is_logged_by_its_id(app: FastAPI) -> None:
    answer_by(app, Unheard(RuntimeError("SECRET")))
    async with served(app) as client:
        with capture_logs() as lines:
            (error,) = await hear(client, RISE)
    (logged,) = [line for line in lines if line["event"] == "unexpected error"]
    assert error.name == "error"
    assert (error.data["status"], error.data["type"]) == (500, "urn:cdt:problem:internal")
    assert logged["request_id"] == error.data["request_id"]
    assert logged["error"] == "RuntimeError"
    assert "SECRET" not in json.dumps([error.data, lines])


async def test_who_waits_hears_a_comment_and_who_leaves_frees_the_place(app: FastAPI) -> None:
    ready = app.state.services
    model = Unheard()
    answer_by(app, model)
    async with served(app) as client:
        async with client.stream("POST", "/personas/S1/ask", json=RISE, headers=EVENTS) as answer:
            # Kept in a variable: lines that nobody holds are thrown away, which hangs up.
            lines = answer.aiter_lines()
            async with in_time("a comment, and the persona to be asked"):
                assert await anext(lines) == ": thinking"
                await model.begun.wait()
        async with in_time("the persona not to be asked any more"):
            await model.given_up.wait()
        app.state.services = ready
        assert (await client.post("/personas/S1/ask", json=RISE)).status_code == 200
