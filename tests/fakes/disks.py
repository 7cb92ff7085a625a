"""Databases under a store, opened as often as a test has processes, where time is the test's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from adapters.store import SqlSimulationStore, open_store
from tests.fakes.postgres import PostgresServer


class Clock:
    """Time that passes only when told to."""

    seconds = 1_780_000_000.0

    def __call__(self) -> float:
        return self.seconds


class ServerClock(Clock):
    """The same as what PostgreSQL takes for its own clock in one database."""

    def __init__(self, server: PostgresServer, database: str) -> None:
        self._tell = partial(server.execute, database=database)
        self.seconds = Clock.seconds

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "seconds":
            self._tell(
                "create or replace function public.clock_timestamp() returns timestamptz"
                f" language sql as 'select to_timestamp({value!r})'"
            )


class Disk:
    """One database, opened as often as a test has processes."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.clock = clock
        self.url = url
        self._opened: list[SqlSimulationStore] = []

    def open(self, max_unfinished_calls: int = 10_000, **limits: int) -> SqlSimulationStore:
        store = open_store(
            self.url, max_unfinished_calls=max_unfinished_calls, clock=self.clock, **limits
        )
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


@contextmanager
def database_on(server: PostgresServer) -> Iterator[Disk]:
    """A database where names are looked up among ours before those of the server."""
    with server.database() as name:
        clock = ServerClock(server, name)
        yield Disk(f"{server.url(name)}?options=-csearch_path%3Dpublic,pg_catalog", clock)
