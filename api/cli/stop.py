"""Stop: a command that is told to, by Ctrl-C or SIGTERM, cleans up and says so in one line."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

STOPPING = (signal.SIGINT, signal.SIGTERM)
# chosen: the impatient take longer, and `timeout` sends its signal to a process twice in a row
AT_ONCE_SECONDS = 1.0


class _ReceivedSignal:
    """Hears the first signal as KeyboardInterrupt; a later one ends the process where it is."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._at = 0.0

    def hear(self, number: int, _: FrameType | None) -> None:
        if self.number is None:
            self.number, self._at = number, time.monotonic()
            raise KeyboardInterrupt
        if time.monotonic() - self._at > AT_ONCE_SECONDS:
            os._exit(128 + number)


@contextmanager
def ending_when_told() -> Iterator[None]:
    """End as shells know it, 130 or 143, when the process was told to stop in the block.

    Whatever became of the interruption on its way here: DuckDB makes an error of its own of it.
    Signals that the process was started to ignore stay ignored.
    """
    received = _ReceivedSignal()
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, received.hear)
    try:
        yield
    finally:
        if received.number is not None:
            sys.stderr.write("twin: stopped\n")
            raise SystemExit(128 + received.number)


def run_until_told(main: Coroutine[Any, Any, T]) -> T:
    """Run in an event loop; when told to stop `main` is cancelled, so that it cleans up in order.

    Raises KeyboardInterrupt after that.
    """
    import asyncio

    async def heeding() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def heed(number: int, handler: Any) -> None:  # noqa: ANN401 - as signal has them
            try:
                handler(number, None)
            except KeyboardInterrupt:
                if task is not None:
                    task.cancel()

        if threading.current_thread() is threading.main_thread():  # the one that hears signals
            for number in STOPPING:
                if callable(handler := signal.getsignal(number)):
                    loop.add_signal_handler(number, heed, number, handler)
        return await main

    try:
        return asyncio.run(heeding())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
