"""The service over Snowflake: loaded, built, asked, simulated and logged by its own commands."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from adapters.snowflake.sessions import Sessions
from adapters.warehouse.deploy import Names
from data_generator.generate.generate import generate
from tests.e2e.test_container import ANGRY, Container
from tests.fakes.chat_server import ChatServer, a_reply
from tests.fakes.chat_server import serving as serving_cortex
from tests.fakes.function_batches import answered
from tests.fakes.snowflake_server import SnowflakeServer

CUSTOMERS, SEED = 2_000, 42
SCENARIO = "Snowmobile is raising prices by $5/month. Disney+ will be included free."


@pytest.fixture(scope="module")
def sessions(snowflake: SnowflakeServer) -> Iterator[Sessions]:
    with snowflake.sessions() as pool:
        yield pool


@pytest.fixture(scope="module")
def environment(
    snowflake: SnowflakeServer, sessions: Sessions, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """What an operator sets to work in this database."""
    assert sessions.settings.database is not None
    return {
        "PATH": os.environ["PATH"],
        "CDT_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "CDT_WAREHOUSE": "snowflake",
        "CDT_SNOWFLAKE_URL": f"http://127.0.0.1:{snowflake.port}",
        "CDT_SNOWFLAKE_ACCOUNT": "fakesnow",
        "CDT_SNOWFLAKE_DATABASE": sessions.settings.database,
        "CDT_SNOWFLAKE_AUTH": "oauth",
        "CDT_SNOWFLAKE_TOKEN": "a-token",
        "CDT_PORT": "0",
    }


def twin(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from api.cli.main import main; main()", *arguments]
    return subprocess.run(
        command, env=dict(environment), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def built(
    environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    files = tmp_path_factory.mktemp("files")
    generate(files, CUSTOMERS, SEED)
    for arguments in (("load", "--from", str(files)), ("build",)):
        ended = twin(environment, *arguments)
        assert ended.returncode == 0, ended.stderr
    return environment


@contextmanager
def serving(environment: Mapping[str, str]) -> Iterator[str]:
    command = [sys.executable, "-c", "from api.cli.main import main; main()", "serve"]
    with subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.PIPE, text=True
    ) as service:
        try:
            assert service.stdout is not None
            yield next(
                found[1]
                for line in service.stdout
                if (found := re.search(r"is at (http://\S+);", line))
            )
        finally:
            service.terminate()
            assert service.wait(30) == 0


def test_a_service_without_twins_says_what_to_run(environment: Mapping[str, str]) -> None:
    ended = twin(environment, "personas")
    assert ended.returncode == 1
    assert "twin build" in ended.stderr


def test_personas_are_asked_and_simulations_land_in_the_log(
    built: Mapping[str, str], sessions: Sessions
) -> None:
    with serving(built) as address:
        reaction = httpx.post(
            f"{address}/personas/S1/ask", json={"scenario": SCENARIO}, timeout=60
        ).json()
        accepted = httpx.post(f"{address}/simulations", json={"scenario": SCENARIO}, timeout=60)
        simulation = finished(address + accepted.headers["location"])
        logged = until_logged(sessions, simulation["id"])

    assert simulation["state"] == "succeeded"
    assert [row["segment_id"] for row in logged] == [f"S{n}" for n in range(1, 9)]
    assert {row["engine"] for row in logged} == {"choice"}
    (first, *_) = logged
    assert first["sentiment_score"] == pytest.approx(reaction["sentiment_score"], abs=1e-9)
    assert first["initial_reaction"] == reaction["initial_reaction"]


@pytest.mark.anyio
async def test_in_a_container_cortex_speaks_and_the_reaction_lands_in_the_log(
    built: Mapping[str, str], sessions: Sessions, tmp_path: Path
) -> None:
    async with serving_cortex(ChatServer()) as cortex:
        container = Container(tmp_path, cortex)
        container.rewrite_token("token-of-the-container")
        settings = {
            "CDT_WAREHOUSE": "snowflake",
            "CDT_SNOWFLAKE_URL": built["CDT_SNOWFLAKE_URL"],
            "SNOWFLAKE_HOST": built["CDT_SNOWFLAKE_URL"].removeprefix("http://"),
            "SNOWFLAKE_ACCOUNT": built["CDT_SNOWFLAKE_ACCOUNT"],
            "SNOWFLAKE_DATABASE": built["CDT_SNOWFLAKE_DATABASE"],
        }
        async with container.running(**settings) as (_, service):
            (value,) = await answered(service, ANGRY.named("logged:1"))
            rows = await asyncio.to_thread(until_logged, sessions, value["simulation_id"])
        shown = cortex.headers[-1]["authorization"]

    assert shown == "Bearer token-of-the-container"
    (logged,) = rows
    assert (logged["segment_id"], logged["engine"], logged["state"]) == ("S8", "grounded", "done")
    assert logged["initial_reaction"] == value["initial_reaction"] == a_reply()["initial_reaction"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def finished(url: str) -> dict[str, str]:
    for _ in range(600):
        simulation: dict[str, str] = httpx.get(url).json()
        if simulation["state"] in {"succeeded", "partial", "failed"}:
            return simulation
        time.sleep(0.1)
    raise AssertionError("the simulation did not end")


def until_logged(sessions: Sessions, simulation_id: str) -> list[Mapping[str, object]]:
    query = "select * from agents.simulation_logs where simulation_id = ? order by segment_id"
    for _ in range(300):
        if rows := sessions.rows(query, [simulation_id]):
            return list(rows)
        time.sleep(0.1)
    raise AssertionError("the simulation was not logged")


def test_deploying_dry_prints_every_statement_and_connects_to_nothing(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "CDT_DATA_DIR": str(tmp_path)}
    ended = twin(environment, "deploy", "--dry-run", "--database", "scratch", "--prefix", "try_")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count(";\n") > 200
    assert "create database if not exists scratch" in ended.stdout
    assert Names("scratch", "try_").applied(ended.stdout) == ended.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--only", "11"),
        ("--only", "04-02"),
        ("--only", ""),
        ("--database", "x; drop database y"),
        ("--prefix", "a-b"),
    ],
)
def test_a_deployment_nobody_can_mean_is_refused(
    tmp_path: Path, arguments: tuple[str, str]
) -> None:
    environment = {"PATH": os.environ["PATH"], "CDT_DATA_DIR": str(tmp_path), "NO_COLOR": "1"}
    ended = twin(environment, "deploy", "--dry-run", *arguments)
    assert ended.returncode == 2
    assert "Invalid value" in ended.stderr
