from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from api.admission.rates import WRONG_KEYS
from api.settings import Settings
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers
from tests.fakes.keys import Headers, give_key

pytestmark = pytest.mark.anyio

WRONG = {"X-API-Key": "cdt_" + "0" * 16 + "_" + "0" * 64}


@pytest.fixture
def key(app: FastAPI) -> Headers:
    """Keys are in use, and this is one with every scope."""
    return give_key(app)


async def test_without_keys_this_machine_needs_none(client: httpx.AsyncClient) -> None:
    answer = await client.get("/personas")
    assert answer.status_code == 200
    assert "ratelimit" not in answer.headers


@pytest.mark.parametrize("scheme", ["X-API-Key", "Bearer", "bearer"])
async def test_a_key_may_be_shown_in_either_header(
    client: httpx.AsyncClient, key: Headers, scheme: str
) -> None:
    shown = key["X-API-Key"]
    headers = key if scheme == "X-API-Key" else {"Authorization": f"{scheme} {shown}"}
    answer = await client.get("/personas", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["ratelimit"].startswith('"requests";r=599')


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        WRONG,
        {"X-API-Key": ""},
        {"Authorization": "Basic dHdpbjp0d2lu"},
        {"Authorization": f"Bearer {WRONG['X-API-Key']}"},
        {"Sf-Context-Current-User": "DANA_FOX"},
    ],
)
async def test_who_shows_no_good_key_is_told_how_to(
    client: httpx.AsyncClient, headers: Headers
) -> None:
    answer = await client.get("/personas", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="customer-digital-twin"'
    assert answer.json()["type"] == "urn:cdt:problem:unauthenticated"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_two_keys_in_one_request_are_none(client: httpx.AsyncClient, key: Headers) -> None:
    twice = [(name, shown) for name, shown in key.items() for _ in range(2)]
    assert (await client.get("/personas", headers=twice)).status_code == 401


@pytest.mark.usefixtures("key")
async def test_a_stranger_is_refused_before_its_body_is_read(client: httpx.AsyncClient) -> None:
    async def never() -> object:
        raise AssertionError("nobody asked for the body")
        yield b""

    answer = await client.post("/simulations", content=never())  # type: ignore[arg-type]
    assert answer.status_code == 401


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("path", ["/nothing/here", "/sf/ask", "/metrics"])
async def test_a_stranger_does_not_learn_what_there_is(
    client: httpx.AsyncClient, path: str
) -> None:
    assert (await client.get(path)).status_code == 401


async def test_neither_keys_nor_their_hashes_are_logged(
    client: httpx.AsyncClient, app: FastAPI, key: Headers
) -> None:
    with capture_logs() as lines:
        await client.get("/personas", headers=key)
        await client.get("/personas", headers=WRONG)
    (kept,) = app.state.services.store.keys.all()
    told = str(lines)
    assert kept.id in told
    for secret in (kept.hashed, key["X-API-Key"][21:], WRONG["X-API-Key"]):
        assert secret not in told


async def test_an_address_that_guesses_is_slowed_and_those_who_were_in_are_not(
    client: httpx.AsyncClient, app: FastAPI, key: Headers
) -> None:
    assert (await client.get("/personas", headers=key)).status_code == 200
    refused = [(await client.get("/personas", headers=WRONG)).status_code for _ in range(40)]
    late = await client.get("/personas", headers=give_key(app))
    assert refused == [401] * WRONG_KEYS + [429] * 10
    assert (late.status_code, late.json()["type"]) == (429, "urn:cdt:problem:rate-limited")
    assert int(late.headers["retry-after"]) >= 1
    assert (await client.get("/personas", headers=key)).status_code == 200


async def test_a_key_has_so_many_requests_a_minute(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    few = settings.model_copy(update={"requests_per_minute": 2})
    async with opened(few, customers) as app:
        key, other = give_key(app), give_key(app)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            told = [await client.get("/personas", headers=key) for _ in range(3)]
            assert (await client.get("/personas", headers=other)).status_code == 200
    assert [answer.status_code for answer in told] == [200, 200, 429]
    assert told[2].headers["ratelimit"].startswith('"requests";r=0')


async def test_a_tenant_has_so_many_reactions_a_day(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    few = settings.model_copy(update={"reactions_per_day": 10})
    body = {"scenario": "Prices rise by $5 a month."}
    async with opened(few, customers) as app:
        key, other = give_key(app), give_key(app, tenant="rival")
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            paths = ["/simulations", "/personas/S1/ask", "/simulations", "/personas/S1/ask"]
            told = [await client.post(path, json=body, headers=key) for path in paths]
            over = await client.post("/personas/S1/ask", json=body, headers=key)
            theirs = await client.post("/simulations", json=body, headers=other)
    assert [answer.status_code for answer in told] == [202, 200, 429, 200]
    assert over.json()["type"] == "urn:cdt:problem:quota-exceeded"
    assert 1 <= int(over.headers["retry-after"]) <= 86_400
    assert theirs.status_code == 202


async def test_a_replay_counts_as_much_as_what_it_repeats(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    few = settings.model_copy(update={"reactions_per_day": 16})
    body = {"scenario": "Prices rise by $5 a month."}
    async with opened(few, customers) as app:
        key = give_key(app)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            where = (await client.post("/simulations", json=body, headers=key)).headers["location"]
            simulation = {"ended_at": None}
            while simulation["ended_at"] is None:
                await asyncio.sleep(0.02)
                simulation = (await client.get(where, headers=key)).json()
            told = [await client.post(f"{where}/replay", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in told] == [202, 429]


@pytest.mark.parametrize(
    ("base_url", "status"),
    [
        ("http://127.0.0.1:8000", 200),
        ("http://[::1]:8000", 200),
        ("http://localhost", 200),
        ("http://192.0.2.7", 403),
        ("http://[2001:db8::1]", 403),
        ("http://twin.example", 403),
        ("http://twin.example:8000", 403),
    ],
)
async def test_without_keys_nobody_else_is_served(app: FastAPI, base_url: str, status: int) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url) as stranger:
        answer = await stranger.get("/personas")
        assert (await stranger.get("/healthz")).status_code == 200
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8000", 200), ("twin", 200), ("[::1]", 200), ("twin.example:8000", 403)],
)
async def test_a_name_that_leads_here_from_elsewhere_is_not_served(
    app: FastAPI, host: str, status: int
) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as page:
        assert (await page.get("/personas", headers={"Host": host})).status_code == status


async def test_with_a_key_the_address_does_not_matter(app: FastAPI, key: Headers) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://twin.example") as client:
        assert (await client.get("/personas", headers=key)).status_code == 200


async def test_an_operator_who_lets_everybody_in_lets_nobody_past_keys(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    told = settings.model_copy(update={"allow_unauthenticated": True})
    for given, status in ((False, 200), (True, 401)):
        async with opened(told, customers) as app:
            if given:
                give_key(app)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://a.test") as client:
                assert (await client.get("/personas")).status_code == status


async def test_keys_that_cannot_be_looked_up_let_nobody_in(
    settings: Settings, customers: FakeCustomers, opened: Opened, tmp_path: Path
) -> None:
    file = tmp_path / "keys"
    unreadable = settings.model_copy(update={"api_keys_file": file})
    async with opened(unreadable, customers) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            refused = await client.get("/personas")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert "CDT_API_KEYS_FILE" in refused.json()["detail"]


async def test_what_a_tenant_is_given_is_kept_by_no_cache_that_others_share(
    client: httpx.AsyncClient, key: Headers
) -> None:
    for path in ("/personas", "/simulations", "/scenario-templates"):
        answer = await client.get(path, headers=key)
        assert answer.headers["cache-control"] == "private, no-cache"
