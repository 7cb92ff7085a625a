"""An application served over real HTTP on loopback, in the event loop of the test."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from tests.patience import PATIENCE_SECONDS, in_time


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the test."""
        yield


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that is open already and served for as long as this lasts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with in_time("the server to start"):
                while not (server.started or serving.done()):  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(0.01)
            if not server.started:  # it never will be
                serving.result()
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_SECONDS) as client:
                yield client
        finally:
            server.should_exit = True
            async with in_time("requests to end, so that the server can stop"):
                await serving
