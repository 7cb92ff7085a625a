"""Builds twins with DuckDB, in a file of their own that is published when it is whole.

    <data directory>/raw/current/          the loaded files (see load.py)
    <data directory>/analytics/current/    twins.duckdb, made from them by sql/06, 07 and 08

Paths inside the file are relative to the data directory, so a directory that was moved still works.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlglot import exp

from adapters.warehouse.build.build import DescribedCustomers
from adapters.warehouse.build.rows import (
    Cells,
    carrier_rows,
    find_clusters,
    persona_rows,
    plan_rows,
    signature_rows,
    speaking_rows,
)
from adapters.warehouse.live.analytics import (
    read_as_of,
    read_newest_versions,
)
from adapters.warehouse.load.load import MANIFEST, RAW_SHELF, RawManifest, read_manifest
from adapters.warehouse.scripts.scripts import run_script, script
from adapters.warehouse.scripts.tables import TABLE_SCRIPTS, Table
from adapters.warehouse.versions.duckdb_files import (
    FILE,
    SHELF,
    DuckDBReader,
    keep_within,
    live_file,
    open_file,
)
from adapters.warehouse.versions.versions import (
    UNFINISHED,
    current_version,
    next_version,
    publish,
    sole_writer,
    unfinished_version,
)
from domain.catalog import Carrier
from domain.customers import Discover, Segmentation
from domain.errors import DatasetMissing
from domain.personas import Persona, PersonaVersion

# The rest of 3 GiB is Python's: at a million customers the features and the respondents. What does
# not fit is spilled to disk: with 0.8 GiB the same build takes half as long again.
MEMORY_LIMIT = "2GiB"


@contextmanager
def open_build(data_dir: Path, carrier: Carrier) -> Iterator[DuckDBBuild]:
    """A build of the newest loaded data, thrown away unless it is published.

    Raises DatasetMissing when nothing was loaded, StateConflict while another process loads or
    builds, Unavailable when the data directory cannot be used.
    """
    with sole_writer(data_dir):
        raw_version = current_version(data_dir / RAW_SHELF)
        if raw_version is None:
            raise DatasetMissing("customer data", "load some with `twin load --from DIR`")
        try:
            with closing(DuckDBBuild(data_dir, carrier, raw_version)) as build:
                build.lay_tables()
                yield build
        finally:
            shutil.rmtree(data_dir / SHELF / UNFINISHED, ignore_errors=True)


class DuckDBBuild(DescribedCustomers):
    """One build of the twins in a new DuckDB file; implements domain.build_twins.TwinBuild."""

    def __init__(self, data_dir: Path, carrier: Carrier, raw_version: str) -> None:
        self._data_dir = data_dir
        self._raw_version = raw_version
        self._shelf = data_dir / SHELF
        self._folder = unfinished_version(self._shelf)
        self._connection = open_file(self._folder / FILE, data_dir, read_only=False)
        keep_within(self._connection, MEMORY_LIMIT)
        super().__init__(DuckDBReader(self._connection), carrier)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def lay_tables(self) -> None:
        """All tables, those that were loaded as views over their files, with personas so far."""
        for name in TABLE_SCRIPTS:
            run_script(self._connection, script(name))
        self._view_raw_files()
        self._keep_history()

    def make_features(self) -> int:
        """The carrier's configuration, then sql/06."""
        self._describe_carrier()
        run_script(self._connection, script("06_create_enriched_views"))
        (row,) = self._connection.execute(
            "select count(*) from analytics.customer_features"
        ).fetchall()
        return int(row[0])

    def find_segments(self, discover: Discover, seed: int) -> Segmentation:
        """Run sql/07, answering its call for segments with `discover`."""
        found: list[Segmentation] = []

        def answer(_segment_count: int, seed: int) -> None:
            found.append(self._put_in_segments(discover, seed))

        self._remember_segments()
        run_script(
            self._connection,
            script("07_segmentation_pipeline"),
            variables={"segment_count": len(self.carrier.signatures), "seed": seed},
            procedures={"analytics.discover_segments": answer},
        )
        return found[0]

    def previous_personas(self) -> Sequence[PersonaVersion]:
        """The newest version of every persona there ever was."""
        return read_newest_versions(self._reader)

    def store_personas(self, personas: Sequence[Persona]) -> None:
        """Keep these personas beside all earlier versions, as those that speak."""
        self._connection.execute("delete from personas.current_versions")
        self._insert("personas.current_versions", speaking_rows(personas))
        for row in persona_rows(personas):
            self._connection.execute(
                "insert or ignore into personas.persona_versions"
                " (persona_id, version, segment_id, definition, content_hash, as_of)"
                " values (?, ?, ?, ?, ?, ?)",
                row,
            )

    def store_choice_model(self, model_id: str, parameters: str) -> None:
        """Keep the parameters, JSON text, of a model fitted to the outcomes of this build."""
        self._connection.execute(
            "insert into analytics.choice_models (model_id, as_of, parameters) values (?, ?, ?)",
            [model_id, read_as_of(self._reader), parameters],
        )

    def publish(self, note: str | None = None) -> str:
        """Close the file and make it the live one; the name of the version."""
        self._connection.execute(
            "update analytics.builds set as_of = ?, note = ?, published_at = current_timestamp",
            [read_as_of(self._reader), note],
        )
        self.close()
        manifest = {"raw_version": self._raw_version}
        (self._folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        return publish(self._shelf)

    def _view_raw_files(self) -> None:
        """Put a view over the loaded file in the place of each empty table that was loaded."""
        manifest = read_manifest(self._data_dir / RAW_SHELF / self._raw_version)
        for table in reversed(manifest.tables):  # a table others refer to goes last
            file = f"{RAW_SHELF}/{self._raw_version}/{table.file}"
            self._connection.execute(f"drop table {table.schema}.{table.name}")
            self._connection.execute(
                f"create view {table.schema}.{table.name} as {_typed_rows(table, file, manifest)}"
            )

    def _describe_carrier(self) -> None:
        """Fill the configuration tables of sql/02."""
        self._insert("analytics.carrier", carrier_rows(self.carrier))
        self._insert("analytics.plan_catalog", plan_rows(self.carrier))
        self._insert("analytics.segment_signatures", signature_rows(self.carrier))
        self._connection.execute(
            "insert into analytics.builds (version, carrier) values (?, ?)",
            [int(next_version(self._shelf)), self.carrier.model_dump_json()],
        )

    def _insert(self, table: str, rows: Iterable[Cells]) -> None:
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._connection.execute(f"insert into {table} values ({marks})", row)  # noqa: S608

    def _put_in_segments(self, discover: Discover, seed: int) -> Segmentation:
        """Run `discover` on the clustering features and keep what it says of each customer."""
        found = find_clusters(self._reader, discover, seed, self.carrier)
        self._connection.register("found_clusters", found.clusters)
        self._connection.execute(
            "insert into analytics.customer_clusters select * from found_clusters"
        )
        self._connection.unregister("found_clusters")
        self._connection.execute("update analytics.segment_centers set is_current = false")
        self._connection.execute(
            "delete from analytics.segment_centers"
            " where carrier = ? and list_contains(?, segment_id)",
            [self.carrier.name, list(found.segmentation.segment_ids)],
        )
        self._insert("analytics.segment_centers", found.centers)
        return found.segmentation

    def _remember_segments(self) -> None:
        """Carry over who was in which segment of the live build, and what they were like."""
        with self._live() as live:
            for table in ("customer_clusters", "segment_centers"):
                if ("analytics", table) in live:
                    self._connection.execute(f"drop table if exists analytics.{table}")
                    self._connection.execute(
                        f"create table analytics.{table} as from live.analytics.{table}"
                    )

    def _keep_history(self) -> None:
        """Carry over every earlier version of every persona."""
        with self._live() as live:
            kept = ("persona_versions", "persona_definitions")  # the first builds had but the one
            for table in kept:
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
        self._connection.execute(f"attach {_text(str(live))} as live (read_only)")
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


def _text(value: str) -> str:
    return exp.Literal.string(value).sql(dialect="duckdb")
