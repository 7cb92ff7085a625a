"""The service as a process of its own over real data, killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from adapters.store import open_store
from adapters.warehouse.build.duckdb import open_build
from adapters.warehouse.load.load import load_files
from data_generator.carrier import reference_carrier
from data_generator.generate.generate import generate
from domain.build_twins import build_twins
from domain.simulations.simulation import CallRecord, CallState

CUSTOMERS = 2_000
PATIENCE_SECONDS = 120.0  # for a process or a simulation on a busy machine; nothing measures it

BODY = {
    "scenarios": [f"We are raising prices by ${dollars} a month." for dollars in range(1, 11)],
    "repeats": 3,
    "labels": {"drill": "kill"},
}
CALLS = 10 * 8 * 3  # scenarios, personas, repeats


class Service:
    """A served data directory; simulations are kept in a file of the test's own."""

    def __init__(self, data_dir: Path, store: Path, **environment: str) -> None:
        self._store = f"sqlite:///{store}"
        self._environment = {
            **os.environ,
            "CDT_DATA_DIR": str(data_dir),
            "CDT_DATABASE_URL": self._store,
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client()

    def start(self) -> None:
        port = _free_port()
        command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:create_app"]
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            env=self._environment,
            stderr=subprocess.DEVNULL,
        )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        _wait_until(self._alive)

    def end(self, signum: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signum)
            self._process.wait(PATIENCE_SECONDS)
        self.client.close()

    def post(self, key: str) -> httpx.Response:
        return self.client.post("/simulations", json=BODY, headers={"Idempotency-Key": key})

    def get(self, path: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self.client.get(path).raise_for_status().json())

    def records(self, simulation_id: str) -> dict[int, CallRecord]:
        """What is on disk of a simulation, by index, whether or not the service runs."""
        store = open_store(self._store, max_unfinished_calls=CALLS)
        records = store.records(simulation_id, CALLS + 1)
        store.close()
        assert len(records) == CALLS
        return {record.call.index: record for record in records}

    def _alive(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the service ended by itself"
        try:
            return self.client.get("/healthz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


StartService = Callable[..., Service]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The eight files of a small market."""
    folder = tmp_path_factory.mktemp("files")
    generate(folder, CUSTOMERS, 42)
    return folder


@pytest.fixture(scope="module")
def data_dir(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small market, loaded and built."""
    folder = tmp_path_factory.mktemp("market")
    _build(files, folder)
    return folder


@pytest.fixture
def start(data_dir: Path, tmp_path: Path) -> Iterator[StartService]:
    """Starts the service with the environment given; all end with the test."""
    started: list[Service] = []

    def start(**environment: str) -> Service:
        service = Service(data_dir, tmp_path / "simulations.sqlite3", **environment)
        started.append(service)
        service.start()
        return service

    yield start
    for service in started:
        service.end(signal.SIGKILL)


def test_a_killed_service_loses_nothing_and_stores_nothing_twice(start: StartService) -> None:
    service = start(CDT_LEASE_SECONDS="1")
    accepted = service.post("launch").json()
    _wait_until(lambda: service.get(accepted["links"]["self"])["counts"]["done"] > 0)
    service.end(signal.SIGKILL)
    before = _done(service.records(accepted["id"]))
    assert 0 < len(before) < CALLS

    service.start()
    _wait_until(lambda: service.get(accepted["links"]["self"])["state"] == "succeeded")
    after = _done(service.records(accepted["id"]))
    assert sorted(after) == list(range(CALLS))
    assert {index: after[index] for index in before} == before


def test_a_key_is_remembered_over_a_kill(start: StartService) -> None:
    service = start()
    accepted = service.post("launch").json()
    service.end(signal.SIGKILL)
    service.start()
    again = service.post("launch")
    assert (again.status_code, again.json()["id"]) == (202, accepted["id"])
    assert again.headers["idempotency-replayed"] == "true"
    assert len(service.get("/simulations")["items"]) == 1


def test_a_stopped_service_hands_back_what_it_had_begun(start: StartService) -> None:
    service = start(CDT_LEASE_SECONDS="3600", CDT_GRACE_SECONDS="0")
    accepted = service.post("launch").json()
    _wait_until(lambda: service.get(accepted["links"]["self"])["counts"]["done"] > 0)
    service.end(signal.SIGTERM)
    states = {record.state for record in service.records(accepted["id"]).values()}
    assert states == {CallState.READY, CallState.DONE}

    service.start()
    _wait_until(lambda: service.get(accepted["links"]["self"])["state"] == "succeeded")


def test_a_service_started_without_data_speaks_once_they_are_built(
    files: Path, tmp_path: Path, start: StartService
) -> None:
    folder = tmp_path / "data"
    service = start(CDT_DATA_DIR=str(folder))
    assert service.client.get("/readyz").status_code == httpx.codes.SERVICE_UNAVAILABLE
    _build(files, folder)
    assert service.get("/readyz")["status"] == "ready"
    assert len(service.get("/personas")["items"]) == 8


def test_a_service_told_to_listen_to_strangers_does_not_start(tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--factory", "api.app:create_app"],
        env={**os.environ, "CDT_HOST": "0.0.0.0", "CDT_DATA_DIR": str(tmp_path)},  # noqa: S104
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert refused.returncode != 0
    assert b"CDT_ALLOW_UNAUTHENTICATED=1" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def _build(files: Path, data_dir: Path) -> None:
    load_files(files, data_dir)
    with open_build(data_dir, reference_carrier()) as build:
        build_twins(build, seed=42)


def _done(records: dict[int, CallRecord]) -> dict[int, CallRecord]:
    return {i: record for i, record in records.items() if record.state is CallState.DONE}


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
