"""The reference market with a language model configured, which answers on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from api.services import Services
from api.settings import Settings
from api.wiring import bootstrap
from api.wiring.bootstrap import open_services
from domain.customers.panel import Panel
from domain.errors import ChatRefused, ChatTimedOut, TwinError
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from domain.simulations.simulation import SimulationRequest
from domain.simulations.usage import Usage
from tests.e2e.conftest import ReferenceMarket
from tests.fakes.chat_server import TOKEN, ChatServer, a_reply, refusing, serving

pytestmark = pytest.mark.anyio

DISNEY = Scenario(text="Snowmobile is raising prices by $5/month. Disney+ will be included free.")
ANGRY, CALM = "S8", "S4"  # whose likely action is COMPLAIN, which the server says, and is not


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    async with serving(ChatServer()) as running:
        yield running


@pytest.fixture(params=["openai_compatible", "cortex"])
async def services(
    request: pytest.FixtureRequest, server: ChatServer, reference_market: ReferenceMarket
) -> AsyncIterator[Services]:
    # The market is shared by tests, and what one server said must not be taken for another's.
    (reference_market.data_dir / "replies.sqlite3").unlink(missing_ok=True)
    cortex = request.param == "cortex"
    settings = Settings(
        data_dir=reference_market.data_dir,
        model_provider=request.param,
        model="claude-haiku-4-5" if cortex else "local-model",
        model_url=server.address if cortex else f"{server.address}/v1",
        model_api_key=SecretStr(TOKEN),
        snowflake_auth="pat",
        snowflake_token=SecretStr(TOKEN),
    )
    async with open_services(settings) as opened:
        yield opened


async def ask(services: Services, segment: str, engine: Engine | None = None) -> Reaction:
    persona = next(p for p in services.customers.personas() if p.segment_id == segment)
    return await services.reaction_model(engine).react(DISNEY, persona, Panel(), 42)


async def test_numbers_stay_those_of_the_customers_and_words_are_the_models(
    services: Services,
) -> None:
    grounded, choice = await ask(services, ANGRY), await ask(services, ANGRY, "choice")

    assert grounded.initial_reaction == a_reply()["initial_reaction"]
    assert grounded.action_probabilities == choice.action_probabilities
    assert grounded.effects == choice.effects
    assert grounded.provenance.engine == "grounded"
    assert grounded.provenance.words_by == services.settings.model


async def test_words_that_contradict_the_numbers_are_asked_again_and_dropped(
    services: Services, server: ChatServer
) -> None:
    grounded, choice = await ask(services, CALM), await ask(services, CALM, "choice")

    assert len(server.bodies) == 3
    assert grounded.initial_reaction == choice.initial_reaction
    assert grounded.provenance.words_by == choice.provenance.model


async def test_the_model_alone_claims_no_effect_on_business(services: Services) -> None:
    reaction = await ask(services, CALM, "llm")

    assert reaction.provenance.engine == "llm"
    assert reaction.likely_action == "COMPLAIN"
    assert reaction.effects is None


async def test_a_simulation_goes_on_when_the_model_refuses_some(
    services: Services, server: ChatServer
) -> None:
    server.script.append(refusing(413))
    services.supervisor.start()

    done = await services.simulate(SimulationRequest(scenarios=(DISNEY,), engine="llm"))
    await services.supervisor.stop(0)

    assert done.state == "partial"
    assert (done.counts.done, done.counts.failed) == (7, 1)


async def test_somebody_who_waits_gets_less_patience_with_the_model_than_a_simulation(
    services: Services, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "ASKED_MODEL_SECONDS", 0.2)
    server.seconds = 0.5
    request = SimulationRequest(
        scenarios=(DISNEY,), engine="llm", panel=Panel(segments=(ANGRY,)), seed=7
    )
    async with open_services(services.settings) as opened:
        with pytest.raises(ChatTimedOut):
            await ask(opened, ANGRY, "llm")
        assert (await opened.simulate(request)).state == "succeeded"


async def test_a_simulation_asked_again_costs_nothing(
    services: Services, server: ChatServer
) -> None:
    request = SimulationRequest(scenarios=(DISNEY,), engine="llm", repeats=2)
    asked, usage, words, cached = [], [], [], []
    settings = services.settings.model_copy(
        update={"model_price_input": 1.0, "model_price_output": 5.0}
    )
    for _ in range(2):
        async with open_services(settings) as opened:
            done = await opened.simulate(request)
            reactions = [r.reaction for r in opened.store.records(done.id, 100) if r.reaction]
        asked.append(len(server.bodies))
        assert done.summary is not None
        usage.append(done.summary.usage)
        words.append([r.sample_verbatim for r in reactions])
        cached.append({r.provenance.cached for r in reactions})

    assert asked == [16, 16]
    cost = usage[0].cost_dollars
    assert cost == pytest.approx(0.00368)
    assert usage == [
        Usage(calls=16, input_tokens=16 * 130, output_tokens=16 * 20, cost_dollars=cost),
        Usage(cached=16, cost_dollars=0),
    ]
    assert words[0] == words[1]
    assert cached == [{False}, {True}]


async def test_no_secret_is_told_when_credentials_are_refused(
    services: Services, server: ChatServer
) -> None:
    server.token = "another"  # noqa: S105 - what the server wants instead

    with pytest.raises(ChatRefused) as refused:
        await ask(services, ANGRY, "llm")

    assert TOKEN not in str(refused.value)
    assert TOKEN not in repr(services.settings)


@pytest.mark.parametrize(
    ("chosen", "needed"),
    [
        ({"model_provider": "openai_compatible"}, "CDT_MODEL_URL"),
        ({"model_price_input": 1}, "CDT_MODEL_PRICE_OUTPUT"),
        ({"model_price_output": 1}, "CDT_MODEL_PRICE_INPUT"),
        ({"model_provider": "cortex", "snowflake_auth": "pat"}, "CDT_SNOWFLAKE_ACCOUNT"),
        ({"model_provider": "cortex_sql"}, "CDT_SNOWFLAKE_ACCOUNT"),
        ({"embeddings": "cortex", "snowflake_auth": "pat"}, "CDT_SNOWFLAKE_ACCOUNT"),
        ({"embeddings": "cortex_sql"}, "CDT_SNOWFLAKE_ACCOUNT"),
        (
            {"model_provider": "cortex", "snowflake_account": "org-one"},
            "CDT_SNOWFLAKE_PRIVATE_KEY_FILE",
        ),
    ],
)
async def test_a_setting_that_is_missing_is_named(
    reference_market: ReferenceMarket, chosen: dict[str, object], needed: str
) -> None:
    settings = Settings.model_validate({"data_dir": reference_market.data_dir, **chosen})

    with pytest.raises(TwinError, match=needed):
        async with open_services(settings):
            pass
