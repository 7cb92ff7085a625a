"""The live build of the twins in Snowflake; build/snowflake.py makes it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pyarrow as pa

from adapters.rows import Reader, Row
from adapters.snowflake.sessions import ObjectMissing, Sessions
from adapters.warehouse.live.live import LiveCustomerBase, ServeAs, as_built
from domain.errors import DatasetMissing, Unavailable

LOOK_AGAIN_SECONDS = 15.0  # chosen: how late a new build may be noticed; each look is a statement


class SnowflakeBuilds:
    """The builds noted in ANALYTICS.BUILDS; implements adapters.warehouse.live.live.Builds.

    A build writes over the one before, so while one is under way only what was read already can be
    had; everything else is refused rather than mixed. `clock` gives seconds that only go forward.
    """

    def __init__(self, sessions: Sessions, clock: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._live: str | None = None
        self._looked_at = 0.0

    def live(self) -> str:
        """The newest published build; looked up at most every LOOK_AGAIN_SECONDS."""
        with self._lock:
            now = self._clock()
            if self._live is None or now - self._looked_at >= LOOK_AGAIN_SECONDS:
                self._live, self._looked_at = self._look(), now
            return self._live

    def reader(self, version: str) -> Reader:
        """Reads the build as long as nothing writes over it."""
        return _GuardedReader(self._sessions, version)

    def _look(self) -> str:
        missing = DatasetMissing(
            "the customer base", "make it with `twin load --from DIR` and `twin build`"
        )
        try:
            builds = newest_builds(self._sessions)
        except ObjectMissing as error:
            raise missing from error
        published = next((row for row in builds if row["published"]), None)
        if published is None:
            raise missing
        return build_name(published)


class SnowflakeCustomerBase(LiveCustomerBase):
    """The customer base of a Snowflake database."""

    def __init__(self, sessions: Sessions, serve_as: ServeAs = as_built) -> None:
        super().__init__(SnowflakeBuilds(sessions), serve_as)


class _GuardedReader:
    """A reader that looks, before and after, whether its build still stands."""

    def __init__(self, sessions: Sessions, version: str) -> None:
        self._sessions = sessions
        self._version = version

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """See Reader."""
        self._refuse_unless_standing()
        rows = self._sessions.rows(sql, parameters)
        self._refuse_unless_standing()
        return rows

    def table(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """See Reader."""
        self._refuse_unless_standing()
        table = self._sessions.table(sql, parameters)
        self._refuse_unless_standing()
        return table

    def _refuse_unless_standing(self) -> None:
        newest = next(iter(newest_builds(self._sessions)), None)
        if newest is None or build_name(newest) != self._version:
            raise Unavailable(
                "the customer base",
                "it is being built: wait for `twin build` to end, or run it again if it broke off",
            )


def newest_builds(reader: Reader) -> list[Row]:
    """The last builds begun, newest first, published or not; a handful is enough to find one."""
    return reader.rows(
        "select version, published_at is not null as published from analytics.builds"
        " order by version desc limit 20"
    )


def build_name(row: Row) -> str:
    """How a build is called."""
    return f"{int(str(row['version'])):04d}"
