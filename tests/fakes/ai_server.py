"""A local Snowflake with stand-ins for AI functions (snowflake_ai.py), and what it was asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from adapters.snowflake.sessions import Sessions
from tests.fakes.snowflake_server import SnowflakeServer, interpreter, serving_snowflake

DATABASE = "ai"
# Passes over the statement by which rows fail alone, which fakesnow does not know.
FORGIVING = (r"^\s*alter session set ai_sql_error_handling_use_fail_on_error = false$",)


@dataclass(frozen=True, slots=True)
class AiServer:
    """The server and a pool of sessions on a database that has the functions."""

    server: SnowflakeServer
    sessions: Sessions

    def calls(self) -> list[dict[str, Any]]:
        """The arguments of every AI call since this was last asked."""
        answer = httpx.get(f"http://127.0.0.1:{self.server.port}/test/ai-calls")
        made: list[dict[str, Any]] = answer.raise_for_status().json()
        return made

    def reply_with(self, text: str) -> None:
        """Answer every prompt that has a schema so, whatever it asks."""
        url = f"http://127.0.0.1:{self.server.port}/test/ai-reply"
        httpx.post(url, content=text.encode()).raise_for_status()

    @contextmanager
    def other_sessions(self, passed_over: Sequence[str]) -> Iterator[Sessions]:
        """A pool of one session on the same database, with other statements passed over."""
        with self.server.sessions(DATABASE, 1, passed_over) as sessions:
            yield sessions


@contextmanager
def serving_ai() -> Iterator[AiServer]:
    """The server until the block ends. Skips, by name, where numpy is missing beside fakesnow."""
    if not list(interpreter().parents[1].glob("lib/python*/site-packages/numpy")):
        pytest.skip("fakesnow's environment lacks numpy: run `make test`")
    with (
        serving_snowflake("snowflake_ai.py") as server,
        server.sessions(DATABASE, 4, FORGIVING) as sessions,
    ):
        url = f"http://127.0.0.1:{server.port}/test/ai/{DATABASE}"
        httpx.post(url).raise_for_status()
        yield AiServer(server, sessions)
