"""When the language model fails, what is known is told all the same, and marked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from rich.console import Console

from api.cli.console import simulation_report
from api.settings import Settings
from api.wiring import bootstrap
from domain.simulations.simulation import Simulation
from tests.api.simulating import final, start
from tests.e2e.conftest import ReferenceMarket
from tests.fakes.chat_server import (
    ChatServer,
    Handler,
    a_reply,
    cut_in_the_middle,
    cut_off,
    refusing,
    saying,
    serving,
    trickle,
    truncated,
)
from tests.fakes.spoken_market import serving_market, settings_of
from tests.long import every

pytestmark = pytest.mark.anyio

RISE = "We are raising prices by $5 a month."
QUESTION = "Is your bill fair?"
MODEL_SECONDS = 2.5  # of an ask, to have failures sooner
WORDS = ("initial_reaction", "reasoning", "what_would_change_mind", "sample_verbatim")
LATER = {"retry-after": "1000"}  # beyond any deadline, so that nobody waits for it
FAILURES: dict[str, tuple[Handler | str, str]] = {
    "throttled": (refusing(429, headers=LATER), "chat_throttled"),
    "away for a while": (refusing(503, headers=LATER), "chat_throttled"),
    "wrong key": (refusing(401), "chat_refused"),
    "out of credit": (refusing(429, "insufficient_quota"), "chat_refused"),
    "budget of the account spent": (refusing(402), "chat_refused"),
    "not allowed": (refusing(403), "chat_refused"),
    "no such model": (refusing(400, "unknown model"), "chat_refused"),
    "prompt too long": (refusing(413), "chat_refused"),
    "faulty": (refusing(500), "chat_broken"),
    "bad gateway": (refusing(502), "chat_broken"),
    "hangs up": (cut_off, "chat_broken"),
    "hangs up in the middle": (cut_in_the_middle, "chat_broken"),
    "another kind of server": (saying("<html>"), "chat_broken"),
    "too slow": (trickle, "chat_timed_out"),
    "shape not kept": (refusing(422), "reply_invalid"),
    "no object": ("I would rather not say.", "reply_invalid"),
    "cut short": (truncated("{"), "reply_invalid"),
    "half an emoji": (json.dumps(a_reply(sample_verbatim="Bye \ud83d")), "reply_invalid"),
    "contradicts the numbers": (json.dumps(a_reply(sentiment=100)), "reply_invalid"),
}
ONE_OF_EACH = {
    "throttled": 503,
    "wrong key": 502,
    "faulty": 502,
    "too slow": 504,
    "no object": 502,
}  # with the status of an engine that fails for it


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ASKED_MODEL_SECONDS", MODEL_SECONDS)
    monkeypatch.setattr(bootstrap, "PUT_OFF_SECONDS", (0.05, 0.05))


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    async with serving(ChatServer()) as running:
        yield running


@pytest.fixture
def settings(reference_market: ReferenceMarket, server: ChatServer) -> Settings:
    return settings_of(reference_market.data_dir, server)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving_market(settings) as client:
        yield client


def fail(server: ChatServer, how: str) -> str:
    """Have the model fail so from now on, and say the code of that."""
    step, code = FAILURES[how]
    server.script.extend([step] * 100)
    return code


def in_the_end(code: str) -> set[str]:
    """What else may be told of a failure that is tried again: the time may be over in a try."""
    return {"chat_timed_out"} if code in {"chat_broken", "chat_throttled"} else set()


async def ask(client: httpx.AsyncClient, engine: str, **body: object) -> httpx.Response:
    return await client.post("/personas/S8/ask", json={**body, "engine": engine})


@pytest.mark.parametrize("how", every(3, list(FAILURES)))
async def test_numbers_that_are_known_are_told_in_their_own_words_and_marked(
    client: httpx.AsyncClient, server: ChatServer, how: str
) -> None:
    code = fail(server, how)
    known = (await ask(client, "choice", scenario=RISE)).json()

    told = await ask(client, "grounded", scenario=RISE)

    assert told.status_code == 200, told.text
    reaction = told.json()
    assert reaction["provenance"]["degraded"]["code"] in {code, *in_the_end(code)}
    assert reaction["provenance"]["degraded"]["detail"]
    assert reaction["provenance"]["engine"] == "grounded"
    assert reaction["provenance"]["words_by"] == known["provenance"]["model"]
    assert {name: reaction[name] for name in WORDS} == {name: known[name] for name in WORDS}
    assert reaction["effects"] == known["effects"]


@pytest.mark.parametrize("how", ONE_OF_EACH)
async def test_a_question_is_then_answered_by_figures_and_marked(
    client: httpx.AsyncClient, server: ChatServer, how: str
) -> None:
    code = fail(server, how)
    known = (await ask(client, "choice", question=QUESTION)).json()

    told = await ask(client, "grounded", question=QUESTION)

    assert told.status_code == 200, told.text
    answer = told.json()
    assert answer["text"] == known["text"]
    assert answer["provenance"]["degraded"]["code"] in {code, *in_the_end(code)}
    assert answer["provenance"]["model"] == "offline retrieval"


@pytest.mark.parametrize("put", [{"scenario": RISE}, {"question": QUESTION}])
@pytest.mark.parametrize("how", ONE_OF_EACH)
async def test_the_engine_that_knows_nothing_without_the_model_fails(
    client: httpx.AsyncClient, server: ChatServer, how: str, put: dict[str, str]
) -> None:
    fail(server, how)

    assert (await ask(client, "llm", **put)).status_code == ONE_OF_EACH[how]


async def test_a_circuit_that_is_open_degrades_without_asking(
    client: httpx.AsyncClient, server: ChatServer
) -> None:
    fail(server, "wrong key")
    first = (await ask(client, "grounded", scenario=RISE)).json()
    second = (await ask(client, "grounded", scenario=RISE)).json()

    assert len(server.bodies) == 1
    assert second["provenance"]["degraded"] == first["provenance"]["degraded"]


async def test_where_nothing_is_measurable_no_words_are_missing(
    client: httpx.AsyncClient, server: ChatServer
) -> None:
    told = (await ask(client, "grounded", scenario="Happy birthday, Snowmobile!")).json()

    assert told["provenance"]["degraded"] is None
    assert server.bodies == []


async def test_degraded_words_are_heard_as_such(
    client: httpx.AsyncClient, server: ChatServer
) -> None:
    code = fail(server, "faulty")
    heard = {"Accept": "text/event-stream"}
    body = {"question": QUESTION, "engine": "grounded"}
    told = await client.post("/personas/S8/ask", json=body, headers=heard)

    assert f'"degraded":{{"code":"{code}"' in told.text


async def simulated(client: httpx.AsyncClient, engine: str = "grounded") -> dict[str, Any]:
    panel = {"segments": ["S8"]}
    return await final(
        client, await start(client, scenarios=[RISE], engine=engine, panel=panel, repeats=3)
    )


async def test_a_simulation_counts_what_is_degraded(
    client: httpx.AsyncClient, server: ChatServer
) -> None:
    server.script.append(server.text)
    code = fail(server, "prompt too long")

    simulation = await simulated(client)

    summary = simulation["summary"]["scenarios"][0]
    assert simulation["state"] == "succeeded"
    assert simulation["counts"]["done"] == summary["reactions_valid"] == 3
    assert summary["reactions_degraded"] == summary["segments"][0]["reactions_degraded"] == 2
    assert summary["segments"][0]["initial_reaction"] == a_reply()["initial_reaction"]
    export = f"/simulations/{simulation['id']}/export?format="
    page, table = [(await client.get(export + kind)).text for kind in ("html", "csv")]
    rows = csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))
    assert sorted(row["degraded"] for row in rows) == ["", code, code]
    assert "In 2 of 3 reactions the language model failed" in page
    assert "2 degraded" in page
    shown = Console(width=200)
    with shown.capture() as printed:
        shown.print(simulation_report(Simulation.model_validate(_as_kept(simulation))))
    assert "2 of 3 reactions are degraded" in printed.get()
    metrics = (await client.get("/metrics")).text
    assert f'cdt_degraded_total{{engine="grounded",reason="{code}"}} 2.0' in metrics


def _as_kept(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name in Simulation.model_fields}


async def test_a_failure_that_may_pass_is_put_off_before_words_are_given_up(
    client: httpx.AsyncClient, server: ChatServer
) -> None:
    throttled, _ = FAILURES["throttled"]
    server.script.extend([throttled] * 4)

    simulation = await simulated(client)
    reactions = await client.get(f"/simulations/{simulation['id']}/reactions")

    assert simulation["summary"]["scenarios"][0]["reactions_degraded"] == 0
    assert sum(item["attempts"] for item in reactions.json()["items"]) == 3 + 4


async def test_a_failure_that_stays_degrades_once_tries_are_used_up(
    client: httpx.AsyncClient, server: ChatServer
) -> None:
    fail(server, "throttled")

    degraded, failed = await simulated(client), await simulated(client, "llm")

    assert degraded["state"] == "succeeded"
    assert degraded["summary"]["scenarios"][0]["reactions_degraded"] == 3
    assert degraded["spent"]["calls"] == 9  # three tries of each
    assert failed["state"] == "failed"


async def test_a_budget_that_has_no_request_left_for_better_words_degrades(
    client: httpx.AsyncClient, server: ChatServer
) -> None:
    fail(server, "no object")
    begun = await start(
        client,
        scenarios=[RISE],
        engine="grounded",
        panel={"segments": ["S8"]},
        budget={"max_calls": 1},
    )

    simulation = await final(client, begun)

    (reaction,) = (await client.get(f"/simulations/{simulation['id']}/reactions")).json()["items"]
    assert len(server.bodies) == simulation["spent"]["calls"] == 1
    assert simulation["state"] == "succeeded"
    assert reaction["reaction"]["provenance"]["degraded"]["code"] == "budget_spent"
