"""Watching through service processes that are stopped and killed, while this process works."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from adapters.store import SqlSimulationStore, open_store
from domain.simulations.simulation import LeasedCall, SimulationState, Summary
from tests.fakes.simulations import a_reaction, a_request, finish, some_calls

PATIENCE_SECONDS = 120.0  # for a process on a busy machine; nothing measures it
UVICORN = ["-m", "uvicorn", "--factory", "api.app:create_app", "--host", "127.0.0.1"]
TWIN = ["-c", "from api.cli.main import main; main()", "serve"]
CALLS = 6
LEASE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Process:
    """A served store, and a client of it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client

    def lines(self, path: str, after: str = "") -> Iterator[str]:
        """The lines of a stream of events, which the connection may break off."""
        headers = {"Accept": "text/event-stream", "Last-Event-ID": after}
        with self.client.stream("GET", path, headers=headers) as answer:
            assert answer.status_code == 200
            yield from answer.iter_lines()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlSimulationStore]:
    """What this process works on, beside the service."""
    store = open_store(f"sqlite:///{tmp_path / 'simulations.db'}", max_unfinished_calls=100)
    yield store
    store.close()


@pytest.fixture
def held(store: SqlSimulationStore) -> list[LeasedCall]:
    """The calls of a simulation, all of them this process's for an hour."""
    store.submit("sim_a", a_request(), some_calls(CALLS))
    return list(store.claim("this test", CALLS, LEASE_SECONDS))


@contextmanager
def serving(tmp_path: Path, command: list[str]) -> Iterator[Process]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "CDT_DATA_DIR": str(tmp_path / "data"),
        "CDT_DATABASE_URL": f"sqlite:///{tmp_path / 'simulations.db'}",
        "CDT_PORT": str(port),
        "CDT_GRACE_SECONDS": "600",
        "CDT_LEASE_SECONDS": str(LEASE_SECONDS),  # it would not believe a longer one
    }
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, *command, "--port", str(port)],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        stack.callback(process.kill)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS)
        stack.callback(client.close)
        _wait_until_alive(client, process)
        yield Process(process, client)


def _wait_until_alive(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert process.poll() is None, "the service ended by itself"
        assert time.monotonic() < give_up_at
        try:
            client.get("/healthz").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return


@pytest.mark.parametrize("command", [UVICORN, TWIN])
def test_a_service_told_to_stop_does_not_wait_for_those_who_watch(
    tmp_path: Path, held: list[LeasedCall], command: list[str]
) -> None:
    assert held
    with serving(tmp_path, command) as service:
        lines = service.lines("/simulations/sim_a/events")
        assert next(lines) == "retry: 2000"

        service.process.send_signal(signal.SIGTERM)

        service.process.wait(PATIENCE_SECONDS)
        assert "event: done" not in list(lines)


def test_a_stream_cut_by_a_kill_goes_on_with_another_process(
    tmp_path: Path, store: SqlSimulationStore, held: list[LeasedCall]
) -> None:
    seen: list[str] = []
    last = ""
    with serving(tmp_path, UVICORN) as first:
        lines = first.lines("/simulations/sim_a/events")
        for leased in held[:3]:
            finish(store, leased, a_reaction(), 1.0)
        last = ""
        while len(seen) < 3:
            seen += [line for line in [next(lines)] if line.startswith('data: {"index"')]
            last = next(lines) if seen else ""
        first.process.kill()
        with pytest.raises(httpx.TransportError):
            list(lines)

    for leased in held[3:]:
        finish(store, leased, a_reaction(), 1.0)
    store.conclude("sim_a", SimulationState.SUCCEEDED, Summary(scenarios=()), None)
    with serving(tmp_path, UVICORN) as second:
        rest = list(second.lines("/simulations/sim_a/events", last.removeprefix("id: ")))

    seen += [line for line in rest if line.startswith('data: {"index"')]
    assert len(set(seen)) == len(seen) == CALLS
    assert "event: done" in rest
