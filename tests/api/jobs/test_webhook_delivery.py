"""Webhooks from the end of a simulation to a real receiver, whatever happens in between."""

from __future__ import annotations

import asyncio
import base64
import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from adapters.store import SqlSimulationStore, open_store
from adapters.webhooks.http import open_webhooks
from adapters.webhooks.signatures import Signatures
from api.jobs.webhook_delivery import WebhookDelivery
from domain import webhooks
from domain.simulations.simulation import Failure, SimulationState
from domain.webhooks import WebhookRules
from tests.fakes.simulations import a_request, finish, some_calls
from tests.fakes.webhook_receiver import Receiver, receiving

pytestmark = pytest.mark.anyio

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
FAILURE = Failure(code="timeout", detail="retry")
LEASE_SECONDS = 60.0

processes = multiprocessing.get_context("forkserver")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'simulations.db'}"


@pytest.fixture
def store(url: str) -> Iterator[SqlSimulationStore]:
    store = open_store(url, max_unfinished_calls=1_000)
    yield store
    store.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@asynccontextmanager
async def delivery(
    store: SqlSimulationStore, port: int, lease_seconds: float = LEASE_SECONDS
) -> AsyncIterator[WebhookDelivery]:
    rules = WebhookRules((f"127.0.0.1:{port}",), to_loopback=True)
    async with open_webhooks(rules, Signatures(SECRET)) as sender:
        delivery = WebhookDelivery(store, sender, poll_seconds=0.05, lease_seconds=lease_seconds)
        delivery.start()
        try:
            yield delivery
        finally:
            await delivery.end()


def end(store: SqlSimulationStore, name: str, receiver: Receiver) -> None:
    store.submit(name, a_request(webhook_url=receiver.url), some_calls(1))
    for leased in store.claim("worker", 10, 30.0):
        finish(store, leased, FAILURE, 1.0)
    assert store.conclude(name, SimulationState.FAILED, None, FAILURE)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - another process has no event
            await asyncio.sleep(0.01)


def told(receiver: Receiver) -> list[tuple[str, str]]:
    """Ids of messages and simulations, in the order received, each signature verified."""
    return [
        (
            got.headers["webhook-id"],
            Webhook(SECRET).verify(got.body, dict(got.headers))["id"],
        )
        for got in receiver.received
    ]


async def test_every_ended_simulation_is_told_once_by_however_many_couriers(
    store: SqlSimulationStore, receiver: Receiver
) -> None:
    for number in range(12):
        end(store, f"sim_{number}", receiver)
    async with delivery(store, receiver.port), delivery(store, receiver.port):
        await until(lambda: len(receiver.received) >= 12)

    assert len(receiver.received) == len(set(told(receiver))) == 12
    assert not store.claim_webhooks("late", 1, LEASE_SECONDS)


async def test_a_receiver_that_fails_is_told_again_under_the_same_id(
    store: SqlSimulationStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SECONDS_BEFORE_TRY", (0.0, 0.05, 0.05, 0.05, 0.05))
    receiver.statuses = [500, 302, 429, 204]
    end(store, "sim_a", receiver)
    async with delivery(store, receiver.port):
        await until(lambda: len(receiver.received) == 4)

    assert len(set(told(receiver))) == 1


async def test_a_receiver_that_keeps_failing_is_given_up_after_five_tries(
    store: SqlSimulationStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SECONDS_BEFORE_TRY", (0.0, 0.02, 0.02, 0.02, 0.02))
    receiver.statuses = [500]
    end(store, "sim_a", receiver)
    async with delivery(store, receiver.port):
        await until(lambda: len(receiver.received) == 5)
        end(store, "sim_b", receiver)
        await until(lambda: len(receiver.received) == 10)

    assert [simulation for _, simulation in told(receiver)] == ["sim_a"] * 5 + ["sim_b"] * 5


async def test_what_a_killed_process_was_sending_is_sent_by_another(
    store: SqlSimulationStore, url: str, receiver: Receiver
) -> None:
    end(store, "sim_a", receiver)
    receiver.go_on.clear()
    process = processes.Process(target=_send_for_ever, args=(url, receiver.port))
    process.start()
    await until(lambda: len(receiver.received) == 1)

    process.kill()
    await asyncio.to_thread(process.join)
    process.close()
    receiver.go_on.set()
    async with delivery(store, receiver.port):
        await until(lambda: len(receiver.received) == 2)

    assert len(set(told(receiver))) == 1


async def test_a_courier_told_to_stop_does_not_wait_for_a_receiver_that_holds_back(
    store: SqlSimulationStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.jobs.webhook_delivery.GRACE_SECONDS", 0.05)
    receiver.go_on.clear()
    end(store, "sim_a", receiver)

    async with asyncio.timeout(8), delivery(store, receiver.port):
        await until(lambda: len(receiver.received) == 1)

    assert not receiver.go_on.is_set()


def _send_for_ever(url: str, port: int) -> None:
    asyncio.run(_send(url, port))


async def _send(url: str, port: int) -> None:
    async with delivery(open_store(url, max_unfinished_calls=1_000), port, lease_seconds=1.0):
        await asyncio.Event().wait()
