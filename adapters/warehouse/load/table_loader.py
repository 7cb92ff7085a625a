"""Table loader: turns the files of a table into its Parquet, or lists what is wrong with them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from adapters.warehouse.load_report import Fault, RejectLimit, TableReport
from adapters.warehouse.scripts.tables import Table
from adapters.warehouse.source.csv_scan import scan
from adapters.warehouse.source.file_manifest import FileManifest
from adapters.warehouse.source.headers import REWRITE
from adapters.warehouse.source.staging import (
    Staged,
    open_staged,
    stage_parquet_text,
    stage_text,
    stage_typed,
)
from adapters.warehouse.source.table_sources import Part, TableSource
from adapters.warehouse.validation.rejects import BrokenRows, Rejects
from adapters.warehouse.validation.row_validation import BATCH_ROWS, CUSTOMERS, RowValidator

# What DuckDB raises for other reasons than a Parquet file that is not what it should be.
NOT_THE_FILE = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
)
STAGED = "staged"  # folder of what is not yet checked


class TableLoader:
    """Loads tables, customers first, into an unfinished version."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        limit: RejectLimit,
        today: date,
        manifest: FileManifest,
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._limit = limit
        self._manifest = manifest
        self.rejects = Rejects(folder)
        self._validator = RowValidator(connection, limit, today, self.rejects)
        (folder / STAGED).mkdir()

    def load(self, source: TableSource) -> TableReport:
        """Check the files of a table and, unless faults forbid it, write its good rows.

        Raises OSError or duckdb.Error when a file cannot be read or written.
        """
        if source.faults:
            return TableReport(source.table.name, source.file, 0, 0, 0, source.faults)
        self._target(source.table).parent.mkdir(exist_ok=True)
        report = replace(self._load(source), notes=source.notes)
        return report if report.rows_in or report.faults or source.absent else _without_rows(report)

    def close(self) -> None:
        """Remove what was only staged."""
        shutil.rmtree(self._folder / STAGED)

    def _load(self, source: TableSource) -> TableReport:
        if source.absent:
            return self._leave_empty(source)
        if source.parts[0].path.suffix == ".parquet":
            return self._load_parquet(source)
        return self._load_sound_csv(source) or self._load_any_csv(source)

    def _leave_empty(self, source: TableSource) -> TableReport:
        columns = (f"null::{column.type} as {column.name}" for column in source.table.columns)
        nothing = self._connection.sql(f"select {', '.join(columns)} limit 0")
        nothing.write_parquet(str(self._target(source.table)))
        return TableReport(source.table.name, None, 0, 0, 0)

    def _load_sound_csv(self, source: TableSource) -> TableReport | None:
        """The quick way, for files without fault; None sends them the way that names faults."""
        if source.mapping is not None:
            return None
        rows = 0
        for part in source.parts:
            scanned = scan(part.path)
            if not scanned.plain or self._manifest.fault(part.path.name, scanned.rows):
                return None
            rows += scanned.rows
        files = [(part.path, part.columns) for part in source.parts]
        target = self._target(source.table)
        if not stage_typed(self._connection, files, source.table, target):
            return None
        whole = open_staged(self._connection, source.table, source.parts[0].path, target)
        ((broken, _),) = self._validator.broken([whole])
        if whole.rows != rows or broken:
            target.unlink()
            return None
        self._validator.record_customers([whole], [{}])
        return self._report(source, rows, 0, ())

    def _load_any_csv(self, source: TableSource) -> TableReport:
        parts, broken = [], []
        for number, part in enumerate(source.parts):
            broken.append(self._stage_text(source, part, self._staged(source.table, number)))
            parts.append(self._open(source, number))
        return self._validate(source, parts, broken)

    def _stage_text(self, source: TableSource, part: Part, staged: Path) -> BrokenRows:
        broken = BrokenRows()
        rows = stage_text(part.path, part.columns, source.selected(part), staged)
        while batch := list(itertools.islice(rows, BATCH_ROWS)):
            broken.add(batch)
            if not self._limit.none:
                self.rejects.add_broken(source.table.name, part.path.name, batch)
        return broken

    def _load_parquet(self, source: TableSource) -> TableReport:
        """Check copies: the source files may be written again, in place, at any time."""
        parts: list[Staged] = []
        try:
            for number, part in enumerate(source.parts):
                staged = self._staged(source.table, number)
                if source.mapping is None:
                    shutil.copyfile(part.path, staged)
                else:
                    selected = source.selected(part)
                    stage_parquet_text(self._connection, part.path, part.columns, selected, staged)
                parts.append(self._open(source, number))
            return self._validate(source, parts, [BrokenRows()] * len(parts))
        except NOT_THE_FILE:
            raise
        except duckdb.Error:
            unread = list(self._unreadable_files(parts)) or [source.parts[len(parts) - 1].path.name]
            faults = tuple(
                Fault(name, None, "not_parquet", "must be whole Parquet", remedy=REWRITE)
                for name in unread
            )
            return TableReport(source.table.name, source.file, 0, 0, 0, faults)

    def _unreadable_files(self, parts: Sequence[Staged]) -> Iterator[str]:
        """Names of the files that cannot be read to their end."""
        for part in parts:
            read = ", ".join(f"count({name})" for name in part.types)
            try:
                self._connection.execute(f"select {read} from {part.view}").fetchall()  # noqa: S608
            except duckdb.Error:
                yield part.file

    def _validate(
        self, source: TableSource, parts: Sequence[Staged], broken: Sequence[BrokenRows]
    ) -> TableReport:
        """Write the good rows, unless the faults forbid the load anyway."""
        found = self._validator.broken(parts)
        violated = [checks for _, checks in found]
        unread = sum(rows.rows for rows in broken)
        if not (self._limit.none and unread):  # who is in a broken row is not known
            self._validator.record_customers(parts, violated)
        faults: list[Fault] = []
        for part, rows, checks in zip(parts, broken, violated, strict=True):
            faults += [*rows.faults(part.file), *self._validator.faults(part, checks)]
            if differs := self._manifest.fault(part.file, part.rows + rows.rows):
                faults.append(differs)
        if not (self._limit.none and faults):
            self._validator.write_good(parts, violated, self._target(source.table))
            for part, checks in zip(parts, violated, strict=True):
                self._validator.write_rejects(part, checks)
        rejected = unread + sum(rows for rows, _ in found)
        return self._report(source, unread + sum(part.rows for part in parts), rejected, faults)

    def _open(self, source: TableSource, number: int) -> Staged:
        original, staged = source.parts[number].path, self._staged(source.table, number)
        return open_staged(self._connection, source.table, original, staged, source.mapping, number)

    def _staged(self, table: Table, number: int) -> Path:
        return self._folder / STAGED / f"{table.name}-{number}.parquet"

    def _target(self, table: Table) -> Path:
        return self._folder / table.file

    def _report(
        self, source: TableSource, rows: int, rejected: int, faults: Sequence[Fault]
    ) -> TableReport:
        """What came of a table's files; what was written is counted again."""
        target = self._target(source.table)
        good = pq.read_metadata(target).num_rows if target.exists() else rows - rejected
        return TableReport(source.table.name, source.file, rows, good, rejected, tuple(faults))


def _without_rows(report: TableReport) -> TableReport:
    """A file with a header only: nothing can be built without customers, but without the rest."""
    if report.table != CUSTOMERS:
        return replace(report, notes=(*report.notes, "the file has no rows"))
    fault = Fault(str(report.file), None, "no_rows", "must have rows", remedy=REWRITE)
    return replace(report, faults=(fault,))
