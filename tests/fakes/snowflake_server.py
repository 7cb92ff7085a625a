"""A Snowflake-compatible server on loopback, in a process and an environment of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from adapters.snowflake.logins import TokenLogin
from adapters.snowflake.sessions import ConnectionSettings, Sessions

HERE = Path(__file__).parent
START_SECONDS = 60

# Statements fakesnow has no words for. It lets them pass, so they are not tested by it.
PLATFORM = (
    r"^\s*(grant|revoke)\s",
    r"^\s*(create|alter|drop|show)\s+(or\s+replace\s+)?(role|warehouse|compute|image|secret)",
)


def interpreter() -> Path:
    """The Python that has fakesnow; `make test` installs it. Skips, by name, without one."""
    named = os.environ.get("CDT_FAKESNOW_PYTHON")
    python = Path(named) if named else HERE.parents[1] / ".venv-fakesnow/bin/python"
    if not python.is_file():
        pytest.skip("fakesnow is not installed: run `make test`, or set CDT_FAKESNOW_PYTHON")
    return python


@dataclass(frozen=True, slots=True)
class SnowflakeServer:
    """A server that is up. Databases of it are shared by all sessions."""

    port: int

    def settings(
        self, database: str | None = None, passed_over: Sequence[str] = PLATFORM
    ) -> ConnectionSettings:
        """How to reach it; statements that fit one of `passed_over` succeed and do nothing."""
        return ConnectionSettings(
            account="fakesnow",
            database=database,
            host="127.0.0.1",
            port=self.port,
            protocol="http",
            network_seconds=5,
            parameters={
                "CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False,
                "nop_regexes": [f"(?i){pattern}" for pattern in passed_over],
            },
        )

    @contextmanager
    def sessions(
        self,
        database: str | None = None,
        most: int = 4,
        passed_over: Sequence[str] = PLATFORM,
    ) -> Iterator[Sessions]:
        """A pool of sessions on one of its databases, by default one that is new and empty."""
        name = database or f"test_{uuid.uuid4().hex}"
        login = TokenLogin(SecretStr("token"), "PROGRAMMATIC_ACCESS_TOKEN")
        setup = Sessions(self.settings(), login, 1)
        setup.run(f"create database if not exists {name}")
        setup.close()
        sessions = Sessions(self.settings(name, passed_over), login, most)
        try:
            yield sessions
        finally:
            sessions.close()

    def end_every_session(self) -> int:
        """As Snowflake does with sessions that idled too long; how many there were."""
        answer = httpx.post(f"http://127.0.0.1:{self.port}/test/expire").raise_for_status()
        return int(answer.json()["ended"])

    def last_login(self) -> dict[str, str]:
        """What the newest session showed to be let in."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/test/last-login").raise_for_status()
        return dict(answer.json())


@contextmanager
def serving_snowflake(script: str = "fakesnow_app.py") -> Iterator[SnowflakeServer]:
    """A server until the block ends, by one of the scripts beside this file."""
    port = _free_port()
    command = [str(interpreter()), str(HERE / script), str(port)]
    with subprocess.Popen(command, env={"PATH": os.environ["PATH"]}) as process:
        try:
            _wait_until_up(port, process)
            yield SnowflakeServer(port)
        finally:
            process.terminate()


def _wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            httpx.post(f"http://127.0.0.1:{port}/test/expire").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the local Snowflake did not start")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
