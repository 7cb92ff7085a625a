"""The live build of the twins in DuckDB, opened read-only; see build.py for how it is made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

import duckdb

from adapters.warehouse.analytics import (
    read_as_of,
    read_choice_model,
    read_personas,
    read_respondents,
    read_verbatims,
)
from adapters.warehouse.files import FILE, SHELF, open_file
from adapters.warehouse.statistics import read_segments
from adapters.warehouse.versions import current_version
from domain.catalog import Carrier
from domain.errors import DatasetMissing, Unavailable
from domain.personas import Persona
from domain.reactions import Evidence
from domain.respondents import Respondents
from domain.segments import Segment

Part = TypeVar("Part")


class DuckDBCustomerBase:
    """The live build, read-only; implements domain.ports.CustomerBase.

    Follows the pointer: a build published later is noticed at the next call, and what was read of
    a build is kept until then. Calls may come from any thread.
    """

    def __init__(self, data_dir: Path, carrier: Carrier) -> None:
        self._data_dir = data_dir
        self._carrier = carrier
        self._lock = threading.Lock()
        self._live: _LiveBuild | None = None

    @property
    def version(self) -> str:
        """The name of the live build."""
        return self._build().version

    @property
    def as_of(self) -> str:
        """The day the data describe, ISO 8601."""
        return self._build().part("as_of", read_as_of)

    def segments(self) -> Sequence[Segment]:
        """Every segment, ordered by id."""
        return self._build().part("segments", lambda reader: read_segments(reader, self._carrier))

    def personas(self) -> Sequence[Persona]:
        """The newest version of every persona, ordered by segment id."""
        return self._build().part("personas", read_personas)

    def respondents(self) -> Respondents:
        """Every customer, ordered by customer id."""
        return self._build().part("respondents", read_respondents)

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        """Words of the segment's customers fit to be quoted, most representative first."""
        return self._build().part(
            f"verbatims/{segment_id}", lambda reader: read_verbatims(reader, segment_id)
        )

    def choice_model(self, model_id: str) -> str | None:
        """Parameters, JSON text, of a model fitted in the live build, or None."""
        return self._build().part(
            f"choice_model/{model_id}", lambda reader: read_choice_model(reader, model_id)
        )

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            self._live = None

    def _build(self) -> _LiveBuild:
        """The live build, opened anew when the pointer moved."""
        version = current_version(self._data_dir / SHELF)
        if version is None:
            raise DatasetMissing(
                "the customer base",
                "make it with `twin generate`, `twin load --from DIR` and `twin build`, or start "
                "with `twin serve --prepare`",
            )
        with self._lock:
            if self._live is None or self._live.version != version:
                self._live = _LiveBuild(self._data_dir, version)
            return self._live


class _LiveBuild:
    """One published build, opened read-only, with what was read of it so far.

    The connection is never closed under a reader: it goes when the last reference to it does.
    """

    def __init__(self, data_dir: Path, version: str) -> None:
        self.version = version
        self._connection = open_file(data_dir / SHELF / version / FILE, data_dir, read_only=True)
        self._lock = threading.Lock()
        self._parts: dict[str, object] = {}

    def part(self, name: str, read: Callable[[duckdb.DuckDBPyConnection], Part]) -> Part:
        """What `read` returns, read once. A name always goes with the same kind of part."""
        with self._lock:
            if name not in self._parts:
                self._parts[name] = self._read(read)
            return cast("Part", self._parts[name])

    def _read(self, read: Callable[[duckdb.DuckDBPyConnection], Part]) -> Part:
        try:
            with self._connection.cursor() as cursor:
                return read(cursor)
        except duckdb.Error as error:
            raise Unavailable("the customer base", "build it again with `twin build`") from error
