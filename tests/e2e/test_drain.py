"""A service told to stop at work: it says so, finishes what runs, and keeps the rest."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from adapters.store import open_store
from domain.simulations.simulation import CallState
from tests.e2e.processes import HANGS_AFTER_SECONDS, Served, serving_made_up
from tests.fakes.chat_server import ChatServer, serving

pytestmark = pytest.mark.anyio

AT_ONCE, CALLS = 3, 8
RISE = {"scenario": "We are raising prices by $5 a month."}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def environment(folder: Path, model: ChatServer, drain_seconds: int) -> dict[str, str]:
    return {
        "CDT_DATA_DIR": str(folder),
        "CDT_CONCURRENCY": str(AT_ONCE),
        "CDT_DRAIN_SECONDS": str(drain_seconds),
        "CDT_MODEL_URL": f"{model.address}/v1",
    }


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANGS_AFTER_SECONDS):
        while not holds():  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.01)


async def not_ready(service: Served) -> httpx.Response:
    """The first answer that says it is not ready; fails when the service hangs up before."""
    while (answer := await service.client.get("/readyz")).status_code == 200:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.01)
    return answer


def states(folder: Path, simulation_id: str) -> list[CallState]:
    store = open_store(f"sqlite:///{folder / 'simulations.sqlite3'}", max_unfinished_calls=100)
    records = store.records(simulation_id, 100)
    store.close()
    return [record.state for record in records]


async def test_a_service_told_to_stop_answers_but_claims_nothing_more(tmp_path: Path) -> None:
    model = ChatServer(token=None, seconds=1.0)
    async with (
        serving(model),
        serving_made_up(environment(tmp_path, model, drain_seconds=3)) as service,
    ):
        running = (await service.client.post("/simulations", json={**RISE, "engine": "llm"})).json()
        await until(lambda: len(model.bodies) == AT_ONCE)
        service.process.send_signal(signal.SIGTERM)

        parts = (await not_ready(service)).json()["parts"]
        alive = await service.client.get("/healthz")
        asked = await service.client.post("/personas/S1/ask", json={**RISE, "engine": "choice"})
        later = await service.client.post("/simulations", json=RISE)
        exit_code = await service.ended()

    assert parts["service"]["status"] == "draining"
    assert {parts["data"]["status"], parts["store"]["status"]} == {"ok"}
    assert [alive.status_code, asked.status_code, later.status_code] == [200, 200, 202]
    assert exit_code == 0
    assert len(model.bodies) == AT_ONCE
    assert sorted(states(tmp_path, running["id"])) == ["done"] * AT_ONCE + ["ready"] * 5
    assert states(tmp_path, later.json()["id"]) == [CallState.READY] * CALLS


async def test_a_person_who_stops_it_by_hand_need_not_wait(tmp_path: Path) -> None:
    async with (
        serving(ChatServer(token=None)) as model,
        serving_made_up(environment(tmp_path, model, drain_seconds=300)) as service,
    ):
        service.process.send_signal(signal.SIGINT)
        assert await service.ended() == 0
