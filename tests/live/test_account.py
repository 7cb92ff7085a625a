"""A real Snowflake account, from nothing to a persona that answers: `make test-live`.

Needs CDT_SNOWFLAKE_ACCOUNT and credentials of a user who may use accountadmin. Everything is made
under names of its own and dropped at the end. Costs a few cents of compute and tokens; the service
of sql/10 is started only with CDT_LIVE_SERVICE=1, when its image was pushed.
"""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.snowflake.checkup import check_account, check_model
from adapters.snowflake.sessions import Session, Sessions
from adapters.warehouse.build.snowflake import open_snowflake_build
from adapters.warehouse.deploy import Names, Step, deploy, plan_deployment
from adapters.warehouse.live.snowflake import SnowflakeCustomerBase
from adapters.warehouse.load.load import load_files
from adapters.warehouse.load.snowflake import send_to_snowflake
from api.settings import Settings
from api.wiring.open_models import open_chat
from api.wiring.open_snowflake import open_sessions
from data_generator.carrier import reference_carrier
from data_generator.generate.generate import generate
from domain.build_twins import build_twins
from domain.customers.panel import Panel
from domain.engines.llm import ModelReactions
from domain.errors import Unavailable
from domain.scenarios.scenario import Scenario

pytestmark = pytest.mark.skipif(
    os.environ.get("CDT_LIVE_SNOWFLAKE") != "1",
    reason="needs a Snowflake account: set CDT_LIVE_SNOWFLAKE=1 and the CDT_SNOWFLAKE settings",
)

CUSTOMERS, SEED = 10_000, 42
SCENARIO = "Prices go up by $5 a month. Disney+ is included free."
WAREHOUSES = ("load_wh", "ml_wh", "cortex_wh", "app_wh")
ROLES = ("viewer", "analyst", "developer", "data_loader", "app_role", "admin")


@dataclass(frozen=True, slots=True)
class Account:
    """A scratch deployment. Sessions that set it up change roles; others work in it."""

    setup: Sessions
    sessions: Sessions
    names: Names
    folder: Path

    def run(self, *numbers: str) -> None:
        """Run scripts. The public files of 05 are left where they are: seventeen million rows."""
        with self.setup.session() as session:
            deploy(session, [step for step in self._steps(numbers) if not _of_public_files(step)])

    def _steps(self, numbers: tuple[str, ...]) -> list[Step]:
        return plan_deployment(reference_carrier(), self.names, numbers, self.folder)


def _of_public_files(step: Step) -> bool:
    return step.number == "05" and "create or replace procedure" not in step.statement


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    scratch = uuid.uuid4().hex[:8]
    names = Names(f"cdt_live_{scratch}", f"cdt_live_{scratch}_")
    settings = Settings(
        snowflake_database=names.database,
        snowflake_role=f"{names.prefix}admin",
        snowflake_warehouse=f"{names.prefix}ml_wh",
    )
    folder = tmp_path_factory.mktemp("put")
    with open_sessions(settings, at_work=False) as setup:
        try:
            with open_sessions(settings) as sessions:
                account = Account(setup, sessions, names, folder)
                account.run("01", "02", "03", "04", "05")
                yield account
        finally:
            with setup.session() as session:
                drop(session, names)


def drop(session: Session, names: Names) -> None:
    """Leave nothing behind, also after half a deployment."""
    made = [f"compute pool {names.prefix}pool", f"database {names.database}"]
    made += [f"warehouse {names.prefix}{warehouse}" for warehouse in WAREHOUSES]
    made += [f"role {names.prefix}{role}" for role in ROLES]
    session.run("use role accountadmin")
    for name in made:
        with suppress(Unavailable):
            session.run(f"drop {name}")


@pytest.fixture(scope="module")
def built(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Ten thousand customers with their twins, and the functions that ask them."""
    files, data = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("data")
    generate(files, CUSTOMERS, SEED)
    load_files(files, data)
    send_to_snowflake(data, account.sessions)
    with open_snowflake_build(account.sessions, reference_carrier()) as build:
        build_twins(build, seed=SEED)
    account.run("08", "09")
    return account


def test_the_account_lets_the_service_work(built: Account) -> None:
    checks = [*check_account(built.sessions), check_model(built.sessions, Settings().model)]
    assert [check for check in checks if not check.ok] == []


def test_eight_segments_are_found_here_and_there(built: Account) -> None:
    here = {s.id: s.customers for s in SnowflakeCustomerBase(built.sessions).segments()}
    built.run("06", "07")
    rows = built.sessions.rows("select segment_id, customers from analytics.segment_statistics")
    there = {str(row["segment_id"]): int(str(row["customers"])) for row in rows}
    assert sorted(here) == sorted(there) == [f"S{n}" for n in range(1, 9)]
    assert sum(here.values()) == sum(there.values()) == CUSTOMERS


def test_a_persona_is_asked_by_sql(built: Account) -> None:
    (row,) = built.sessions.rows(
        "select agents.ask_persona((select max(persona_id) from agents.current_personas"
        " where segment_id = 'S1'), ?) as reaction",
        [SCENARIO],
    )
    reaction = json.loads(str(row["reaction"]))
    assert "error" not in reaction
    assert -1 <= reaction["sentiment_score"] <= 1
    assert sum(reaction["action_probabilities"].values()) == pytest.approx(1, abs=1e-6)


def test_a_simulation_in_sql_asks_every_segment_and_is_logged(built: Account) -> None:
    rows = built.sessions.rows("call agents.simulate_scenario(?, 'Pricing', null)", [SCENARIO])
    assert [row["segment_id"] for row in rows] == [f"S{n}" for n in range(1, 9)]
    summary = built.sessions.rows(
        "select * from table(agents.aggregate_results(?))", [rows[0]["simulation_id"]]
    )
    assert summary[0]["reactions_asked"] == 8


def test_a_persona_is_asked_over_rest(built: Account) -> None:
    customers = SnowflakeCustomerBase(built.sessions)

    async def ask() -> str:
        settings = Settings(model_provider="cortex", model_cache=False)
        async with open_chat(settings) as chat:
            assert chat is not None
            model = ModelReactions(customers, chat)
            persona = customers.personas()[0]
            reaction = await model.react(Scenario(text=SCENARIO), persona, Panel(), SEED)
            return reaction.provenance.model

    assert asyncio.run(ask()) == Settings().model


@pytest.mark.skipif(
    os.environ.get("CDT_LIVE_SERVICE") != "1", reason="needs the image: set CDT_LIVE_SERVICE=1"
)
def test_the_service_is_called_from_sql(built: Account) -> None:
    built.run("10")
    (row,) = built.sessions.rows("select app.ask_persona('S1', ?) as reaction", [SCENARIO])
    assert json.loads(str(row["reaction"]))["segment_id"] == "S1"
