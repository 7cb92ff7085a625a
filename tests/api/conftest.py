"""The service over a fake customer base and a real store, talked to without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from adapters.store import open_store
from api.app import create_app
from api.services import Services
from api.settings import Settings
from api.wiring.bootstrap import assemble
from api.wiring.choice_model_provider import ChoiceModelProvider
from domain.engines.choice import ChoiceReactions
from tests.fakes.customers import FakeCustomers

SMALLEST_QUEUE = 200  # reactions; 8 per scenario
SMALLEST_BODY = 64 * 1024

Opened = Callable[[Settings, FakeCustomers], AbstractAsyncContextManager[FastAPI]]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        max_unfinished_calls=SMALLEST_QUEUE,
        max_body_bytes=SMALLEST_BODY,
        receive_seconds=0.2,
    )


@pytest.fixture
def customers() -> FakeCustomers:
    return FakeCustomers()


@pytest.fixture
def opened() -> Opened:
    """Runs the application over given settings and customers."""
    return _opened


@pytest.fixture
async def app(settings: Settings, customers: FakeCustomers) -> AsyncIterator[FastAPI]:
    async with _opened(settings, customers) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        yield client


@asynccontextmanager
async def fake_services(settings: Settings, customers: FakeCustomers) -> AsyncIterator[Services]:
    """Services over a fake customer base, as open_services gives them over a real one."""
    store = open_store(settings.store_url, max_unfinished_calls=settings.max_unfinished_calls)
    choice = ChoiceReactions(customers, ChoiceModelProvider(customers))
    yield assemble(settings, customers, store, {"choice": choice})
    store.close()


@asynccontextmanager
async def _opened(settings: Settings, customers: FakeCustomers) -> AsyncIterator[FastAPI]:
    app = create_app(settings, lambda chosen: fake_services(chosen, customers))
    async with app.router.lifespan_context(app):
        yield app
