"""The embedded database: one file, one writer at a time, on disk with every commit."""

from __future__ import annotations

import sqlite3
import time

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from adapters.store.database.migrate import migrate

BUSY_TIMEOUT_SECONDS = 10  # chosen: longer than any transaction of ours, shorter than a lease
WAL_RETRY_SECONDS = 0.01

REMEDY = "see that its disk has room, its file is intact and may be written, then try again"


def connect(url: URL) -> Engine:
    """An engine on a file whose tables are there; `begin` among its options opens transactions."""
    _lay_tables(url)
    engine = create_engine(url, pool_size=8, max_overflow=56, hide_parameters=True)
    event.listen(engine, "connect", _make_durable)
    event.listen(engine, "begin", _begin)
    return engine


def _lay_tables(url: URL) -> None:
    """Tables are remade without watching references: a table made anew has them for a moment not.

    That cannot be turned off inside a transaction, so connections of their own do it.
    """
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    with engine.execution_options(begin="begin immediate").begin() as connection:
        migrate(connection)


def _make_durable(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    _prepare(connection, entry)
    cursor = connection.cursor()
    cursor.execute("pragma foreign_keys = on")
    cursor.close()


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not open transactions of its own: they would start as readers, and a reader
    # that turns writer fails at once when somebody else wrote meanwhile.
    connection.isolation_level = None
    connection.text_factory = _text
    cursor = connection.cursor()
    cursor.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    _turn_to_wal(cursor)
    cursor.execute("pragma synchronous = full")
    cursor.close()


def _text(stored: bytes) -> str | bytes:
    """Text as it was written, or its bytes, which are no text: one row must not fail them all."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


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
