"""Arrivals: asks that come at random at a given rate, whether or not earlier ones are answered."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import aiohttp
from rich.console import Console
from rich.table import Table

PROBED_SECONDS = 0.1  # between two looks at /healthz
PATIENCE_SECONDS = 90
NAMES = {200: "accepted", 503: "shed (503)", 0: "no answer"}
JSON_HEADERS = {"content-type": "application/json"}


@dataclass(slots=True)
class Seen:
    """Milliseconds requests took, by status (0 where none came), and what was said with them."""

    took: dict[int, list[float]] = field(default_factory=dict)
    probes: list[float] = field(default_factory=list)
    retry_after: Counter[str | None] = field(default_factory=Counter)

    def note(self, status: int, started: float) -> None:
        """Note a request that ended now."""
        self.took.setdefault(status, []).append((time.perf_counter() - started) * 1000)


async def overload(
    address: str, asks: Iterator[tuple[str, bytes]], rate: float, seconds: int
) -> Seen:
    """Send asks, paths with bodies, `rate` a second on average, and look at /healthz meanwhile."""
    seen = Seen()
    dice = random.Random(1)  # noqa: S311 - arrivals
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    many = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(address, timeout=timeout, connector=many) as session,
        aiohttp.ClientSession(address, timeout=timeout) as probing,
        asyncio.TaskGroup() as group,
    ):
        probe = group.create_task(_probe(probing, seen))
        async with asyncio.TaskGroup() as sent:
            started = due = time.perf_counter()
            while due < started + seconds:
                due += dice.expovariate(rate)
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                sent.create_task(_ask(session, *next(asks), seen))
        probe.cancel()
    return seen


def told(seen: Seen, rate: float, seconds: int) -> None:
    """Print what became of the asks."""
    table = Table("answer", "requests", "a second", "p50 ms", "p99 ms", "longest ms")
    for status, times in sorted(seen.took.items()):
        table.add_row(NAMES.get(status, str(status)), *_row(times, seconds))
    table.add_row("GET /healthz meanwhile", *_row(seen.probes, seconds))
    console = Console(width=120)
    console.print(f"{rate:,.1f} arrivals a second for {seconds} s, twice what was answered before")
    console.print(table)
    console.print(f"Retry-After of those not accepted: {dict(seen.retry_after)}")


async def _ask(session: aiohttp.ClientSession, path: str, body: bytes, seen: Seen) -> None:
    started = time.perf_counter()
    try:
        async with session.post(path, data=body, headers=JSON_HEADERS) as answer:
            await answer.read()
            seen.note(answer.status, started)
            if answer.status != 200:
                seen.retry_after[answer.headers.get("Retry-After")] += 1
    except (aiohttp.ClientError, TimeoutError):
        seen.note(0, started)


async def _probe(session: aiohttp.ClientSession, seen: Seen) -> None:
    while True:
        started = time.perf_counter()
        try:
            async with session.get("/healthz") as answer:
                await answer.read()
            seen.probes.append((time.perf_counter() - started) * 1000)
        except (aiohttp.ClientError, TimeoutError):
            seen.note(0, started)
        await asyncio.sleep(PROBED_SECONDS)


def _row(times: Sequence[float], seconds: int) -> tuple[str, ...]:
    ordered = sorted(times)
    marks = (ordered[int((len(ordered) - 1) * part)] for part in (0.5, 0.99, 1.0))
    return (
        f"{len(ordered):,}",
        f"{len(ordered) / seconds:,.1f}",
        *(f"{mark:,.0f}" for mark in marks),
    )
