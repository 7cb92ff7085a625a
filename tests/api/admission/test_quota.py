from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from adapters.store import SqlSimulationStore, open_store
from api.admission.quota import DailyQuota
from api.settings import Settings
from domain.errors import QuotaExceeded, StateConflict
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers
from tests.patience import in_time

pytestmark = pytest.mark.anyio

RISE = {"scenario": "Prices rise by $5 a month."}  # of eight personas
EVENING = datetime(2026, 11, 24, 23, 59, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlSimulationStore]:
    store = open_store(f"sqlite:///{tmp_path / 'store'}", max_unfinished_calls=1)
    yield store
    store.close()


@pytest.fixture
async def app(
    settings: Settings, customers: FakeCustomers, opened: Opened, request: pytest.FixtureRequest
) -> AsyncIterator[FastAPI]:
    """A service with as many reactions a day as the test says."""
    async with opened(
        settings.model_copy(update={"reactions_per_day": request.param}), customers
    ) as app:
        yield app


async def test_who_has_used_up_the_day_is_told_when_the_next_begins(
    store: SqlSimulationStore,
) -> None:
    quota = DailyQuota(store.quota, 10, lambda: EVENING)
    await quota.take("brand", 10)
    with pytest.raises(QuotaExceeded, match="10 reactions a day") as refused:
        await quota.take("brand", 1)
    assert refused.value.retry_after_seconds == 30
    tomorrow = DailyQuota(store.quota, 10, lambda: EVENING + timedelta(seconds=30))
    await tomorrow.take("brand", 10)


async def test_what_was_refused_after_all_is_given_back(store: SqlSimulationStore) -> None:
    quota = DailyQuota(store.quota, 10, lambda: EVENING)
    with pytest.raises(StateConflict):
        async with quota.taking("brand", 10):
            raise StateConflict("it is still worked on")
    async with quota.taking("brand", 10):
        pass
    with pytest.raises(QuotaExceeded):
        await quota.take("brand", 1)


async def test_without_a_quota_nothing_is_counted(store: SqlSimulationStore) -> None:
    quota = DailyQuota(store.quota, None)
    await quota.give_back("brand", await quota.take("brand", 10**9), 1)
    await DailyQuota(store.quota, 1).take("brand", 1)


@pytest.mark.parametrize("app", [8], indirect=True)
async def test_what_was_accepted_is_answered_again_with_the_day_used_up(
    client: httpx.AsyncClient,
) -> None:
    key = {"Idempotency-Key": "launch"}
    first, again = [await client.post("/simulations", json=RISE, headers=key) for _ in range(2)]
    other = await client.post("/simulations", json=RISE)
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 429)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("app", [8], indirect=True)
async def test_of_the_same_sent_twice_at_once_neither_is_refused(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "launch"}
    sent = [client.post("/simulations", json=RISE, headers=key) for _ in range(2)]
    answers = await asyncio.gather(*sent)
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["id"] == answers[1].json()["id"]


@pytest.mark.parametrize("app", [16], indirect=True)
async def test_a_replay_is_answered_again_with_the_day_used_up(client: httpx.AsyncClient) -> None:
    location = (await client.post("/simulations", json=RISE)).headers["location"]
    async with in_time("the simulation to end"):
        while (await client.get(location)).json()["ended_at"] is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    key = {"Idempotency-Key": "once-more"}
    first, again = [await client.post(f"{location}/replay", headers=key) for _ in range(2)]
    other = await client.post(f"{location}/replay")
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 429)
    assert again.json()["id"] == first.json()["id"]


@pytest.mark.parametrize("app", [1], indirect=True)
async def test_a_used_up_day_is_told_before_a_stream_begins(client: httpx.AsyncClient) -> None:
    sent = [
        await client.post("/personas/S1/ask", json=body, headers={"Accept": "text/event-stream"})
        for body in ({"question": " "}, {"question": "Why?"}, {"question": "Why?"})
    ]
    assert [answer.status_code for answer in sent] == [422, 200, 429]
    assert sent[2].headers["content-type"] == "application/problem+json"
    assert 1 <= int(sent[2].headers["retry-after"]) <= 86_400
