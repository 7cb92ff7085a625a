"""The service as bootstrap opens it, over a market on disk and a language model on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from tests.fakes.chat_server import TOKEN, ChatServer
from tests.fakes.keys import Headers
from tests.fakes.served import served


def settings_of(data_dir: Path, server: ChatServer, **changes: object) -> Settings:
    """Those of a service that asks this server and remembers none of its replies."""
    given: dict[str, Any] = {
        "data_dir": data_dir,
        "model_provider": "openai_compatible",
        "model": "local-model",
        "model_url": f"{server.address}/v1",
        "model_api_key": SecretStr(TOKEN),
        "model_cache": False,
        **changes,
    }
    return Settings(**given)


@asynccontextmanager
async def serving_market(
    settings: Settings, prepare: Callable[[FastAPI], Headers] = lambda _: {}
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, over real HTTP, with the headers that `prepare` gives."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        headers = prepare(app)
        async with served(app) as client:
            client.headers.update(headers)
            yield client
