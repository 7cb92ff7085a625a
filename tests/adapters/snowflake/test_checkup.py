"""What an account is looked at for, against a server that has some of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from adapters.snowflake.checkup import READABLE_TABLES, check_account, check_model
from adapters.snowflake.logins import TokenLogin
from adapters.snowflake.sessions import Sessions
from adapters.warehouse.scripts.scripts import play_script, script
from tests.fakes.snowflake_server import SnowflakeServer

# This server knows neither account parameters nor Cortex: what it refuses must be told, not raised.


@pytest.fixture
def sessions(snowflake: SnowflakeServer) -> Iterator[Sessions]:
    with snowflake.sessions() as pool:
        yield pool


def test_what_was_never_deployed_is_named_with_what_to_run(sessions: Sessions) -> None:
    checks = {check.part: check for check in check_account(sessions)}
    assert checks["Snowflake login"].ok
    for table in READABLE_TABLES:
        assert not checks[f"read {table}"].ok
        assert "twin deploy" in checks[f"read {table}"].detail


def test_what_was_deployed_may_be_read_and_written_and_is_not_changed(sessions: Sessions) -> None:
    for name in ("02_create_internal_tables", "08_persona_generation"):
        play_script(script(name), sessions.run)
    sessions.run(
        "insert into agents.simulation_logs (simulation_id, call_index, scenario, segment_id,"
        " persona_id, engine, state) values ('s', 0, 't', 'S1', 'p', 'choice', 'done')"
    )
    checks = {check.part: check for check in check_account(sessions)}
    assert checks["read personas.persona_definitions"].ok
    assert checks["read analytics.builds"].ok
    assert checks["write agents.simulation_logs"].ok
    assert sessions.rows("select count(*) as n from agents.simulation_logs") == [{"n": 1}]


def test_nothing_more_is_looked_at_where_nobody_is_let_in(snowflake: SnowflakeServer) -> None:
    nowhere = replace(snowflake.settings(), port=1)
    sessions = Sessions(nowhere, TokenLogin(SecretStr("hush"), "oauth"))
    (login,) = check_account(sessions)
    assert not login.ok
    assert "CDT_SNOWFLAKE_ACCOUNT" in login.detail
    assert "hush" not in login.detail


def test_a_model_that_cannot_be_looked_up_is_a_finding(sessions: Sessions) -> None:
    check = check_model(sessions, "claude-haiku-4-5")
    assert not check.ok
    assert check.part == "Cortex models"
