"""What is answered without the framework is what the framework answers, to those it answers."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from api.representations.etag_cache import EtagCache, Tagged, Target
from api.services import Services
from api.settings import Settings
from domain.callers import Scope
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers
from tests.fakes.keys import give_key

pytestmark = pytest.mark.anyio

PATHS = [
    "/personas",
    "/personas?limit=3&view=full",
    "/personas/S1",
    "/segments",
    "/segments/S2",
]
EACH_TIME_ANOTHER = {"x-request-id", "ratelimit"}


def _told(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = {n: v for n, v in answer.headers.items() if n not in EACH_TIME_ANOTHER}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", PATHS)
async def test_an_answer_is_the_same_when_it_was_given_before(
    client: httpx.AsyncClient, path: str, method: str
) -> None:
    first, *later = [await client.request(method, path) for _ in range(3)]
    assert first.status_code == 200
    assert [_told(each) for each in later] == [_told(first)] * 2
    assert len({each.headers["x-request-id"] for each in (first, *later)}) == 3


async def test_the_framework_is_asked_once(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    services: Services = app.state.services
    monkeypatch.setattr(services.etag_cache, "_clock", lambda: 0.0)
    asked: list[Target] = []
    tagged = EtagCache.tagged

    async def counted(self: EtagCache, target: Target, make: Callable[[], Tagged]) -> Tagged:
        asked.append(target)
        return await tagged(self, target, make)

    monkeypatch.setattr(EtagCache, "tagged", counted)
    for _ in range(5):
        assert (await client.get("/personas?limit=2")).status_code == 200
    assert asked == [("/personas", b"limit=2")]


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"Accept": "text/html"}, "", 406),
        ({"Accept": "text/html, */*;q=0.1"}, "", 200),
        ({}, "?page=2", 422),
        ({}, "?limit=0", 422),
        ({}, "?view=half", 422),
    ],
)
async def test_what_cannot_be_answered_is_refused_before_and_after(
    client: httpx.AsyncClient, headers: dict[str, str], query: str, status: int
) -> None:
    before = await client.get(f"/personas{query}", headers=headers)
    await client.get("/personas")
    after = await client.get(f"/personas{query}", headers=headers)
    assert (before.status_code, after.status_code) == (status, status)


async def test_keys_scopes_and_rates_are_looked_at_every_time(
    settings: Settings, opened: Opened
) -> None:
    few = settings.model_copy(update={"requests_per_minute": 3})
    async with (
        opened(few, FakeCustomers()) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://twin") as client,
    ):
        reader, runner = give_key(app), give_key(app, Scope.RUN)
        answers = [await client.get("/personas", headers=reader) for _ in range(4)]
        strangers = [await client.get("/personas") for _ in range(2)]
        without = [await client.get("/personas", headers=runner) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert [each.headers["ratelimit"].split(";")[1] for each in answers[:3]] == [
        "r=2",
        "r=1",
        "r=0",
    ]
    assert [each.status_code for each in strangers] == [401, 401]
    assert [each.status_code for each in without] == [403, 403]


async def test_every_answer_is_counted_by_its_route(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await client.get("/personas/S1")
    told = (await client.get("/metrics")).text
    route = 'route="/personas/{persona_or_segment_id}",status="200"'
    assert f'cdt_http_requests_total{{method="GET",{route}}} 3.0' in told
