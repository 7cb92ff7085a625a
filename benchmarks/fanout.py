"""Fan-out: how long many calls of a language model take beside what they would ideally take.

    python -m benchmarks.fanout

starts a server of its own on loopback that takes 500 ms a call and prints one line per setting.
The ideal is one call time per full round of the calls allowed at once. The code timed is the
service's own: adapter, circuit, limits and retries, and the strict reading of each reply. Beside
it, in the same run, stands the least a client can do: aiohttp posting the same bytes.
"""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from adapters.chat.circuit import Circuit
from adapters.chat.cortex import PATH, Cortex, body_of
from adapters.chat.credentials import Token
from adapters.chat.pacing import Pacing
from adapters.chat.retries import Retries
from adapters.chat.wire import open_transport
from domain.chat import ChatModel, Prompt
from domain.prompts import INSTRUCTIONS, OWN_SENTENCES, SHAPE
from domain.replies import read_reaction

CALL_SECONDS = 0.5
CALLS = (8, 1_000)
CONCURRENCY = (8, 64, 256)
PROMPT = Prompt(system=INSTRUCTIONS, user=("A line of data. " * 100,), schema=SHAPE)
DEADLINE_SECONDS = 600.0


def main() -> None:
    """Measure every setting once, ours and the least one after the other."""
    table = Table("calls", "at once", "ideal s", "wall s", "ratio", "CPU ms a call", "least ratio")
    with _server() as address:
        for calls in CALLS:
            for concurrency in CONCURRENCY:
                ideal = CALL_SECONDS * math.ceil(calls / concurrency)
                wall, cpu = asyncio.run(_ours(address, calls, concurrency))
                least, _ = asyncio.run(_least(address, calls, concurrency))
                figures = (ideal, wall, wall / ideal, 1000 * cpu / calls, least / ideal)
                table.add_row(str(calls), str(concurrency), *(f"{x:.2f}" for x in figures))
    Console().print(table)


async def _ours(address: str, calls: int, concurrency: int) -> tuple[float, float]:
    async with open_transport(concurrency) as transport:
        token = Token(SecretStr("benchmark"), "OAUTH")
        cortex = Cortex(transport, address, "claude-haiku-4-5", token)
        chat = Retries(Pacing(Circuit(cortex), concurrency))
        return await _timed(lambda: _reaction(chat), calls)


async def _least(address: str, calls: int, concurrency: int) -> tuple[float, float]:
    body = json.dumps(body_of("claude-haiku-4-5", PROMPT)).encode()
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def once() -> None:
            async with session.post(f"{address}{PATH}", data=body) as response:
                await response.read()

        return await _timed(once, calls)


async def _timed(
    call: Callable[[], Coroutine[None, None, None]], times: int
) -> tuple[float, float]:
    """Seconds by the clock and of this process's CPU for so many calls at once."""
    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(call() for _ in range(times)))
    return time.perf_counter() - started, time.process_time() - cpu


async def _reaction(chat: ChatModel) -> None:
    completion = await chat.complete(PROMPT, deadline_seconds=DEADLINE_SECONDS)
    read_reaction(completion, OWN_SENTENCES)


@contextmanager
def _server() -> Iterator[str]:
    """The address of a server in a process of its own, so that it takes none of our time."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs,), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(ready: Connection) -> None:
    asyncio.run(_serve_for_ever(ready))


async def _serve_for_ever(ready: Connection) -> None:
    app = web.Application()
    app.router.add_post(PATH, _answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    ready.send(runner.addresses[0][1])
    await asyncio.Event().wait()


async def _answer(request: web.Request) -> web.Response:
    await request.read()
    await asyncio.sleep(CALL_SECONDS)
    return web.Response(body=REPLY, content_type="application/json")


def _reply() -> bytes:
    """The first example of the instructions would be refused as an echo; this one is its own."""
    text = (
        '{"initial_reaction": "Hm.", "reasoning": "It costs me.", "what_would_change_mind": '
        '"A rebate.", "sample_verbatim": "Why?", "sentiment": -20, "likely_action": "IGNORE", '
        '"action_chances": {"ACCEPT": 10, "IGNORE": 50, "COMPLAIN": 20, "THREATEN_CHURN": 10, '
        '"CHURN": 5, "UPGRADE": 0, "DOWNGRADE": 5}}'
    )
    body: dict[str, Any] = {
        "choices": [{"message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 120, "total_tokens": 1020},
    }
    return json.dumps(body).encode()


REPLY = _reply()


if __name__ == "__main__":
    main()
