"""Stop signals: hear of them when the server does, which is before it waits for its connections."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_to_stop(heed: Callable[[], None]) -> Iterator[None]:
    """Call `heed` in the running event loop as soon as the process is told to stop.

    Whoever handled the signals before still does. The application's own shutdown would be too
    late: a server first waits for its open connections, and a stream is one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # where a server runs in a thread, no signal stops it
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in STOPPING}

    def hear(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(heed)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    ours = [number for number in STOPPING if callable(before[number])]
    for number in ours:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number in ours:
            if signal.getsignal(number) is hear:
                signal.signal(number, before[number])
