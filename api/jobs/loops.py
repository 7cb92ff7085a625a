"""Loops: a step of background work repeated for as long as the service runs."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from domain.errors import TwinError

FIRST_BACKOFF_SECONDS = 0.25
LONGEST_BACKOFF_SECONDS = 15.0

log = structlog.stdlib.get_logger()


class Loop:
    """Repeats a step until ended: at once while it returns true, else on a bell or after a time.

    A step that fails is logged and tried again after a growing pause.
    """

    def __init__(
        self, name: str, step: Callable[[], Awaitable[bool]], pause_seconds: float
    ) -> None:
        self._name = name
        self._step = step
        self._pause_seconds = pause_seconds
        self._bell = asyncio.Event()
        self.turned = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.ending = False

    def start(self) -> None:
        """Take the first step as soon as the event loop gets to it."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    def ring(self) -> None:
        """End the pause, or leave out the next one."""
        self._bell.set()

    async def end(self) -> None:
        """Finish the step under way, if any, and no other."""
        self.ending = True
        self.ring()
        if self._task:
            await self._task

    async def _run(self) -> None:
        failures = 0
        while not self.ending:
            self._bell.clear()
            try:
                more = await self._step()
            except Exception as error:  # noqa: BLE001 - a supervisor that died would lose everything
                failures += 1
                report("step failed", error, step=self._name)
                await self._wait(backoff_seconds(failures))
            else:
                failures = 0
                self.turned.set()
                if not more:
                    await self._wait(self._pause_seconds)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()


def backoff_seconds(failures: int) -> float:
    """How long to pause after so many failures in a row."""
    return min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_BACKOFF_SECONDS)


def report(event: str, error: Exception, **where: object) -> None:
    """Log an error without its message, which may quote a customer, unless it is one of ours."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    if isinstance(error, TwinError):
        where["reason"] = str(error)
    log.error(event, error=type(error).__name__, at=f"{last.filename}:{last.lineno}", **where)
