"""Load: take a data set in, all of it or none, as a new version of the raw data.

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

from adapters.warehouse.load.table_loader import Intake
from adapters.warehouse.load_report import LoadRefused, LoadReport, RejectLimit
from adapters.warehouse.mapping.mapping import FileMapping
from adapters.warehouse.past_levers import know_levers
from adapters.warehouse.scripts.tables import Table, declared_tables
from adapters.warehouse.source.file_manifest import read_packing_list
from adapters.warehouse.source.source_folder import expect_some, look_into
from adapters.warehouse.source.table_sources import Offer, find_offers
from adapters.warehouse.validation.checks import keep_utc, trust_no_statistics
from adapters.warehouse.validation.rejects import FILE as REJECTS
from adapters.warehouse.validation.unknown_places import notes_of_strangers
from adapters.warehouse.versions.duckdb_files import SHELF, be_quiet
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

RAW_SHELF = "raw"
MANIFEST = "manifest.json"
NO_REJECTS = RejectLimit()


@dataclass(frozen=True, slots=True)
class RawManifest:
    """What a version of the raw data says of itself: its rows and the columns its files have.

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
    source: Path,
    data_dir: Path,
    progress: Progress | None = None,
    *,
    limit: RejectLimit = NO_REJECTS,
    mapping: FileMapping | None = None,
) -> LoadReport:
    """Check the files under `source`, or its internal/ and external/, and make them live.

    The eight of sql/02 and 03 must be there and historical_reactions may be. With a mapping other
    files may stand in for them, and tables may be absent. `progress` hears
    each step's name, its place and the number of steps. Raises LoadRefused, nothing replaced, when
    a file is missing or more rows break the schema than `limit` allows, and DatasetRejected when
    nothing under `source` can be a table; StateConflict when another process writes the data
    directory; Unavailable when a file cannot be read or written.
    """
    started = time.perf_counter()
    look_into(source)
    with sole_writer(data_dir), duckdb.connect() as connection:
        be_quiet(connection)
        trust_no_statistics(connection)
        keep_utc(connection)
        know_levers(connection)
        try:
            folder = unfinished_version(data_dir / RAW_SHELF)
            packing = read_packing_list(source)
            intake = Intake(connection, folder, limit, datetime.now(UTC).date(), packing)
            listed = () if mapping else packing.tables
            offers = find_offers(source, declared_tables(), mapping, listed)
            if mapping is None:
                expect_some(source, offers)
            report = _take_all(intake, offers, _Steps(progress, len(offers) + 1))
            if not limit.allows(report.tables):
                raise LoadRefused(_timed(report, started), _remedies(report, limit))
            tables = [offer.table for offer in offers]
            report = _noted(report, dict(notes_of_strangers(connection, folder, tables)))
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
            shutil.rmtree(data_dir / RAW_SHELF / UNFINISHED, ignore_errors=True)
    return _timed(_published(report, version), started)


def loaded_version(data_dir: Path) -> str:
    """The live version of the raw data. Raises DatasetMissing when nothing was loaded."""
    version = current_version(data_dir / RAW_SHELF)
    if version is None:
        raise DatasetMissing("customer data", "load some with `twin load --from DIR`")
    return version


def read_manifest(version: Path) -> RawManifest:
    """The manifest of a version of the raw data."""
    return RawManifest(**json.loads((version / MANIFEST).read_text(encoding="utf-8")))


def raw_versions_in_use(data_dir: Path) -> set[str]:
    """Versions of the raw data that a kept build was made from."""
    shelf = data_dir / SHELF
    notes = [shelf / name / MANIFEST for name in versions(shelf)]
    return {json.loads(note.read_text(encoding="utf-8"))["raw_version"] for note in notes}


class _Steps:
    """Counts steps for whoever shows progress."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def next(self, name: str) -> None:
        if self._progress is not None:
            self._progress(name, self._done, self._total)
        self._done += 1


def _take_all(intake: Intake, offers: Sequence[Offer], steps: _Steps) -> LoadReport:
    tables = []
    for offer in offers:
        steps.next(f"load {offer.file}")
        tables.append(intake.take(offer))
    intake.close()
    steps.next("publish")
    rejects = REJECTS if intake.rejects.rows else None
    return LoadReport(None, tuple(tables), rejects, 0.0)


def _noted(report: LoadReport, notes: Mapping[str, str]) -> LoadReport:
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
    return publish(data_dir / RAW_SHELF, keep=raw_versions_in_use(data_dir))


def _published(report: LoadReport, version: str) -> LoadReport:
    rejects = f"{RAW_SHELF}/{version}/{REJECTS}" if report.rejects_file else None
    return replace(report, version=version, rejects_file=rejects)


def _timed(report: LoadReport, started: float) -> LoadReport:
    return replace(report, seconds=time.perf_counter() - started)


def _remedies(report: LoadReport, limit: RejectLimit) -> list[str]:
    """What else to do about rows that were rejected, if that is what is wrong."""
    if limit.none or not (over := limit.exceeded(report.tables)):
        return []
    return [f"more rows of {', '.join(over)} are rejected than allowed; mend them or allow more"]
