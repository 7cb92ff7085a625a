"""DuckDB files: where the file of a build lies and how it is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from adapters.rows import Row
from adapters.warehouse.versions.versions import current_version
from domain.errors import Unavailable

BUILDS_FOLDER = "analytics"

# Not analytics.duckdb: the catalog takes the name of the file and would hide the schema analytics.
FILE = "twins.duckdb"


def live_file(data_dir: Path) -> Path | None:
    """The file of the live build, or None when nothing was built."""
    version = current_version(data_dir / BUILDS_FOLDER)
    return None if version is None else data_dir / BUILDS_FOLDER / version / FILE


def open_file(path: Path, data_dir: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A connection; paths inside the file are relative to the data directory.

    Raises Unavailable when the file cannot be opened.
    """
    with readable():
        connection = duckdb.connect(
            str(path), read_only=read_only, config={"file_search_path": str(data_dir)}
        )
    hide_progress_bar(connection)
    return connection


class DuckDBReader:
    """An open connection as adapters.rows.Reader."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """See Reader."""
        with readable():
            result = self._connection.execute(sql, list(parameters))
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def table(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """See Reader."""
        with readable():
            table: pa.Table = self._connection.sql(sql, params=list(parameters)).to_arrow_table()
            return table


@contextmanager
def readable() -> Iterator[None]:
    """Say what to do where DuckDB cannot read a build."""
    try:
        yield
    except duckdb.Error as error:
        raise Unavailable("the customer base", "build it again with `twin build`") from error


def hide_progress_bar(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep DuckDB from drawing its own progress bar into whatever the caller prints."""
    connection.execute("set enable_progress_bar = false")


def limit_memory(connection: duckdb.DuckDBPyConnection, memory: str) -> None:
    """Let DuckDB hold no more than this, such as `2GiB`, and spill the rest beside its file.

    Rows are then kept in whatever order they come: keeping theirs would hold them in memory.
    """
    connection.execute("set memory_limit = ?", [memory])
    connection.execute("set preserve_insertion_order = false")
