"""The whole service, functions of Snowflake included, over a fake customer base.

It takes simulations but does not run them: thousands of texts would have to wait for them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings
from tests.api.conftest import fake_services
from tests.fakes.customers import FakeCustomers


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
async def app(data_dir: Path) -> AsyncIterator[FastAPI]:
    settings = Settings(data_dir=data_dir, spcs=True, function_hold_seconds=0, log_level="error")
    customers = FakeCustomers()
    app = create_app(settings, lambda chosen: fake_services(chosen, customers))
    async with app.router.lifespan_context(app):
        await app.state.services.supervisor.stop(0)
        yield app


@pytest.fixture(scope="module")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    named = {"Sf-Context-Current-User": "ANALYST"}  # as Snowflake's proxy would
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=named
    ) as client:
        yield client
