"""The README and .env.example are held to what really happens."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from tests.command_line import paths
from tests.e2e.conftest import ReferenceMarket

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CURLS = re.findall(r"curl -si? (\S+).*?-d '(.*?)'", README, re.DOTALL)


@pytest.fixture(scope="module")
def address(reference_market: ReferenceMarket) -> Iterator[str]:
    """A service over the reference market, started as the command line starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--prepare"]
    environment = {
        **os.environ,
        "CDT_DATA_DIR": str(reference_market.data_dir),
        "CDT_PORT": str(port),
    }
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as service:
        try:
            yield _announced(service)
        finally:
            service.terminate()
            assert service.wait(30) == 0


def _announced(service: subprocess.Popen[str]) -> str:
    assert service.stdout is not None
    for line in service.stdout:
        if found := re.search(r"is at (http://\S+);", line):
            return found[1]
    raise AssertionError("the service ended without saying where it is")


@pytest.mark.parametrize(("url", "body"), CURLS)
def test_every_request_of_the_readme_is_answered(address: str, url: str, body: str) -> None:
    path = url.removeprefix("http://127.0.0.1:8000")

    answer = httpx.post(address + path, json=json.loads(body), timeout=60)

    assert answer.status_code == (202 if path == "/simulations" else 200)


def test_the_readme_has_requests_to_try() -> None:
    assert len(CURLS) == 3


def test_the_answer_shown_is_the_answer_given(address: str) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
    body = json.loads(next(body for url, body in CURLS if url.endswith("/ask")))

    given = httpx.post(f"{address}/personas/S1/ask", json=body, timeout=60).json()

    for field in ("initial_reaction", "likely_action", "reasoning", "sample_verbatim"):
        assert shown[field] == given[field]
    assert shown["what_would_change_mind"] == given["what_would_change_mind"]
    for field in ("sentiment_score", "action_probability", "action_probabilities"):
        assert shown[field] == pytest.approx(given[field], abs=6e-4)
    assert shown["provenance"].items() <= given["provenance"].items()


def test_the_simulation_shown_is_the_one_printed(reference_market: ReferenceMarket) -> None:
    (words,) = re.findall(r"^\.venv/bin/twin simulate \"(.*)\"$", README, re.MULTILINE)
    shown = re.findall(r"```text\n(.*?)```", README, re.DOTALL)[0].splitlines()

    printed = subprocess.run(
        [sys.executable, "-c", "from api.cli.main import main; main()", "simulate", words],
        env={**os.environ, "CDT_DATA_DIR": str(reference_market.data_dir)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout.splitlines()

    assert [line for line in shown if line not in {"...", *(p.rstrip() for p in printed)}] == []


def test_the_docs_bring_their_own_scripts(address: str) -> None:
    page = httpx.get(f"{address}/docs", timeout=10).text

    assert "//" not in page.split("<script")[1].split(">")[0]
    for script in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert httpx.get(address + script, timeout=10).status_code == 200


def test_a_simulation_posted_is_finished(address: str) -> None:
    body = json.loads(next(body for url, body in CURLS if url.endswith("/simulations")))
    where = httpx.post(f"{address}/simulations", json=body, timeout=60).headers["location"]

    simulation = httpx.get(address + where, timeout=60).json()
    while not simulation["ended_at"]:
        time.sleep(0.1)
        simulation = httpx.get(address + where, timeout=60).json()

    assert simulation["state"] == "succeeded"


def test_every_command_the_readme_names_exists() -> None:
    named = set(re.findall(r"^\| `twin (\w+)", README, re.MULTILINE))

    assert named == {path[0] for path in paths()}


def test_every_setting_is_told_with_its_default() -> None:
    told = set(re.findall(r"`(CDT_[A-Z_]+)`", README))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    known = {f"CDT_{name.upper()}" for name in Settings.model_fields}

    assert told == known
    assert set(re.findall(r"(CDT_[A-Z_]+)=", example)) == known
