"""What must not leave the service is planted everywhere; all it logs and answers is read."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from asyncio.subprocess import PIPE
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from pydantic import SecretStr

from api.settings import Settings
from tests.e2e.processes import HANGS_AFTER_SECONDS, serving_made_up
from tests.fakes.chat_server import ChatServer, refusing, saying, serving

pytestmark = pytest.mark.anyio

WORDS = f"canary{uuid.uuid4().hex}"  # of a customer
SECRETS = {
    name: f"secret{uuid.uuid4().hex}"
    for name, told in Settings.model_fields.items()
    if told.annotation is SecretStr or SecretStr in get_args(told.annotation)
}


@dataclass
class Heard:
    """All that a process said, and all that it answered."""

    log: list[dict[str, Any]] = field(default_factory=list)
    raw_log: str = ""
    answers: str = ""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """What a service said while every text and header it was sent held the words."""
    folder = tmp_path_factory.mktemp("secrecy")
    chat = ChatServer(token=SECRETS["model_api_key"])
    chat.script.extend([refusing(400, f"bad prompt {WORDS}"), saying(f'{{"{WORDS}": 1}}')])
    chat.script.append(f"{WORDS} is no JSON")
    heard = Heard()
    async with serving(chat), serving_made_up(planted(folder, chat.address)) as service:
        for method, path, body in requests():
            answer = await service.client.request(method, path, json=body, headers=headers())
            heard.answers += f"{answer.status_code} {answer.headers} {answer.text}\n"
            if "location" in answer.headers:
                heard.answers += await finished(service.client, answer.headers["location"])
        heard.answers += (await service.client.get("/metrics")).text
    heard.raw_log = (await service.log).decode()
    heard.log = [json.loads(line) for line in heard.raw_log.splitlines()]
    return heard


def planted(folder: Path, model: str) -> dict[str, str]:
    """An environment with a secret in every setting that holds one."""
    secrets = {f"CDT_{name.upper()}": secret for name, secret in SECRETS.items()}
    del secrets["CDT_DATABASE_PASSWORD"]  # a file has none; a server's is planted below
    return {
        **secrets,
        "CDT_DATABASE_URL": f"sqlite:///{folder / SECRETS['database_url']}",
        "CDT_DATA_DIR": str(folder),
        "CDT_LOG_LEVEL": "debug",
        "CDT_MODEL_URL": f"{model}/v1",
    }


def headers() -> dict[str, str]:
    named = ("Authorization", "Cookie", "User-Agent", "Referer", "X-API-Key", "Idempotency-Key")
    return {name: f"{WORDS}{uuid.uuid4().hex}" for name in named}


def requests() -> list[tuple[str, str, object]]:
    """Requests that succeed, are refused at each stage, and fail in the engines."""
    scenario, labels = f"Prices rise by $5. {WORDS}", {WORDS: WORDS}
    job = {"scenario": scenario, "labels": labels}
    return [
        *(("POST", "/personas/S1/ask", {"scenario": scenario, "engine": e}) for e in ENGINES),
        *(("POST", "/simulations", {**job, "engine": engine}) for engine in ENGINES),
        ("POST", "/personas/S1/ask", {"question": f"Why? {WORDS}"}),
        ("POST", "/scenarios/levers", {"text": scenario}),
        ("POST", "/simulations", {**job, WORDS: WORDS, "seed": WORDS}),
        ("POST", "/simulations", WORDS),
        ("GET", f"/simulations?label={WORDS}:{WORDS}&cursor={WORDS}", None),
        ("GET", f"/personas/{WORDS}?{WORDS}={WORDS}", None),
        ("GET", f"/{WORDS}", None),
    ]


ENGINES = ("choice", "llm", "grounded")


async def finished(client: httpx.AsyncClient, location: str) -> str:
    """The simulation once it is final, with its reactions."""
    while not (told := await client.get(location)).json()["ended_at"]:  # noqa: ASYNC110 - polls
        await asyncio.sleep(0.05)
    return told.text + (await client.get(f"{location}/reactions")).text


async def test_no_customers_words_are_logged(heard: Heard) -> None:
    assert WORDS.casefold() not in heard.raw_log.casefold()


async def test_no_secret_is_logged_or_answered(heard: Heard) -> None:
    for secret in SECRETS.values():
        assert secret not in heard.raw_log
        assert secret not in heard.answers


async def test_what_an_engine_says_when_it_breaks_is_told_to_nobody(heard: Heard) -> None:
    assert "RuntimeError" not in heard.answers
    assert any(line["event"] == "engine failed" for line in heard.log)
    assert any(line.get("library") == "some.library" for line in heard.log)
    assert any(line.get("library") == "asyncio" for line in heard.log)


async def test_a_request_and_the_job_it_began_can_be_followed(heard: Heard) -> None:
    accepted = [line for line in heard.log if line["event"] == "simulation accepted"]
    asked = {line["request_id"]: line for line in heard.log if line["event"] == "request"}
    ended = {x["simulation_id"]: x for x in heard.log if x["event"] == "simulation concluded"}
    assert len(accepted) == len(ENGINES)
    for line in accepted:
        assert asked[line["request_id"]]["route"] == "/simulations"
        assert ended[line["simulation_id"]]["state"] in {"succeeded", "partial", "failed"}


@pytest.mark.parametrize(
    "url",
    [
        "mysql://twin:{secret}@127.0.0.1/twin",
        "postgresql://twin@127.0.0.1:1/twin",
        "postgresql://127.0.0.1:1/twin",
        "no url {secret}",
    ],
)
async def test_a_service_that_cannot_start_says_so_without_its_secrets(
    url: str, tmp_path: Path
) -> None:
    secret = SECRETS["database_url"]
    environment = {**os.environ, "CDT_DATABASE_URL": url.format(secret=secret), "CDT_PORT": "0"}
    if "{secret}" not in url:
        environment["CDT_DATABASE_PASSWORD"] = secret
    command = "from api.cli.main import main; main()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", command, "serve"),
        env={**environment, "CDT_DATA_DIR": str(tmp_path)},
        stderr=PIPE,
    )
    async with asyncio.timeout(HANGS_AFTER_SECONDS):
        _, log = await process.communicate()
    assert process.returncode != 0
    assert log
    assert secret.encode() not in log
    assert b"Traceback" not in log  # whose last line is the message of a library
