"""What is put to a persona reaches the language model in the service as it runs."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.settings import Settings
from domain.language_model.replies import MARK
from domain.reactions import Engine
from tests.api.simulating import final, start
from tests.command_line import twin
from tests.e2e.conftest import ReferenceMarket
from tests.fakes.chat_server import TOKEN, ChatServer, a_reply, serving
from tests.fakes.function_batches import BATCH_ID
from tests.fakes.spoken_market import serving_market, settings_of
from tests.fakes.sse import events_of

pytestmark = pytest.mark.anyio

QUESTION = "Is your bill fair?"
WORDS = "The bill comes first for me."
RISE = "We are raising prices by $5 a month."
SNOWFLAKE = {"sf-context-current-user": "LEE_ORR", BATCH_ID: "batch-1"}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["grounded", "llm"])
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.param
    return chosen


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    async with serving(ChatServer(text=json.dumps({"answer": WORDS}))) as running:
        yield running


@pytest.fixture
def settings(reference_market: ReferenceMarket, server: ChatServer) -> Settings:
    return settings_of(reference_market.data_dir, server)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving_market(settings) as client:
        yield client


async def ask(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post("/personas/S8/ask", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def told_to(server: ChatServer) -> str:
    """The latest prompt the model was given, words of strangers as they stand in it."""
    return "\n".join(message["content"] for message in server.bodies[-1]["messages"])


def as_data(text: str) -> str:
    return text.replace(" ", MARK)


async def test_a_question_is_answered_in_the_words_of_the_model(
    client: httpx.AsyncClient, server: ChatServer, engine: Engine
) -> None:
    told = await ask(client, question=QUESTION, engine=engine)

    assert told["text"] == WORDS
    assert told["provenance"]["engine"] == engine
    assert told["provenance"]["model"] == "local-model"
    assert told["provenance"]["degraded"] is None
    assert len(server.bodies) == 1
    assert as_data(QUESTION) in told_to(server)


@pytest.mark.parametrize("first", [{"scenario": RISE}, {"question": "Which phone do you have?"}])
@pytest.mark.parametrize("second", [{"scenario": "Disney+ is included."}, {"question": QUESTION}])
async def test_the_model_is_shown_the_turns_before(
    client: httpx.AsyncClient,
    server: ChatServer,
    engine: Engine,
    first: dict[str, str],
    second: dict[str, str],
) -> None:
    said = {"scenario": json.dumps(a_reply()), "question": json.dumps({"answer": WORDS})}
    server.script.extend(said[kind] for put in (first, second) for kind in put)
    talk = {"engine": engine, "conversation_id": uuid.uuid4().hex}

    began = await ask(client, **first, **talk)
    assert as_data(*first.values()) in told_to(server)
    await ask(client, **second, **talk)

    assert as_data(*second.values()) in told_to(server)
    assert f"Asked:{MARK}{as_data(*first.values())}" in told_to(server)
    answer = began.get("text") or began["initial_reaction"]
    assert f"Said:{MARK}{as_data(answer)}" in told_to(server)


async def test_a_question_is_heard_in_the_words_of_the_model(
    client: httpx.AsyncClient, engine: Engine
) -> None:
    body, heard = {"question": QUESTION, "engine": engine}, {"Accept": "text/event-stream"}
    async with client.stream("POST", "/personas/S8/ask", json=body, headers=heard) as answer:
        events = [event async for event in events_of(answer)]

    assert [event.name for event in events] == ["words", "answer"]
    assert events[0].data["text"] == events[1].data["text"] == WORDS


async def test_a_question_on_the_command_line_goes_to_the_model_with_the_turns_before(
    settings: Settings, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script.append(json.dumps(a_reply()))
    for name in ("data_dir", "model_provider", "model", "model_url"):
        monkeypatch.setenv(f"CDT_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("CDT_MODEL_API_KEY", TOKEN)
    monkeypatch.setenv("CDT_MODEL_CACHE", "0")

    async def run(*told: str) -> str:
        ran = await asyncio.to_thread(twin, "ask", "S8", "--conversation", name, *told)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    name = uuid.uuid4().hex
    await run(RISE)
    shown = await run("--question", QUESTION)
    asked = len(server.bodies)
    told = json.loads(await run("--question", QUESTION, "--json"))

    assert WORDS in shown
    assert "local-model" in shown
    assert (asked, len(server.bodies)) == (2, 3)
    assert told["text"] == WORDS
    assert f"Asked:{MARK}{as_data(RISE)}" in told_to(server)


async def test_a_question_in_sql_goes_to_the_model_once_for_rows_that_are_alike(
    reference_market: ReferenceMarket, server: ChatServer
) -> None:
    rows = [[0, "S8", QUESTION], [1, "S1", QUESTION], [2, "nobody", "x"], [3, "S8", QUESTION]]
    settings = settings_of(reference_market.data_dir, server, spcs=True)
    async with serving_market(settings) as client:
        answer = await client.post("/sf/question", json={"data": rows}, headers=SNOWFLAKE)

    data = answer.json()["data"]
    assert [number for number, _ in data] == [0, 1, 2, 3]
    assert [told.get("text") for _, told in data] == [WORDS, WORDS, None, WORDS]
    assert data[0][1]["provenance"]["model"] == "local-model"
    assert data[2][1]["error"]["code"] == "unknown_persona"
    assert len(server.bodies) == 2


async def test_what_questions_took_is_counted(
    client: httpx.AsyncClient, server: ChatServer, engine: Engine
) -> None:
    server.script.append("no JSON")
    await ask(client, question=QUESTION, engine=engine)

    counted = (await client.get("/metrics")).text

    assert f'cdt_answers_total{{engine="{engine}",outcome="ok"}} 1.0' in counted
    assert f'cdt_answer_seconds_count{{engine="{engine}"}} 1.0' in counted
    assert 'cdt_model_calls_total{outcome="ok"} 2.0' in counted


async def test_a_simulation_is_answered_by_the_model(
    client: httpx.AsyncClient, server: ChatServer, engine: Engine
) -> None:
    server.text = json.dumps(a_reply())
    body = {"scenario": RISE, "engine": engine, "panel": {"segments": ["S8"]}}
    simulation = await final(client, await start(client, **body))

    summary = simulation["summary"]["scenarios"][0]
    assert simulation["state"] == "succeeded"
    assert summary["segments"][0]["initial_reaction"] == a_reply()["initial_reaction"]
    assert summary["reactions_degraded"] == 0
    assert simulation["summary"]["usage"]["calls"] == len(server.bodies) == 1


async def test_an_estimate_tells_of_the_model(client: httpx.AsyncClient, engine: Engine) -> None:
    told = (
        await client.post("/simulations/estimate", json={"scenario": RISE, "engine": engine})
    ).json()

    assert told["model"] == "local-model"
    assert told["model_calls"]["expected"] == 8


async def test_a_question_the_offline_engine_answers_asks_no_model(
    client: httpx.AsyncClient, server: ChatServer
) -> None:
    told = await ask(client, question=QUESTION, engine="choice")

    assert told["provenance"]["model"] == "offline retrieval"
    assert server.bodies == []
