"""The ten scripts, planned and run over the real connector as far as a local server can go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.snowflake.sessions import Sessions
from adapters.warehouse.deploy import SCRIPT_NUMBERS, Names, Step, deploy, plan_deployment
from adapters.warehouse.scripts.scripts import statements
from domain.errors import Unavailable
from tests.fakes.small_base import CARRIER
from tests.fakes.snowflake_server import SnowflakeServer

# What the local server cannot run, by how the statement begins: only Snowflake can prove these.
ONLY_SNOWFLAKE = (
    r"(create|show) role\b",
    r"(grant|revoke)\b",
    r"create warehouse\b",
    r"create (or replace )?(procedure|function)\b",
    r"(create|alter|show) (compute pool|image repository|secret|service|endpoints)\b",
    r"copy into \w+\.\w+ from @raw\.public_stage",
    r"create or replace temporary table raw\.customers_in_file",  # `use role` hides the database
    r"call\b",
    r"execute immediate\b",
)

A_CUSTOMER = """
insert into raw.customers (
    customer_id, zip_code, state_code, dma_code, customer_since, tenure_months, plan_name,
    plan_category, plan_price, lines_on_account
)
values ('c', '1', 'MT', '1', '2024-01-01', 1, 'p', 'c', 1, 1)
"""


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[Step]:
    folder = tmp_path_factory.mktemp("put")
    return plan_deployment(CARRIER, Names("scratch", "try_"), SCRIPT_NUMBERS, folder)


def plainly(statement: str) -> str:
    """In one line, without comments and `if not exists`."""
    lines = [line for line in statement.splitlines() if not line.lstrip().startswith("--")]
    return " ".join(" ".join(lines).split()).lower().replace(" if not exists", "")


def only_snowflake(statement: str) -> bool:
    return any(re.match(pattern, plainly(statement)) for pattern in ONLY_SNOWFLAKE)


def test_every_statement_of_every_script_is_planned_in_order(steps: list[Step]) -> None:
    numbers = [step.number for step in steps]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(SCRIPT_NUMBERS)
    assert len(steps) > 200


def test_nothing_outside_the_chosen_names_is_touched(steps: list[Step]) -> None:
    text = "\n".join(step.statement for step in steps)
    assert "customer_digital_twin" not in text
    assert not re.search(r"\bcdt_", text)
    assert "create database if not exists scratch" in text
    assert "create role if not exists try_admin" in text


def test_what_stages_must_hold_is_put_before_it_is_needed(steps: list[Step]) -> None:
    puts = [step.statement for step in steps if step.statement.startswith("put ")]
    assert [re.findall(r"/(\w+\.\w+)' @(\w+\.\w+)", put)[0] for put in puts] == [
        ("segmentation.py", "app.code"),
        ("service.yaml", "app.specs"),
    ]
    for put in puts:
        assert Path(re.findall(r"file://(.*?)'", put)[0]).stat().st_size > 0


def test_the_carrier_is_described_as_its_configuration_has_it(steps: list[Step]) -> None:
    text = "\n".join(step.statement for step in steps)
    assert "('S3', 'lines_log', 1.5)" in text
    assert "('Small', 'Postpaid', 25.0, 3.0)" in text
    assert "set segment_count = 3" in text
    assert "'Northwind'" in text


@pytest.fixture
def server_sessions(snowflake: SnowflakeServer) -> Iterator[Sessions]:
    """Sessions of a server that passes over what only Snowflake knows."""
    bare = [rf"\s*(--[^\n]*\n\s*)*{kind(pattern)}" for pattern in ONLY_SNOWFLAKE]
    with snowflake.sessions(passed_over=bare) as sessions:
        yield sessions


def kind(pattern: str) -> str:
    """The pattern over statements as written: any white space, and `if not exists`."""
    return pattern.replace(" ", r"\s+(if\s+not\s+exists\s+)?")


def test_what_the_local_server_knows_it_runs_twice_over(
    server_sessions: Sessions, steps: list[Step], record_property: Callable[[str, object], None]
) -> None:
    with server_sessions.session() as session:
        deploy(session, steps)
        session.run(A_CUSTOMER)
        deploy(session, steps)
        assert session.rows("select count(*) as n from raw.customers") == [{"n": 1}]
        assert session.rows("select count(*) as n from analytics.plan_catalog") == [{"n": 1}]
    for number in SCRIPT_NUMBERS:
        of_script = [step.statement for step in steps if step.number == number]
        run = sum(not only_snowflake(statement) for statement in of_script)
        figure = f"{run} of {len(of_script)} statements"
        record_property(f"sql/{number} on a local Snowflake", figure)


def test_a_refused_statement_is_named_with_its_place_and_not_quoted_whole(
    server_sessions: Sessions,
) -> None:
    refused_one = Step("06", "select * from raw.nowhere where x = 'secret'")
    steps = [Step("06", "select 1 as one"), refused_one]
    with server_sessions.session() as session, pytest.raises(Unavailable) as refused:
        deploy(session, steps)
    assert "statement 2 of sql/06 (select * from raw.nowhere" in str(refused.value)
    assert "twin deploy" in str(refused.value)


def test_progress_names_each_statement(server_sessions: Sessions) -> None:
    heard: list[tuple[str, int, int]] = []
    steps = [Step("06", text) for text in statements("-- why\nselect 1 as one; select 2 as two")]
    with server_sessions.session() as session:
        deploy(session, steps, lambda *step: heard.append(step))
    assert heard == [("06 select 1 as one", 0, 2), ("06 select 2 as two", 1, 2)]
