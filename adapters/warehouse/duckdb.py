"""DuckDB as the warehouse: builds twins in a file of its own and serves the live one read-only.

    <data directory>/raw/current/          the loaded files (see load.py)
    <data directory>/analytics/current/    analytics.duckdb, made from them by sql/06 to sql/08

Paths inside the file are relative to the data directory, so a directory that was moved still works.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, cast

import duckdb
import numpy as np
import pyarrow as pa
from sqlglot import exp

from adapters.warehouse.analytics import (
    read_as_of,
    read_choice_model,
    read_outcomes,
    read_personas,
    read_respondents,
    read_table,
    read_verbatims,
)
from adapters.warehouse.load import ANALYTICS_SHELF, MANIFEST, RAW_SHELF, RawManifest, read_manifest
from adapters.warehouse.scripts import run_script, script
from adapters.warehouse.statistics import read_segments
from adapters.warehouse.tables import Table, declared_tables
from adapters.warehouse.versions import (
    current_version,
    publish,
    sole_writer,
    unfinished_version,
)
from domain.build_twins import Discover
from domain.catalog import Carrier
from domain.errors import DatasetMissing, Unavailable
from domain.outcomes import CampaignOutcomes
from domain.personas import Persona
from domain.reactions import Evidence
from domain.respondents import Respondents
from domain.segmentation import Matrix, Segmentation
from domain.segments import Segment

FILE = "analytics.duckdb"
TABLE_SCRIPTS = ("02_create_internal_tables", "03_create_external_tables", "08_persona_generation")

Part = TypeVar("Part")


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
        build = DuckDBBuild(data_dir, carrier, raw_version)
        try:
            yield build
        finally:
            build.close()


class DuckDBBuild:
    """One build of the twins in a new DuckDB file; implements domain.build_twins.TwinBuild."""

    def __init__(self, data_dir: Path, carrier: Carrier, raw_version: str) -> None:
        self._data_dir = data_dir
        self._carrier = carrier
        self._raw_version = raw_version
        self._shelf = data_dir / ANALYTICS_SHELF
        self._folder = unfinished_version(self._shelf)
        self._connection = _connect(self._folder / FILE, data_dir, read_only=False)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def make_features(self) -> int:
        """Views over the loaded files, the carrier's configuration, then sql/06."""
        for name in TABLE_SCRIPTS:
            run_script(self._connection, script(name))
        self._view_raw_files()
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

        run_script(
            self._connection,
            script("07_segmentation_pipeline"),
            variables={"segment_count": len(self._carrier.segments), "seed": seed},
            procedures={"analytics.discover_segments": answer},
        )
        return found[0]

    def segments(self) -> Sequence[Segment]:
        """The segments found, ordered by id."""
        return read_segments(self._connection, self._carrier)

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        """Words of the segment's customers fit to be quoted, most representative first."""
        return read_verbatims(self._connection, segment_id)

    def respondents(self) -> Respondents:
        """Every customer, ordered by customer id."""
        return read_respondents(self._connection)

    def campaign_outcomes(self) -> CampaignOutcomes:
        """What customers did about delivered offers, by their row in `respondents()`."""
        return read_outcomes(self._connection)

    def previous_personas(self) -> Sequence[Persona]:
        """The newest version of every persona of the live build."""
        live = _live_file(self._data_dir)
        if live is None:
            return ()
        with _connect(live, self._data_dir, read_only=True) as connection:
            return read_personas(connection)

    def store_personas(self, personas: Sequence[Persona]) -> None:
        """Keep these personas beside all earlier versions."""
        self._keep_history()
        for persona in personas:
            self._connection.execute(
                "insert or ignore into personas.persona_definitions"
                " (persona_id, version, segment_id, definition, content_hash, as_of)"
                " values (?, ?, ?, ?, ?, ?)",
                [
                    persona.persona_id,
                    persona.version,
                    persona.segment_id,
                    persona.model_dump_json(),
                    hashlib.sha256(
                        persona.model_dump_json(exclude={"version"}).encode()
                    ).hexdigest(),
                    persona.as_of,
                ],
            )

    def store_choice_model(self, model_id: str, parameters: str) -> None:
        """Keep the parameters, JSON text, of a model fitted to the outcomes of this build."""
        self._connection.execute(
            "insert into analytics.choice_models (model_id, as_of, parameters) values (?, ?, ?)",
            [model_id, read_as_of(self._connection), parameters],
        )

    def publish(self) -> str:
        """Close the file and make it the live one; the name of the version."""
        self.close()
        manifest = {"raw_version": self._raw_version}
        (self._folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        return publish(self._shelf)

    def _view_raw_files(self) -> None:
        """Put a view over the loaded file in the place of each empty table of sql/02 and sql/03."""
        manifest = read_manifest(self._data_dir / RAW_SHELF / self._raw_version)
        for table in reversed(declared_tables()):  # a table others refer to goes last
            file = f"{RAW_SHELF}/{self._raw_version}/{table.file}"
            self._connection.execute(f"drop table {table.schema}.{table.name}")
            self._connection.execute(
                f"create view {table.schema}.{table.name} as {_typed_rows(table, file, manifest)}"
            )

    def _describe_carrier(self) -> None:
        """Fill the configuration tables of sql/02."""
        for plan in self._carrier.plans:
            self._connection.execute(
                "insert into analytics.plan_catalog values (?, ?, ?, ?)",
                [plan.name, plan.category, plan.price_dollars, plan.data_gb],
            )
        for profile in self._carrier.segments:
            for feature, deviations in profile.signature.items():
                self._connection.execute(
                    "insert into analytics.segment_signatures values (?, ?, ?)",
                    [profile.id, feature, deviations],
                )

    def _put_in_segments(self, discover: Discover, seed: int) -> Segmentation:
        """Run `discover` on the clustering features and keep what it says of each customer."""
        table = read_table(
            self._connection, "select * from analytics.clustering_features order by customer_id"
        )
        names = [name for name in table.column_names if name != "customer_id"]
        matrix: Matrix = np.column_stack([table[name].to_numpy() for name in names])
        found = discover(matrix, names, seed)
        clusters = pa.table(
            {
                "customer_id": table["customer_id"].combine_chunks(),
                "segment_id": pa.array(np.array(found.segment_ids)[found.cluster]),
                "cluster_id": pa.array(found.cluster),
                "distance": pa.array(found.distance),
            }
        )
        self._connection.register("found_clusters", clusters)
        self._connection.execute(
            "insert into analytics.customer_clusters select * from found_clusters"
        )
        self._connection.unregister("found_clusters")
        return found

    def _keep_history(self) -> None:
        """Carry over every earlier version of every persona."""
        live = _live_file(self._data_dir)
        if live is None:
            return
        self._connection.execute(f"attach {_text(str(live))} as live (read_only)")
        self._connection.execute(
            "insert into personas.persona_definitions by name"
            " select * from live.personas.persona_definitions"
        )
        self._connection.execute("detach live")


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
        version = current_version(self._data_dir / ANALYTICS_SHELF)
        if version is None:
            raise DatasetMissing("the customer base", "make it with `twin load` and `twin build`")
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
        self._connection = _connect(
            data_dir / ANALYTICS_SHELF / version / FILE, data_dir, read_only=True
        )
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


def _live_file(data_dir: Path) -> Path | None:
    version = current_version(data_dir / ANALYTICS_SHELF)
    return None if version is None else data_dir / ANALYTICS_SHELF / version / FILE


def _connect(path: Path, data_dir: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(
            str(path), read_only=read_only, config={"file_search_path": str(data_dir)}
        )
    except duckdb.Error as error:
        raise Unavailable("the customer base", "build it again with `twin build`") from error


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
