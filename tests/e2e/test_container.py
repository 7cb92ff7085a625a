"""What the image starts, in the environment Snowflake gives a container, over a local Cortex."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.fakes.chat_server import ChatServer, a_reply, refusing, serving
from tests.fakes.function_batches import answered, fetched, kind, read_batch, send

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
HANGS_AFTER_SECONDS = 180  # the first start makes a market
RISE = "Snowmobile is raising prices by $5/month. Disney+ will be included free."
ANGRY = read_batch("ask_every_persona").with_rows(
    [[0, "S8", RISE]]
)  # complains, as the server says
EVERYONE = read_batch("ask_every_persona")
USER = {"sf-context-current-user": "DANA_FOX"}


@dataclass
class Container:
    """A data directory, a token and a Cortex, for the processes that come and go."""

    folder: Path
    cortex: ChatServer

    def rewrite_token(self, token: str) -> None:
        """As Snowflake does every few minutes; the old one is refused from now on."""
        fresh = self.folder / "fresh"
        fresh.write_text(f"{token}\n")
        fresh.rename(self.folder / "token")
        self.cortex.token = token

    @asynccontextmanager
    async def running(self, **environment: str) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
        """The image's entry point as a process; told to stop at the end, unless it is gone."""
        _, *arguments = [*_listed("ENTRYPOINT"), *_listed("CMD")]
        program = [sys.executable, "-c", "from api.cli.main import main; main()"]
        process = await asyncio.create_subprocess_exec(
            *program, *arguments, env={**self._environment(), **environment}, stdout=PIPE
        )
        try:
            address = await _announced(process)
            async with httpx.AsyncClient(base_url=address, timeout=60, headers=USER) as client:
                yield process, client
        finally:
            if process.returncode is None:
                process.terminate()
            stopped = await asyncio.wait_for(process.wait(), HANGS_AFTER_SECONDS)
        assert stopped in {0, -signal.SIGKILL}

    def _environment(self) -> dict[str, str]:
        image = dict(re.findall(r"(CDT_\w+)=(\S+)", DOCKERFILE))
        injected = {
            "SNOWFLAKE_HOST": "snowflake.test",
            "SNOWFLAKE_ACCOUNT": "xy12345",
            "SNOWFLAKE_DATABASE": "CUSTOMER_DIGITAL_TWIN",
            "SNOWFLAKE_SCHEMA": "APP",
            "SNOWFLAKE_SERVICE_NAME": "CDT_SERVICE",
        }
        specified = {"CDT_MODEL_PROVIDER": "cortex", "CDT_SNOWFLAKE_AUTH": "spcs"}
        here = {
            "PATH": os.environ["PATH"],
            "CDT_DATA_DIR": str(self.folder / "data"),
            "CDT_HOST": "127.0.0.1",
            "CDT_PORT": "0",
            "CDT_SNOWFLAKE_TOKEN_FILE": str(self.folder / "token"),
            "CDT_MODEL_URL": self.cortex.address,
            "CDT_MODEL_CACHE": "0",  # each batch is to reach the model
        }
        return {**image, **injected, **specified, **here}


def _listed(instruction: str) -> list[str]:
    """The last JSON list after an instruction at the beginning of a line of the Dockerfile."""
    found = re.findall(rf"^{instruction} (\[.*\])", DOCKERFILE, re.MULTILINE)
    words: list[str] = json.loads(found[-1])
    return words


async def _announced(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(HANGS_AFTER_SECONDS):
        async for line in process.stdout:
            if found := re.search(rb"is at (http://\S+);", line):
                return found[1].decode()
    raise AssertionError("the service ended without saying where it is")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def container(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Container]:
    async with serving(ChatServer()) as cortex:
        made = Container(tmp_path_factory.mktemp("container"), cortex)
        made.rewrite_token("first")
        yield made


@pytest.fixture(scope="module")
async def service(container: Container) -> AsyncIterator[httpx.AsyncClient]:
    """A container started for the first time, with nothing on its volume."""
    async with container.running() as (_, client):
        yield client


async def test_the_container_is_ready_as_its_probes_ask(service: httpx.AsyncClient) -> None:
    for path in ("/readyz", "/healthz"):
        assert (await service.get(path)).status_code == 200


async def test_a_reaction_comes_from_cortex_with_the_token_of_the_moment(
    container: Container, service: httpx.AsyncClient
) -> None:
    for token in ("second", "third"):
        container.rewrite_token(token)
        (value,) = await answered(service, ANGRY.named(f"{token}:1"))

        assert value["initial_reaction"] == a_reply()["initial_reaction"]
        assert value["provenance"]["words_by"] == "claude-haiku-4-5"
        sent = container.cortex.headers[-1]
        assert sent["authorization"] == f"Bearer {token}"
        assert sent["x-snowflake-authorization-token-type"] == "OAUTH"


async def test_a_row_the_model_refuses_is_answered_without_its_words_alone(
    container: Container, service: httpx.AsyncClient
) -> None:
    container.cortex.script.append(refusing(413))

    said = await answered(service, EVERYONE.named("refused:1"))

    assert {kind(value) for value in said} == {"reaction"}
    degraded = [value["provenance"].get("degraded") or {} for value in said]
    assert [why.get("code") for why in degraded].count("chat_refused") == 1


@pytest.mark.usefixtures("service")  # whose first start makes the market
async def test_a_batch_outlives_the_container_that_took_it(container: Container) -> None:
    apart = {
        "CDT_DATABASE_URL": f"sqlite:///{container.folder / 'killed'}",
        "CDT_LEASE_SECONDS": "1",
    }
    batch = EVERYONE.named("killed:1")
    container.cortex.seconds = 600.0
    async with container.running(CDT_FUNCTION_HOLD_SECONDS="0", **apart) as (process, client):
        assert (await send(client, batch)).status_code == 202
        process.kill()
    container.cortex.seconds = 0.0

    async with container.running(**apart) as (_, client):
        told = await fetched(client, batch)
        again = await answered(client, batch)
        simulations = (await client.get("/simulations?label=source:service-function")).json()

    assert [kind(value) for value in told] == batch.answers
    assert again == told
    assert [simulation["counts"]["done"] for simulation in simulations["items"]] == [8]
