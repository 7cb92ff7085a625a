"""Texts that one store takes and the other refuses get one answer, whichever store there is."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from tests.api.conftest import fake_services
from tests.fakes.customers import FakeCustomers
from tests.fakes.keys import give_key

pytestmark = pytest.mark.anyio

# As they stand in a path or a query, percent-encoded.
ENCODED = {
    "NUL": "%00",
    "NUL within": "sim%00x",
    "half a surrogate pair": "%ED%A0%80",
    "a byte that is no UTF-8": "%FF",
    "overlong NUL": "%C0%80",
    "cut-off UTF-8": "%F0%9F%98",
    "astral": "%F0%9F%98%80",
    "right to left": "%E2%80%8Fsim",
    "a control character": "%01%1F%7F",
    "line ends": "%0D%0A",
    "long": "x" * 5_000,
    "beyond 64 bits": str(2**63),
    "far beyond": "9" * 400,
    "negative": "-9223372036854775809",
    "a number with a point": "1.0",
    "quotes": "%27%22%3B--",
    "a wild card": "%25_",
    "a backslash": "%5C%00",
    "not normalized": "e%CC%81",
    "twice encoded": "%2500",
}
DECODED = (
    "\0", "0\0", "1.sim\0", "1.", "9.x", f"{2**63}.sim", "9" * 400, "-1", "x" * 300, "a\0b",
    "\U0001f600", "\u200f", "'", f"{10**17}.sim_\0", str(2**31), "1" * 18 + ".sim",
)  # fmt: skip
SPOTS = {
    "GET simulation": ("GET", "/simulations/{}"),
    "reactions": ("GET", "/simulations/{}/reactions"),
    "events": ("GET", "/simulations/{}/events"),
    "export": ("GET", "/simulations/{}/export?format=csv"),
    "cancel": ("POST", "/simulations/{}/cancel"),
    "retry": ("POST", "/simulations/{}/retry"),
    "replay": ("POST", "/simulations/{}/replay"),
    "DELETE simulation": ("DELETE", "/simulations/{}"),
    "conversation": ("GET", "/conversations/{}"),
    "DELETE conversation": ("DELETE", "/conversations/{}"),
    "persona": ("GET", "/personas/{}"),
    "segment": ("GET", "/segments/{}"),
    "ask": ("POST", "/personas/{}/ask"),
    "template": ("POST", "/scenario-templates/{}/render"),
    "label": ("GET", "/simulations?label=a:{}"),
    "label's name": ("GET", "/simulations?label={}:a"),
    "state": ("GET", "/simulations?state={}"),
    "limit": ("GET", "/simulations?limit={}"),
    "cursor": ("GET", "/simulations?cursor={}"),
    "cursor of turns": ("GET", "/conversations/there?cursor={}"),
    "a query nobody reads": ("GET", "/simulations?nobody={}"),
    "a path that is not there": ("GET", "/nowhere/{}"),
}
HEADERS = ("Idempotency-Key", "Last-Event-ID", "X-Request-ID", "X-API-Key", "Accept")
RAW = (
    b"a\x00b", b"\xff", b"\xed\xa0\x80", "\u200f".encode(), b"9" * 400, b"9" * 19, b"x" * 5_000,
    b"", b"'--", b"\x01",
)  # fmt: skip
LISTS = ("/simulations", "/conversations/there", "/personas", "/simulations/{there}/reactions")

Seen = dict[str, int]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def _served(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key, and something there to be found."""
    async with AsyncExitStack() as stack:
        app = create_app(settings, lambda chosen: fake_services(chosen, FakeCustomers()))
        await stack.enter_async_context(app.router.lifespan_context(app))
        await app.state.services.supervisor.stop(0)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(
            transport=transport, base_url="http://twin", headers=give_key(app)
        )
        yield await stack.enter_async_context(client)


def _requests(there: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for spot, (method, path) in SPOTS.items():
        for kind, text in ENCODED.items():
            body = {"question": "Why?"} if method == "POST" else None
            yield f"{spot}: {kind}", _request(method, path.format(text), body)
    for path in LISTS:
        for text in DECODED:
            cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
            url = f"{path.format(there=there)}?cursor={cursor}"
            yield f"cursor of {path}: {text[:40]!r}", _request("GET", url)
    for name in HEADERS:
        for raw in RAW:
            yield f"{name}: {raw[:20]!r}", _with_header(name, raw, there)
    for text in ("\0", "a\0b", "\U0001f600", "\u200f", "x" * 300, "\ud800", str(2**63)):
        for name, sent in _bodies(text).items():
            yield f"{name}: {text[:20]!r}", sent


def _request(method: str, url: str, body: object = None) -> dict[str, Any]:
    content = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"content-type": "application/json"}
    return {"method": method, "url": url, "content": content, "headers": headers}


def _with_header(name: str, raw: bytes, there: str) -> dict[str, Any]:
    sent = {
        "Idempotency-Key": _request("POST", "/simulations", {"scenario": "Prices rise by $5."}),
        "Last-Event-ID": _request("HEAD", f"/simulations/{there}/events"),
    }.get(name, _request("GET", "/simulations"))
    headers = [(each.encode(), value.encode()) for each, value in sent["headers"].items()]
    return sent | {"headers": [*headers, (name.encode(), raw)]}


def _bodies(text: str) -> dict[str, dict[str, Any]]:
    rise = {"scenario": "Prices rise by $5."}
    started = {
        "scenario": {"scenario": text},
        "label in a body": rise | {"labels": {"a": text}},
        "name of a label": rise | {"labels": {text: "a"}},
        "webhook": rise | {"webhook_url": text},
        "panel": rise | {"panel": {"segments": [text]}},
        "seed": rise | {"panel": {"seed": 2**63}},
    }
    asked = {
        "question": {"question": text},
        "conversation": {"question": "Why?", "conversation_id": text},
    }
    return {name: _request("POST", "/simulations", body) for name, body in started.items()} | {
        name: _request("POST", "/personas/S1/ask", body) for name, body in asked.items()
    }


async def _seen(settings: Settings) -> Seen:
    async with _served(settings) as client:
        started = await client.post("/simulations", json={"scenario": "Prices rise by $5."})
        turn = {"question": "What bothers you?", "conversation_id": "there"}
        assert (await client.post("/personas/S1/ask", json=turn)).status_code == 200
        there = started.headers["location"].rpartition("/")[2]
        return {name: (await client.request(**sent)).status_code for name, sent in _requests(there)}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


async def test_what_a_store_cannot_hold_gets_one_answer_on_both(
    data_dir: Path, postgres_url: str
) -> None:
    on_sqlite = await _seen(Settings(data_dir=data_dir, log_level="error"))
    on_postgres = await _seen(
        Settings(data_dir=data_dir, database_url=SecretStr(postgres_url), log_level="error")
    )

    differing = {
        name: (status, on_postgres[name])
        for name, status in on_sqlite.items()
        if on_postgres[name] != status
    }
    assert not differing
    assert {name: status for name, status in on_sqlite.items() if status >= 500} == {}
