"""Service: requests per second and waiting times beside a bare framework, and under twice too many.

    python -m benchmarks.service [--seconds 10] [--overload 60]

starts the service over 20,000 generated customers, and a FastAPI application that answers the very
same bytes without thinking, each in a process of its own held to one core; `wrk`, which must be
installed, asks each in turn from another core. No two asks in a row are of one persona or with one
price, so that nothing is answered twice. CPU is what the process asked took for each request: it
tells most where others use the machine too. Then asks arrive at random, at twice the rate the
service was just seen to answer, whether or not earlier ones have been answered.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.arrivals import overload, told

CONNECTIONS = 16
WARM_SECONDS = 2
READY_SECONDS = 300
PERSONAS = 8
DEAREST_DOLLARS = 400  # prices rise by a dollar from ask to ask up to this, and begin again
SCENARIO = "Snowmobile is raising prices by ${}/month. Disney+ will be included free."
LISTED, ONE, ASKED = "/personas", "/personas/S1", "/personas/S1/ask"
ROWS = (("GET", LISTED), ("GET", ONE), ("POST", ASKED))

BARE = """
import sys
from pathlib import Path
import uvicorn
from fastapi import FastAPI, Response

listed, one, asked = (Path(name).read_bytes() for name in sys.argv[2:])
app = FastAPI()

@app.get("/personas")
async def personas() -> Response:
    return Response(listed, media_type="application/json")

@app.get("/personas/{name}")
async def persona(name: str) -> Response:
    return Response(one, media_type="application/json")

@app.post("/personas/{name}/ask")
async def ask(name: str, body: dict[str, str]) -> Response:
    return Response(asked, media_type="application/json")

uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="error")
"""

POST = f"""
local sent = 0
local headers = {{["content-type"] = "application/json"}}
request = function()
    sent = sent + 1
    local path = "/personas/S" .. (sent % {PERSONAS} + 1) .. "/ask"
    local dollars = sent % {DEAREST_DOLLARS} + 1
    local body = [==[{json.dumps({"scenario": SCENARIO})}]==]
    return wrk.format("POST", path, headers, (body:gsub("{{}}", dollars)))
end
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server under test."""

    address: str
    pid: int

    def cpu_seconds(self) -> float:
        """What its process has worked so far, on behalf of the system too."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Pace:
    """Requests per second, milliseconds half and 99 of 100 took at most, and CPU for each."""

    rate: float
    p50: float
    p99: float
    cpu: float

    def written(self) -> tuple[str, ...]:
        """The figures as a table shows them."""
        return *(f"{figure:,.1f}" for figure in (self.rate, self.p50, self.p99)), f"{self.cpu:.2f}"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--overload", type=int, default=60)
    chosen = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed; it is a package of most distributions")
    with TemporaryDirectory() as name, _service(Path(name)) as ours:
        folder = Path(name)
        answers = [folder / str(place) for place, _ in enumerate(ROWS)]
        for file, (_, path) in zip(answers, ROWS, strict=True):
            file.write_bytes(_fetched(ours.address, path))
        with _bare(answers) as bare:
            capacity = _compare(ours, bare, answers, chosen.seconds)
        os.sched_setaffinity(0, {_core(1)})  # as wrk was: the service has its core for itself
        seen = asyncio.run(overload(ours.address, _asks(), 2 * capacity, chosen.overload))
        told(seen, 2 * capacity, chosen.overload)


def _compare(ours: Server, bare: Server, answers: list[Path], seconds: int) -> float:
    """The rate at which our service answers what is asked of a persona."""
    figures = ("/s", "p50 ms", "p99 ms", "CPU ms")
    named = (f"{whose} {figure}" for whose in ("ours", "bare") for figure in figures)
    table = Table("request", "bytes", *named, "bare : ours", "by CPU")
    script = answers[0].with_suffix(".lua")
    script.write_text(POST)
    capacity = 0.0
    for file, (method, path) in zip(answers, ROWS, strict=True):
        lua = script if method == "POST" else None
        ours_pace, bare_pace = (_hit(server, path, seconds, lua) for server in (ours, bare))
        table.add_row(
            f"{method} {path}",
            f"{file.stat().st_size:,}",
            *ours_pace.written(),
            *bare_pace.written(),
            f"{bare_pace.rate / ours_pace.rate:.1f}",
            f"{ours_pace.cpu / bare_pace.cpu:.1f}",
        )
        capacity = ours_pace.rate
    Console(width=170).print(table)
    return capacity


def _hit(server: Server, path: str, seconds: int, script: Path | None) -> Pace:
    _wrk(server.address + path, WARM_SECONDS, script)
    before = server.cpu_seconds()
    said = _wrk(server.address + path, seconds, script)
    worked = server.cpu_seconds() - before
    rate, total = (re.search(p, said) for p in (r"Requests/sec:\s+([\d.]+)", r"(\d+) requests in"))
    assert rate, said  # noqa: S101 - wrk prints it always
    assert total, said  # noqa: S101
    p50, p99 = (_milliseconds(said, percentile) for percentile in (50, 99))
    return Pace(float(rate[1]), p50, p99, 1000 * worked / max(1, int(total[1])))


def _wrk(url: str, seconds: int, script: Path | None) -> str:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    told = subprocess.run(  # noqa: S603 - wrk
        [*_pinned(1), *command, *(["-s", str(script)] if script else []), url],
        check=True,
        capture_output=True,
        text=True,
    )
    if "Non-2xx" in told.stdout:
        sys.exit(f"not every answer was a success:\n{told.stdout}")
    return told.stdout


def _milliseconds(text: str, percentile: int) -> float:
    found = re.search(rf"{percentile}%\s+([\d.]+)(us|ms|s)", text)
    assert found, text  # noqa: S101 - asked for with --latency
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


def _asks() -> Iterator[tuple[str, bytes]]:
    """Paths and bodies, as wrk sends them."""
    for sent in itertools.count(1):
        body = json.dumps({"scenario": SCENARIO.format(sent % DEAREST_DOLLARS + 1)})
        yield f"/personas/S{sent % PERSONAS + 1}/ask", body.encode()


def _fetched(address: str, path: str) -> bytes:
    body = json.dumps({"scenario": SCENARIO.format(5)}).encode() if path == ASKED else None
    request = urllib.request.Request(  # noqa: S310 - loopback
        address + path, body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=READY_SECONDS) as answer:  # noqa: S310 - loopback
        return bytes(answer.read())


@contextmanager
def _service(folder: Path) -> Iterator[Server]:
    port = _free_port()
    twin = Path(sys.executable).with_name("twin")
    command = [str(twin), "serve", "--prepare", "--port", str(port)]
    environment = {**os.environ, "CDT_DATA_DIR": str(folder / "data"), "CDT_LOG_LEVEL": "warning"}
    with _running(command, port, environment) as server:
        yield server


@contextmanager
def _bare(answers: list[Path]) -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, "-c", BARE, str(port), *map(str, answers)]
    with _running(command, port, dict(os.environ)) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    with subprocess.Popen(  # noqa: S603 - ours
        [*_pinned(0), *command], stdout=subprocess.DEVNULL, env=environment
    ) as process:
        try:
            yield Server(_answering(process, f"http://127.0.0.1:{port}"), process.pid)
        finally:
            process.terminate()


def _answering(process: subprocess.Popen[bytes], address: str) -> str:
    give_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        try:
            _fetched(address, LISTED)
        except OSError:
            time.sleep(0.2)
        else:
            return address
    sys.exit(f"{address} does not answer")


def _pinned(place: int) -> list[str]:
    """The start of a command line that keeps a process on one core."""
    return ["taskset", "-c", str(_core(place))]


def _core(place: int) -> int:
    cores = sorted(os.sched_getaffinity(0))
    return cores[place % len(cores)]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    main()
