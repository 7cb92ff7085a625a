"""Transactions on the database that holds simulations, durable once they return."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.store.schema import lay_sqlite_schema
from domain.errors import Unavailable

BUSY_TIMEOUT_SECONDS = 10  # chosen: longer than any transaction of ours, shorter than a lease
WAL_RETRY_SECONDS = 0.01


class Database:
    """A database by URL. Raises Unavailable whenever it cannot be used; nothing is then kept."""

    def __init__(self, url: str) -> None:
        self._engine = _connect(url)
        self._writer = self._engine.execution_options(begin="begin immediate")
        # Threads of one process queue here; SQLite itself lets waiting writers sleep and guess.
        self._write_turn = threading.Lock()
        with self.writing() as connection:
            lay_sqlite_schema(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent snapshot that neither waits for writers nor holds them up."""
        with _translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction alone in writing, on disk when the block has been left without error."""
        with _translated(), self._write_turn, self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise Unavailable(
            "the simulation store",
            "see that its disk has room, its file is intact and may be written, then try again",
        ) from error


def _connect(url: str) -> Engine:
    with _translated():
        engine = create_engine(_file_url(url), pool_size=8, max_overflow=56)
    event.listen(engine, "connect", _make_durable)
    event.listen(engine, "begin", _begin)
    return engine


def _file_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError("the store's URL cannot be read; use sqlite:///PATH") from error
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        raise ValueError("simulations need a file to survive in; use sqlite:///PATH")
    return parsed


def _make_durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not open transactions of its own: they would start as readers, and a reader
    # that turns writer fails at once when somebody else wrote meanwhile.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    _turn_to_wal(cursor)
    cursor.execute("pragma synchronous = full")
    cursor.execute("pragma foreign_keys = on")
    cursor.close()


def _turn_to_wal(cursor: DBAPICursor) -> None:
    """Ask again while others race to it: 4 of 1,200 were told "locked" despite the busy timeout."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            cursor.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > give_up_at:
                raise
            time.sleep(WAL_RETRY_SECONDS)
        else:
            return


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "begin"))
