"""The reference market with Snowflake's AI functions, which are stand-ins in a local Snowflake."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from api.services import Services
from api.settings import Settings
from api.wiring.bootstrap import open_services
from domain.customers.panel import Panel
from domain.reactions import Reaction
from domain.scenarios.scenario import Scenario
from domain.simulations.simulation import SimulationRequest
from tests.e2e.conftest import ReferenceMarket
from tests.fakes.ai_server import DATABASE, AiServer
from tests.fakes.chat_server import TOKEN, ChatServer, a_reply, serving

pytestmark = pytest.mark.anyio

DISNEY = Scenario(text="Snowmobile is raising prices by $5/month. Disney+ will be included free.")
ANGRY = "S8"  # whose likely action is COMPLAIN, which the model says too


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def services(
    market: ReferenceMarket, ai: AiServer, **changes: object
) -> AsyncIterator[Services]:
    ai.reply_with(json.dumps(a_reply()))
    chosen = {
        "data_dir": market.data_dir,
        "model_provider": "cortex_sql",
        "embeddings": "cortex_sql",
        "snowflake_auth": "pat",
        "snowflake_token": SecretStr(TOKEN),
        "snowflake_account": "fakesnow",
        "snowflake_url": f"http://127.0.0.1:{ai.server.port}",
        "snowflake_database": DATABASE,
        **changes,
    }
    async with open_services(Settings.model_validate(chosen)) as opened:
        yield opened


async def ask(opened: Services) -> Reaction:
    persona = next(p for p in opened.customers.personas() if p.segment_id == ANGRY)
    return await opened.reaction_model(None).react(DISNEY, persona, Panel(), 42)


async def test_words_and_evidence_come_by_sql(
    reference_market: ReferenceMarket, ai: AiServer
) -> None:
    async with services(reference_market, ai) as opened:
        reaction = await ask(opened)

    grounds = reaction.provenance
    assert reaction.initial_reaction == a_reply()["initial_reaction"]
    assert (grounds.words_by, grounds.input_tokens) == ("claude-haiku-4-5", 130)
    assert grounds.evidence_by == "cosine similarity, snowflake-arctic-embed-m-v1.5"
    assert len(grounds.evidence) == 2


async def test_a_simulation_asks_every_persona(
    reference_market: ReferenceMarket, ai: AiServer
) -> None:
    async with services(reference_market, ai) as opened:
        opened.supervisor.start()
        done = await opened.simulate(SimulationRequest(scenarios=(DISNEY,), engine="llm"))
        await opened.supervisor.stop(0)

    asked = [call for call in ai.calls() if "prompt" in call]
    assert (done.state, done.counts.done, len(asked)) == ("succeeded", 8, 8)


async def test_a_failing_embedding_model_is_told_once_and_fails_no_reaction(
    reference_market: ReferenceMarket, ai: AiServer
) -> None:
    with capture_logs() as logs:
        async with services(reference_market, ai, embedding_model="nonesuch") as opened:
            first, second = await ask(opened), await ask(opened)

    assert first.provenance.evidence_by == second.provenance.evidence_by == "BM25"
    assert [log["log_level"] for log in logs if "embedding" in log["event"]] == ["warning"]


async def test_evidence_by_rest_needs_no_language_model(
    reference_market: ReferenceMarket, ai: AiServer
) -> None:
    async with serving(ChatServer()) as server:
        rest = {"model_provider": None, "embeddings": "cortex", "model_url": server.address}
        async with services(reference_market, ai, **rest, embedding_model="e5-base-v2") as opened:
            reaction = await ask(opened)

    assert reaction.provenance.evidence_by == "cosine similarity, e5-base-v2"
    assert {body["text"][0].partition(":")[0] for body in server.bodies} == {"query", "passage"}
