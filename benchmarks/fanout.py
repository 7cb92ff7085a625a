"""Fan-out: how long many calls of a language model take beside what they would ideally take.

    python -m benchmarks.fanout

starts a server of its own on loopback that takes 500 ms a call and prints one line per setting. The
ideal is one call time per full round of the calls allowed at once. The code timed is the service's
own, on the event loop that serves: adapter, billing, circuit, pacing, retries, the cache (in which
nothing is found) and the strict reading of each reply. Beside it, in turn and as often, stands the
least a client can do: aiohttp posting the same bytes. Each run opens its connections anew. Medians
are shown.
"""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import re
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import uvicorn
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from adapters.chat.billing import Billed
from adapters.chat.cache import Uncached, caching
from adapters.chat.circuit import Circuit
from adapters.chat.cortex import PATH, Cortex, body_of
from adapters.chat.credentials import Token
from adapters.chat.http_transport import open_transport
from adapters.chat.pacing import Pacing
from adapters.chat.retries import Retries
from domain.language_model import (
    INSTRUCTIONS,
    OWN_SENTENCES,
    SHAPE,
    ChatModel,
    Completion,
    Exchange,
    Prompt,
    ReactionReply,
    metered_by,
    read_reaction,
)
from domain.simulations import CallMeter

CALL_SECONDS = 0.5
SETTINGS = ((8, 8, 5), (1_000, 8, 1), (1_000, 64, 3), (1_000, 256, 9))  # calls, at once, runs
PROMPT = Prompt(system=INSTRUCTIONS, user=("A line of data. " * 100,), schema=SHAPE)
DEADLINE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds by the clock and of this process's CPU that so many calls took."""

    wall: float
    cpu: float


def main() -> None:
    """Measure every setting, ours and the least in turn."""
    table = Table(
        "calls", "at once", "runs", "ideal s", "wall s", "ratio", "(range)", "CPU ms a call",
        "least ratio", "least CPU ms",
    )  # fmt: skip
    with _server() as address:
        for calls, concurrency, times in SETTINGS:
            runs = [
                (
                    _run(_ours(address, calls, concurrency)),
                    _run(_least(address, calls, concurrency)),
                )
                for _ in range(times)
            ]
            table.add_row(*_row(calls, concurrency, runs))
    Console(width=120).print(table)


def _row(calls: int, concurrency: int, runs: list[tuple[Run, Run]]) -> Iterator[str]:
    ours, least = zip(*runs, strict=True)
    ideal = CALL_SECONDS * math.ceil(calls / concurrency)
    walls = [run.wall for run in ours]
    yield from (f"{calls:,}", str(concurrency), str(len(runs)))
    yield from (f"{x:.2f}" for x in (ideal, median(walls), median(walls) / ideal))
    yield f"{min(walls) / ideal:.2f}-{max(walls) / ideal:.2f}"
    yield f"{1000 * median(run.cpu for run in ours) / calls:.2f}"
    yield f"{median(run.wall for run in least) / ideal:.2f}"
    yield f"{1000 * median(run.cpu for run in least) / calls:.2f}"


def _run(work: Coroutine[None, None, Run]) -> Run:
    """What comes of it on the event loop that uvicorn would take here."""
    loop_factory = uvicorn.Config("api.app:create_app").get_loop_factory()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(work)


async def _ours(address: str, calls: int, concurrency: int) -> Run:
    async with open_transport(concurrency) as transport:
        token = Token(SecretStr("benchmark"), "OAUTH")
        cortex = Cortex(transport, address, "claude-haiku-4-5", token)
        paced = Retries(Pacing(Circuit(Billed(cortex)), concurrency))
        with TemporaryDirectory() as folder:
            path = Path(folder) / "replies.sqlite3"
            async with caching(paced, path, 2**28, "benchmark") as chat:
                return await _timed(lambda call: _reaction(chat, call), calls)


async def _least(address: str, calls: int, concurrency: int) -> Run:
    body = json.dumps(body_of("claude-haiku-4-5", PROMPT)).encode()
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def once(_: int) -> None:
            async with session.post(f"{address}{PATH}", data=body) as response:
                await response.read()

        return await _timed(once, calls)


async def _timed(call: Callable[[int], Coroutine[None, None, None]], times: int) -> Run:
    """What so many calls at once take."""
    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(call(i) for i in range(times)))
    return Run(time.perf_counter() - started, time.process_time() - cpu)


async def _reaction(chat: ChatModel, seed: int) -> None:
    metered_by.set(CallMeter(None))  # each call has a task, and so a context, of its own
    exchange = Exchange(Uncached(chat), DEADLINE_SECONDS)
    await exchange.until_valid(replace(PROMPT, seed=seed), _read)


def _read(completion: Completion) -> ReactionReply:
    return read_reaction(completion, OWN_SENTENCES)


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
    loop_factory = uvicorn.Config("api.app:create_app").get_loop_factory()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_serve_for_ever(ready))


async def _serve_for_ever(ready: Connection) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Provider, "127.0.0.1", 0, backlog=1024)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Provider(asyncio.Protocol):
    """Answers each request after its time, at hardly any cost: a provider has other machines."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if blank and length and len(body) == int(length[1]):
            self._received = b""
            asyncio.get_running_loop().call_later(CALL_SECONDS, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(REPLY)


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
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(content)}"
    return head.encode() + b"\r\n\r\n" + content


REPLY = _reply()


if __name__ == "__main__":
    main()
