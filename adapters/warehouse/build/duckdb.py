"""Builds twins with DuckDB, in a file of their own that is published when it is whole.

    <data directory>/raw/current/          the loaded files (see load/load.py)
    <data directory>/analytics/current/    twins.duckdb, made from them by sql/06, 07 and 08

Paths inside the file are relative to the data directory, so a directory that was moved still works.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from adapters.warehouse.build.build import WarehouseBuild
from adapters.warehouse.load.load import (
    MANIFEST,
    RAW_FOLDER,
    RawManifest,
    loaded_version,
    read_manifest,
)
from adapters.warehouse.scripts.scripts import Procedure, run_script, script
from adapters.warehouse.scripts.tables import TABLE_SCRIPTS, Table
from adapters.warehouse.versions.duckdb_files import (
    BUILDS_FOLDER,
    FILE,
    DuckDBReader,
    limit_memory,
    live_file,
    open_file,
)
from adapters.warehouse.versions.versions import (
    UNFINISHED,
    next_version,
    publish,
    sole_writer,
    unfinished_version,
)
from domain.catalog import Carrier

# The rest of 3 GiB is Python's: at a million customers the features and the respondents. What does
# not fit is spilled to disk: with 0.8 GiB the same build takes half as long again.
MEMORY_LIMIT = "2GiB"


@contextmanager
def open_build(data_dir: Path, carrier: Carrier) -> Iterator[WarehouseBuild]:
    """A build of the newest loaded data, thrown away unless it is published.

    Raises DatasetMissing when nothing was loaded, StateConflict while another process loads or
    builds, Unavailable when the data directory cannot be used.
    """
    with sole_writer(data_dir):
        version = loaded_version(data_dir)
        try:
            with closing(DuckDBEngine(data_dir, version)) as engine:
                engine.create_tables()
                yield WarehouseBuild(engine, carrier)
        finally:
            shutil.rmtree(data_dir / BUILDS_FOLDER / UNFINISHED, ignore_errors=True)


class DuckDBSession(DuckDBReader):
    """An open connection as adapters.warehouse.build.build.BuildSession."""

    def run(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """See BuildSession."""
        self._connection.execute(sql, list(parameters))

    def insert(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """See BuildSession."""
        for row in rows:
            self.run(sql, row)

    def transaction(self) -> AbstractContextManager[None]:
        """See BuildSession: nobody sees the file before it is published."""
        return nullcontext()


class DuckDBEngine:
    """A build in a new file, live from when its folder gets the name of a version.

    Implements adapters.warehouse.build.build.BuildEngine.
    """

    def __init__(self, data_dir: Path, raw_version: str) -> None:
        self._data_dir = data_dir
        self._raw_version = raw_version
        self._root = data_dir / BUILDS_FOLDER
        self._folder = unfinished_version(self._root)
        self._connection = open_file(self._folder / FILE, data_dir, read_only=False)
        limit_memory(self._connection, MEMORY_LIMIT)
        self.session = DuckDBSession(self._connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def create_tables(self) -> None:
        """All tables, those that were loaded as views over their files, and what is kept."""
        for name in TABLE_SCRIPTS:
            run_script(self._connection, script(name))
        self._view_raw_files()
        with self._live() as live:
            self._copy_segments(live)
            self._copy_personas(live)

    def begin(self) -> int:
        """See BuildEngine."""
        return int(next_version(self._root))

    def run_script(
        self, text: str, variables: Mapping[str, int], procedures: Mapping[str, Procedure]
    ) -> None:
        """See BuildEngine."""
        run_script(self._connection, text, variables=variables, procedures=procedures)

    def append(self, table: str, rows: pa.Table) -> None:
        """See BuildEngine."""
        self._connection.register("appended", rows)
        self._connection.execute(f"insert into {table} select * from appended")  # noqa: S608 ours
        self._connection.unregister("appended")

    def refuse_if_overtaken(self) -> None:
        """See BuildEngine: there is one writer at a time."""

    def publish(self) -> str:
        """See BuildEngine: close the file and let the pointer show its folder."""
        self.close()
        manifest = {"raw_version": self._raw_version}
        (self._folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        return publish(self._root)

    def _view_raw_files(self) -> None:
        """Put a view over the loaded file in the place of each empty table that was loaded."""
        manifest = read_manifest(self._data_dir / RAW_FOLDER / self._raw_version)
        for table in reversed(manifest.tables):  # a table others refer to goes last
            file = f"{RAW_FOLDER}/{self._raw_version}/{table.file}"
            self._connection.execute(f"drop table {table.schema}.{table.name}")
            self._connection.execute(
                f"create view {table.schema}.{table.name} as {_typed_rows(table, file, manifest)}"
            )

    def _copy_segments(self, live: set[tuple[str, str]]) -> None:
        """Who was in which segment of the live build, and what they were like."""
        for table in ("customer_clusters", "segment_centers"):
            if ("analytics", table) in live:
                self._connection.execute(f"drop table if exists analytics.{table}")
                self._connection.execute(
                    f"create table analytics.{table} as from live.analytics.{table}"
                )

    def _copy_personas(self, live: set[tuple[str, str]]) -> None:
        """Every earlier version of every persona."""
        for table in ("persona_versions", "persona_definitions"):  # the first builds had the latter
            if ("personas", table) in live:
                self._connection.execute(
                    "insert into personas.persona_versions by name"  # noqa: S608 - ours
                    f" select * from live.personas.{table}"
                )
                return

    @contextmanager
    def _live(self) -> Iterator[set[tuple[str, str]]]:
        """The live build attached as `live`; schema and name of each of its tables."""
        live = live_file(self._data_dir)
        if live is None:
            yield set()
            return
        file = exp.Literal.string(str(live)).sql(dialect="duckdb")
        self._connection.execute(f"attach {file} as live (read_only)")
        try:
            tables = self._connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'live'"
            ).fetchall()
            yield set(tables)
        finally:
            self._connection.execute("detach live")


def _typed_rows(table: Table, file: str, manifest: RawManifest) -> str:
    """A query for the file's rows with the types the table declares.

    What the database fills, and the file does not have, is the time of the load.
    """
    present = manifest.columns[table.name]
    columns = [
        exp.cast(
            exp.column(column.name, quoted=True)
            if column.name in present
            else exp.Literal.string(manifest.loaded_at),
            column.type,
            dialect="duckdb",
        ).as_(column.name)
        for column in table.columns
    ]
    source = exp.func("read_parquet", exp.Literal.string(file))
    return exp.select(*columns).from_(source).sql(dialect="duckdb")
