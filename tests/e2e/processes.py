"""Processes that serve, started and ended by a test."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
HANGS_AFTER_SECONDS = 120
MADE_UP = "from tests.e2e.made_up import main; main()"
ITS_MODEL = {"CDT_MODEL_PROVIDER": "openai_compatible", "CDT_MODEL": "local-model"}


@dataclass(frozen=True)
class Served:
    """A process, a client of it, and all it will have logged."""

    process: Process
    client: httpx.AsyncClient
    log: asyncio.Task[bytes]

    async def ended(self) -> int:
        """Its exit code once it has ended by itself."""
        return await asyncio.wait_for(self.process.wait(), HANGS_AFTER_SECONDS)


@asynccontextmanager
async def serving_made_up(environment: Mapping[str, str]) -> AsyncIterator[Served]:
    """Made-up customers over HTTP; told to stop at the end, unless the process is gone."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MADE_UP),
        env={**os.environ, **ITS_MODEL, "CDT_PORT": "0", **environment},
        cwd=ROOT,
        stdout=PIPE,
        stderr=PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    log = asyncio.create_task(process.stderr.read())
    try:
        async with httpx.AsyncClient(base_url=await _address(process.stdout), timeout=60) as client:
            yield Served(process, client, log)
    finally:
        if process.returncode is None:
            process.terminate()
        assert await asyncio.wait_for(process.wait(), HANGS_AFTER_SECONDS) == 0


async def _address(output: asyncio.StreamReader) -> str:
    async with asyncio.timeout(HANGS_AFTER_SECONDS):
        async for line in output:
            if found := re.search(rb"is at (http://\S+);", line):
                return found[1].decode()
    raise AssertionError("the service ended without saying where it is")
