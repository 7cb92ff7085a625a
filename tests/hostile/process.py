"""The service as operators run it, a process of its own, and clients that speak bytes to it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

PATIENCE_SECONDS = 60.0  # until something that must happen counts as not happening
TWIN = str(Path(sys.executable).with_name("twin"))
WITHOUT = "import sys; sys.modules[sys.argv.pop(1)] = None; from api.cli.main import main; main()"
ADDRESS = re.compile(r"is at http://127\.0\.0\.1:(\d+);")


@dataclass(frozen=True, slots=True)
class Served:
    """A service that answers at a port of loopback."""

    port: int
    pid: int

    def connect(self) -> socket.socket:
        """A connection on which nothing has been said."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)

    def answer_to(self, *pieces: bytes) -> int:
        """The status of the answer to a request sent in pieces."""
        with self.connect() as connection:
            for piece in pieces:
                connection.sendall(piece)
            return status_on(connection)

    def alive(self) -> bool:
        """Whether it says it is, to a client of its own."""
        return self.answer_to(request("GET", "/healthz")) == 200


@contextmanager
def serving(
    data_dir: Path, most_files: int = 0, without: str = "", **environment: str
) -> Iterator[Served]:
    """`twin serve` over a data directory until the block ends, with at most so many open files.

    `without` names a library that the process finds not to be installed.
    """
    twin = [sys.executable, "-c", WITHOUT, without] if without else [TWIN]
    command = [*twin, "serve", "--port", "0"]
    if most_files:
        command = ["sh", "-c", f'ulimit -n {most_files}; exec "$@"', "sh", *command]
    settings = {**os.environ, "CDT_DATA_DIR": str(data_dir), **environment}
    with subprocess.Popen(
        command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout
            told = next(filter(None, map(ADDRESS.search, process.stdout)))
            yield Served(int(told[1]), process.pid)
            assert process.poll() is None, "the service ended by itself"
        finally:
            process.kill()


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as it goes over the wire; a body is announced as JSON of its length."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines.append("Content-Type: application/json")
        if "Transfer_Encoding" not in headers and "Content_Length" not in headers:
            lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def status_on(connection: socket.socket) -> int:
    """The status of the next answer on a connection."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


def closed(connection: socket.socket) -> bool:
    """Whether the service ends a connection without another word."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
