from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI

from api.services import Services
from api.settings import SettingMissing, Settings
from api.telemetry.metered import MeteredReactions
from api.wiring.bootstrap import open_services
from api.wiring.choice_model_provider import ChoiceModelProvider
from api.wiring.open_models import cortex_url, open_chat
from domain.customers.panel import Panel
from domain.engines.choice import ChoiceReactions
from domain.errors import DatasetMissing, EngineUnavailable, Unavailable
from domain.language_model.validated_reply import Exchange
from domain.scenarios.scenario import Scenario
from domain.simulations.simulation import SimulationRequest, SimulationState
from tests.api.conftest import fake_services
from tests.fakes.chat_server import ChatServer, serving
from tests.fakes.chats import PROMPT
from tests.fakes.customers import FakeCustomers

pytestmark = pytest.mark.anyio


async def test_services_open_without_a_data_set(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there" / "yet"
    async with open_services(Settings(data_dir=folder)) as services:
        assert services.default_engine == "choice"
        assert services.store.page(1) == ([], None)
        with pytest.raises(DatasetMissing, match="twin"):
            services.customers.personas()


async def test_no_more_reactions_are_computed_at_once_than_the_process_has_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3}, raising=False)

    async with open_services(Settings(data_dir=tmp_path)) as services:
        engine = services.reaction_models["choice"]

    assert isinstance(engine, MeteredReactions)
    assert isinstance(engine.model, ChoiceReactions)
    assert engine.model.at_once == 1


async def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="CDT_DATA_DIR"):
        async with open_services(Settings(data_dir=tmp_path / "file" / "data")):
            pass


async def test_a_spoiled_store_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "simulations.sqlite3").write_bytes(b"not a database, and long enough to tell")
    with pytest.raises(Unavailable):
        async with open_services(Settings(data_dir=tmp_path)):
            pass


async def test_an_engine_that_is_not_here_is_told_which_are(app: FastAPI) -> None:
    services: Services = app.state.services
    with pytest.raises(EngineUnavailable, match="use one of choice"):
        services.reaction_model("llm")


async def test_a_simulation_can_be_run_here_and_waited_for(
    settings: Settings, customers: FakeCustomers
) -> None:
    request = SimulationRequest(
        scenarios=(Scenario(text="a $5 price increase"),), panel=Panel(segments=("S1",))
    )
    async with fake_services(settings, customers) as services:
        simulation = await services.simulate(request)
    assert simulation.state is SimulationState.SUCCEEDED


def test_a_choice_model_is_made_once_per_build() -> None:
    customers = FakeCustomers()
    model_of = ChoiceModelProvider(customers)
    first = model_of()
    assert model_of() is first
    customers.build += 1
    assert model_of() is not first


@pytest.mark.parametrize(("remembers", "asked"), [(True, 1), (False, 2)])
async def test_replies_are_kept_unless_told_not_to(
    tmp_path: Path, remembers: bool, asked: int
) -> None:
    async with serving(ChatServer(token=None)) as server:
        settings = Settings(
            data_dir=tmp_path,
            model_provider="openai_compatible",
            model="local-model",
            model_url=f"{server.address}/v1",
            model_cache=remembers,
        )
        for _ in range(2):
            async with open_chat(settings) as chat:
                assert chat is not None
                await Exchange(chat).until_valid(PROMPT, lambda reply: reply.text)
    assert len(server.bodies) == asked
    assert (tmp_path / "replies.sqlite3").exists() is remembers


@pytest.mark.parametrize(
    ("chosen", "url"),
    [
        ({"snowflake_account": "Org-My_Account"}, "https://org-my-account.snowflakecomputing.com"),
        (
            {"snowflake_account": "xy1", "snowflake_host": "snowflake.test"},
            "https://snowflake.test",
        ),
        ({"snowflake_host": "snowflake.test", "model_url": "http://here"}, "http://here"),
        (
            {
                "snowflake_account": "xy1",
                "model_provider": "openai_compatible",
                "model_url": "http://elsewhere",
            },
            "https://xy1.snowflakecomputing.com",
        ),
    ],
)
def test_cortex_is_found_where_the_credentials_are_good(chosen: dict[str, str], url: str) -> None:
    auth = "spcs" if "snowflake_host" in chosen else "pat"
    assert cortex_url(Settings.model_validate({**chosen, "snowflake_auth": auth})) == url


def test_the_token_of_a_container_is_sent_to_no_guessed_host() -> None:
    with pytest.raises(SettingMissing, match="CDT_SNOWFLAKE_HOST"):
        cortex_url(Settings(snowflake_auth="spcs", snowflake_account="org-one"))
