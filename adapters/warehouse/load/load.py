"""Load: checks a data set and makes it, all or nothing, a new version of the raw data.

Parquet is the store, each column in its declared type. Every file is checked row by row before
anything is replaced (docs/loading.md); rows may be left out only when the operator says how many.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from adapters.warehouse.load.table_loader import TableLoader
from adapters.warehouse.load_report import LoadRefused, LoadReport, RejectLimit
from adapters.warehouse.mapping.mapping import FileMapping
from adapters.warehouse.past_levers import register_lever_check
from adapters.warehouse.scripts.tables import Table, declared_tables
from adapters.warehouse.source.file_manifest import read_file_manifest
from adapters.warehouse.source.source_folder import require_files, require_folder
from adapters.warehouse.source.table_sources import TableSource, find_table_sources
from adapters.warehouse.validation.checks import ignore_file_statistics, use_utc
from adapters.warehouse.validation.rejects import FILE as REJECTS
from adapters.warehouse.validation.unknown_places import notes_of_unknown_places
from adapters.warehouse.versions.duckdb_files import BUILDS_FOLDER, hide_progress_bar
from adapters.warehouse.versions.versions import (
    UNFINISHED,
    current_version,
    publish,
    sole_writer,
    unfinished_version,
    versions,
)
from domain.errors import DatasetMissing, Unavailable

Progress = Callable[[str, int, int], None]

RAW_FOLDER = "raw"
MANIFEST = "manifest.json"
NO_REJECTS = RejectLimit()


@dataclass(frozen=True, slots=True)
class RawManifest:
    """Describes a version of the raw data: its rows and the columns its files have.

    Of an optional table that was not loaded it says nothing.
    """

    loaded_at: str
    rows: dict[str, int]
    columns: dict[str, list[str]]

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that were loaded, customers first."""
        return tuple(table for table in declared_tables() if table.name in self.columns)


def load_files(
    source_folder: Path,
    data_dir: Path,
    progress: Progress | None = None,
    *,
    limit: RejectLimit = NO_REJECTS,
    mapping: FileMapping | None = None,
) -> LoadReport:
    """Check the files under `source_folder`, or its internal/ and external/, and make them live.

    The eight of sql/02 and 03 must be there and historical_reactions may be. With a mapping other
    files may stand in for them, and tables may be absent. `progress` hears
    each step's name, its place and the number of steps. Raises LoadRefused, nothing replaced, when
    a file is missing or more rows break the schema than `limit` allows, and DatasetRejected when
    nothing under `source_folder` can be a table; StateConflict when another process writes the data
    directory; Unavailable when a file cannot be read or written.
    """
    started = time.perf_counter()
    require_folder(source_folder)
    with sole_writer(data_dir), duckdb.connect() as connection:
        hide_progress_bar(connection)
        ignore_file_statistics(connection)
        use_utc(connection)
        register_lever_check(connection)
        try:
            folder = unfinished_version(data_dir / RAW_FOLDER)
            manifest = read_file_manifest(source_folder)
            loader = TableLoader(connection, folder, limit, datetime.now(UTC).date(), manifest)
            listed = () if mapping else manifest.tables
            sources = find_table_sources(source_folder, declared_tables(), mapping, listed)
            if mapping is None:
                require_files(source_folder, sources)
            report = _load_tables(loader, sources, _StepCounter(progress, len(sources) + 1))
            if not limit.allows(report.tables):
                raise LoadRefused(_with_seconds(report, started), _remedies(report, limit))
            tables = [source.table for source in sources]
            report = _with_notes(report, dict(notes_of_unknown_places(connection, folder, tables)))
            version = _publish(folder, data_dir, tables)
        except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise Unavailable(
                "a file of the load",
                "check that the files can be read and that the data directory has room",
            ) from error
        except duckdb.Error as error:  # what no check foresaw: it may quote a customer's row
            raise Unavailable(
                "a table of these files (DuckDB gave up on it)",
                "load table by table to see which; nothing was replaced",
            ) from error
        finally:
            shutil.rmtree(data_dir / RAW_FOLDER / UNFINISHED, ignore_errors=True)
    return _with_seconds(_with_version(report, version), started)


def loaded_version(data_dir: Path) -> str:
    """The live version of the raw data. Raises DatasetMissing when nothing was loaded."""
    version = current_version(data_dir / RAW_FOLDER)
    if version is None:
        raise DatasetMissing("customer data", "load some with `twin load --from DIR`")
    return version


def read_manifest(version: Path) -> RawManifest:
    """The manifest of a version of the raw data."""
    return RawManifest(**json.loads((version / MANIFEST).read_text(encoding="utf-8")))


def raw_versions_in_use(data_dir: Path) -> set[str]:
    """Versions of the raw data that a kept build was made from."""
    root = data_dir / BUILDS_FOLDER
    notes = [root / name / MANIFEST for name in versions(root)]
    return {json.loads(note.read_text(encoding="utf-8"))["raw_version"] for note in notes}


class _StepCounter:
    """Counts steps for whoever shows progress."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def next(self, name: str) -> None:
        if self._progress is not None:
            self._progress(name, self._done, self._total)
        self._done += 1


def _load_tables(
    loader: TableLoader, sources: Sequence[TableSource], steps: _StepCounter
) -> LoadReport:
    tables = []
    for source in sources:
        steps.next(f"load {source.file}")
        tables.append(loader.load(source))
    loader.close()
    steps.next("publish")
    rejects = REJECTS if loader.rejects.rows else None
    return LoadReport(None, tuple(tables), rejects, 0.0)


def _with_notes(report: LoadReport, notes: Mapping[str, str]) -> LoadReport:
    """The report with one more note on some tables."""
    tables = (
        replace(table, notes=(*table.notes, notes[table.table])) if table.table in notes else table
        for table in report.tables
    )
    return replace(report, tables=tuple(tables))


def _publish(folder: Path, data_dir: Path, tables: Sequence[Table]) -> str:
    """Describe the tables written and make them live."""
    written = {table.name: pq.read_metadata(folder / table.file) for table in tables}
    manifest = RawManifest(
        loaded_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        rows={name: metadata.num_rows for name, metadata in written.items()},
        columns={name: list(metadata.schema.names) for name, metadata in written.items()},
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    return publish(data_dir / RAW_FOLDER, keep=raw_versions_in_use(data_dir))


def _with_version(report: LoadReport, version: str) -> LoadReport:
    rejects = f"{RAW_FOLDER}/{version}/{REJECTS}" if report.rejects_file else None
    return replace(report, version=version, rejects_file=rejects)


def _with_seconds(report: LoadReport, started: float) -> LoadReport:
    return replace(report, seconds=time.perf_counter() - started)


def _remedies(report: LoadReport, limit: RejectLimit) -> list[str]:
    """What else to do about rows that were rejected, if that is what is wrong."""
    if limit.none or not (over := limit.exceeded(report.tables)):
        return []
    return [f"more rows of {', '.join(over)} are rejected than allowed; mend them or allow more"]
