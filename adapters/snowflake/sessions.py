"""Sessions: a pool of Snowflake sessions on the real connector, one for each thread at work.

Threads may not share a session: its state and its results are one at a time. The connector blocks,
so call all of this off the event loop.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa
import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.cursor import SnowflakeCursor
from snowflake.connector.errors import Error

from adapters.rows import Row
from adapters.snowflake.logins import Login
from domain.errors import Unavailable

T = TypeVar("T")

APPLICATION = "CustomerDigitalTwin"
LOGIN_SECONDS = 30
# A statement is waited for in polls that the server answers within 45 s. Without these limits the
# connector tries for ever.
SOCKET_SECONDS = 60
NETWORK_SECONDS = 120
STATEMENT_SECONDS = 3_600  # chosen: features of the largest base on the smallest warehouse

# The session or the connection under it is gone. (The connector's errorcode.py, and the service's
# codes for tokens that are no longer valid.)
CONNECTION_LOST = frozenset(
    {390104, 390111, 390112, 390114, 390115, 250001, 250002, 250003, 290401}
)
LOGIN_REFUSED = frozenset({390100, 390101, 390102, 390144, 390302, 390303, 390318, 394300})
OBJECT_MISSING = frozenset({2003, 2043, 3001})
STATEMENT_TIMEOUT = frozenset({604, 630, 252007})


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """The account to connect to, and what a session begins with.

    `host`, `port` and `protocol` only where the account's own address is not the one to use.
    `tag` marks every statement in the account's query history.
    """

    account: str
    database: str | None = None
    warehouse: str | None = None
    role: str | None = None
    host: str | None = None
    port: int | None = None
    protocol: str = "https"
    tag: str = "customer-digital-twin"
    network_seconds: int = NETWORK_SECONDS
    parameters: Mapping[str, object] = field(default_factory=dict)

    def arguments(self) -> dict[str, object]:
        """Arguments of `snowflake.connector.connect`."""
        chosen = {
            "database": self.database,
            "warehouse": self.warehouse,
            "role": self.role,
            "host": self.host,
            "port": self.port,
        }
        return {
            "account": self.account,
            "protocol": self.protocol,
            "application": APPLICATION,
            "paramstyle": "qmark",
            "login_timeout": LOGIN_SECONDS,
            **_network_options(self.network_seconds),
            "client_session_keep_alive": False,
            "validate_default_parameters": False,
            "session_parameters": {
                "QUERY_TAG": self.tag,
                "TIMEZONE": "UTC",
                "STATEMENT_TIMEOUT_IN_SECONDS": STATEMENT_SECONDS,
                **self.parameters,
            },
            **{name: value for name, value in chosen.items() if value is not None},
        }


class Session:
    """One session, for one thread at a time. Column names come in lower case."""

    def __init__(self, connection: SnowflakeConnection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """What a query gives. `?` in it stands for the parameters, bound by the server."""
        with self._executed(sql, parameters) as cursor:
            names = _column_names(cursor)
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def table(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """What a query gives, as columns; whole numbers are int64, other decimals float64."""
        with self._executed(sql, parameters) as cursor:
            # Batch by batch, for the connector's own way to one table needs pandas.
            batches = [
                batch.to_arrow() for batch in cursor.get_result_batches() or () if batch.rowcount
            ]
            names = _column_names(cursor)
        if not batches:
            return pa.table({name: pa.nulls(0) for name in names})
        return _without_decimals(pa.concat_tables(batches)).rename_columns(names)

    def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run any statement; how many rows it wrote or gave."""
        with self._executed(sql, parameters) as cursor:
            return cursor.rowcount or 0

    def insert(self, sql: str, rows: Sequence[Sequence[object]]) -> int:
        """Run one `insert ... values (?, ...)` for many rows, sent together; how many."""
        if not rows:
            return 0
        with self._cursor() as cursor:
            cursor.executemany(sql, rows)
            return cursor.rowcount or 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, or nothing. Statements that change tables end it early."""
        self.run("begin")
        try:
            yield
        except BaseException:
            with suppress(Unavailable):
                self.run("rollback")
            raise
        self.run("commit")

    @contextmanager
    def _executed(self, sql: str, parameters: Sequence[object]) -> Iterator[SnowflakeCursor]:
        with self._cursor() as cursor:
            cursor.execute(sql, parameters or None)
            yield cursor

    @contextmanager
    def _cursor(self) -> Iterator[SnowflakeCursor]:
        try:
            with self._connection.cursor() as cursor:
                yield cursor
        except Error as error:
            raise refusal(error) from error


class Sessions:
    """At most `most` sessions, opened when needed and kept; safe for any number of threads.

    Every method raises Unavailable when Snowflake cannot be reached or refuses.
    """

    def __init__(self, settings: ConnectionSettings, login: Login, most: int = 8) -> None:
        self.settings = settings
        self._login = login
        self._free = threading.BoundedSemaphore(most)
        self._idle: list[SnowflakeConnection] = []
        self._lock = threading.Lock()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """See Session.rows. Asked again, once, when the session was lost: only for queries."""
        return self.retried(lambda session: session.rows(sql, parameters))

    def table(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """See Session.table. Asked again, once, when the session was lost: only for queries."""
        return self.retried(lambda session: session.table(sql, parameters))

    def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """See Session.run. Never repeated, for it may have been done."""
        with self.session() as session:
            return session.run(sql, parameters)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of one's own, for one thread; it goes back to the pool unless it was lost."""
        with self._free:
            connection = self._idle_connection() or self._connect()
            healthy = False
            try:
                yield Session(connection)
                healthy = True
            except Unavailable as refused:
                healthy = not isinstance(refused, SessionLost)
                raise
            finally:
                self._release(connection) if healthy else _close(connection)

    def close(self) -> None:
        """Close the idle sessions; the next call opens new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            _close(connection)

    def retried(self, ask: Callable[[Session], T]) -> T:
        """What `ask` gives; asked again, once, when the session was lost: only for queries."""
        try:
            with self.session() as session:
                return ask(session)
        except SessionLost:
            self.close()  # what idles is likely as old as what was lost
            with self.session() as session:
                return ask(session)

    def _idle_connection(self) -> SnowflakeConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _release(self, connection: SnowflakeConnection) -> None:
        with self._lock:
            self._idle.append(connection)

    def _connect(self) -> SnowflakeConnection:
        arguments = self.settings.arguments() | self._login.arguments()
        # Otherwise the connector asks the metadata addresses of three clouds where it runs.
        os.environ.setdefault("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
        try:
            return snowflake.connector.connect(**arguments)
        except Error as error:
            raise refusal(error) from error


class SessionLost(Unavailable):
    """The session ended under a statement; a new one may well do."""


class ObjectMissing(Unavailable):
    """What a statement names does not exist, or the role may not see it."""


def refusal(error: Error) -> Unavailable:
    """What an error of the connector means for an operator.

    Never its message, which may quote the statement, a value or an address.
    """
    number = error.errno or 0
    if number in LOGIN_REFUSED:
        remedy = "check CDT_SNOWFLAKE_ACCOUNT, _USER, _AUTH and what belongs to it"
        return Unavailable(f"Snowflake (error {number}: not let in)", remedy)
    if number in CONNECTION_LOST:
        remedy = "try again; if that does not help, check CDT_SNOWFLAKE_ACCOUNT"
        return SessionLost(f"Snowflake (error {number}: no connection)", remedy)
    if number in OBJECT_MISSING:
        remedy = "run `twin deploy`, and `twin doctor` to see what the role may do"
        return ObjectMissing(f"Snowflake (error {number}: something is missing or hidden)", remedy)
    if number in STATEMENT_TIMEOUT:
        remedy = "try again, or use a larger warehouse"
        return Unavailable(f"Snowflake (error {number}: the statement took too long)", remedy)
    remedy = "look the statement up in the account's query history"
    return Unavailable(f"Snowflake (error {number}: it refused a statement)", remedy)


def _network_options(network_seconds: int) -> dict[str, int | bool]:
    """How long to wait for the network, and how a session ends, as the connector at hand has it.

    In version 5 `network_timeout` would bound a statement's own time as well, and the effect
    of closing a session on statements still under way has to be set: there are none.
    """
    if int(snowflake.connector.__version__.split(".")[0]) < 5:
        return {"network_timeout": network_seconds, "socket_timeout": SOCKET_SECONDS}
    return {
        "query_timeout": STATEMENT_SECONDS,
        "request_timeout": network_seconds,
        "retry_timeout": SOCKET_SECONDS,
        "retry_max_attempts": max(1, network_seconds // SOCKET_SECONDS),
        "enable_server_session_keep_alive_auto_detection": False,
    }


def _column_names(cursor: SnowflakeCursor) -> list[str]:
    return [column.name.lower() for column in cursor.description or ()]


def _without_decimals(table: pa.Table) -> pa.Table:
    """The table without decimals and without the connector's notes on its columns."""
    fields = [pa.field(column.name, _type_without_decimals(column.type)) for column in table.schema]
    return table.cast(pa.schema(fields))


def _type_without_decimals(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal(kind):
        return pa.float64() if kind.scale else pa.int64()
    return pa.int64() if pa.types.is_integer(kind) else kind


def _close(connection: SnowflakeConnection) -> None:
    with suppress(Error, OSError):
        connection.close()
