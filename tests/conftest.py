"""What all tests share: a local Snowflake, a PostgreSQL, figures printed at the end of the run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.ai_server import AiServer, serving_ai
from tests.fakes.postgres import PostgresServer, serving_postgres
from tests.fakes.snowflake_server import SnowflakeServer, serving_snowflake


@pytest.fixture(scope="session")
def snowflake() -> Iterator[SnowflakeServer]:
    """One server for all tests of a process; each takes a database of its own."""
    with serving_snowflake() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a process; each takes a database of its own."""
    with serving_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A database of its own, empty."""
    with postgres.database() as name:
        yield postgres.url(name)


@pytest.fixture(scope="session")
def ai_server() -> Iterator[AiServer]:
    """One server with AI functions for all tests of a process."""
    with serving_ai() as server:
        yield server


@pytest.fixture
def ai(ai_server: AiServer) -> AiServer:
    """The server, with none of the calls that other tests made."""
    ai_server.calls()
    return ai_server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded with `record_property`, also when they ran in other processes."""
    reports = [r for r in terminalreporter.getreports("passed") if r.when == "call"]
    figures = [(r.nodeid, *pair) for r in reports for pair in r.user_properties]
    if figures:
        terminalreporter.section("measured")
        for test, name, value in figures:
            terminalreporter.line(f"{name}: {value}  ({test})")
