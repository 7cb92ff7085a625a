"""Transactions on the database that holds simulations, durable once they return."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import BigInteger, Connection, Engine, cast, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, SQLAlchemyError

from adapters.store.database import postgres, sqlite
from domain.errors import NotStorable, TwinError, Unavailable

MICROSECONDS = 1_000_000
CONNECTIONS = 10  # chosen: a server admits a hundred by default, and several processes share it


class StoreUrlRefused(TwinError):
    """Simulations cannot be kept where the URL says; it holds a password, so it is not told."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE")


class Database:
    """A database by URL. Raises Unavailable whenever it cannot be used; nothing is then kept.

    Raises NotStorable on a value that its columns cannot hold, and StoreUrlRefused where no known
    database can be meant. `clock` gives seconds since 1970. It counts on SQLite, whose users all
    run on one machine; PostgreSQL, which machines share, has a clock of its own.
    """

    def __init__(
        self, url: str, clock: Callable[[], float] = time.time, connections: int = CONNECTIONS
    ) -> None:
        parsed = _known(url)
        self._clock = clock
        self._shared = parsed.get_backend_name() == "postgresql"
        self._remedy = postgres.REMEDY if self._shared else sqlite.REMEDY
        with self._translated():
            self._engine = self._connect(parsed, connections)
        if self._shared:
            # One snapshot for all statements; writers look at what is there when they write.
            self._reader: Engine = self._engine.execution_options(isolation_level="REPEATABLE READ")
            self._writer: Engine = self._engine
            self._write_turn: AbstractContextManager[object] = nullcontext()
        else:
            self._reader = self._engine
            self._writer = self._engine.execution_options(begin="begin immediate")
            # Threads of a process queue here; SQLite itself lets waiting writers sleep and guess.
            self._write_turn = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent snapshot that neither waits for writers nor holds them up."""
        with self._translated(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction on rows held already, on disk when the block is left without error."""
        with self._translated(), self._write_turn, self._writer.begin() as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A transaction that may count and then write: no other of these runs meanwhile."""
        with self.writing() as connection:
            if self._shared:
                postgres.be_alone(connection)
            yield connection

    def take_turns(self, connection: Connection, names: Sequence[str]) -> None:
        """Wait until no other writer has a turn under these names; kept to the transaction's end.

        Before anything was written in it, and once, or two writers might wait for each other.
        """
        if self._shared:
            postgres.take_turns(connection, names)

    def now(self, connection: Connection) -> int:
        """Microseconds since 1970, by the clock that all who share the database share."""
        if not self._shared:
            return round(self._clock() * MICROSECONDS)
        return int(connection.execute(_SERVER_TIME).scalar_one())

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _connect(self, url: URL, connections: int) -> Engine:
        return postgres.connect(url, connections) if self._shared else sqlite.connect(url)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DataError, OverflowError, UnicodeEncodeError) as error:
            raise NotStorable(type(error).__name__) from error
        except SQLAlchemyError as error:
            raise Unavailable("the simulation store", self._remedy) from error


def _known(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreUrlRefused("CDT_DATABASE_URL cannot be read") from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.database in {None, "", ":memory:"}:
            raise StoreUrlRefused("simulations need a file to survive in")
        case "sqlite" | "postgresql":
            return parsed
    raise StoreUrlRefused("simulations are kept in SQLite or PostgreSQL")


_SERVER_TIME = select(
    cast(func.extract("epoch", func.clock_timestamp()) * MICROSECONDS, BigInteger)
)
