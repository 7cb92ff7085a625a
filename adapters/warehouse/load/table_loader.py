"""Intake: what is offered for a table becomes its Parquet, or a list of what is wrong with it."""

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
from adapters.warehouse.source.file_manifest import PackingList
from adapters.warehouse.source.headers import REWRITE
from adapters.warehouse.source.staging import (
    Staged,
    open_staged,
    stage_parquet_text,
    stage_text,
    stage_typed,
)
from adapters.warehouse.source.table_sources import Offer, Part
from adapters.warehouse.validation.rejects import BrokenRows, Rejects
from adapters.warehouse.validation.row_validation import BATCH_ROWS, CUSTOMERS, Sieve

# What DuckDB raises for other reasons than a Parquet file that is not what it should be.
NOT_THE_FILE = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
)
STAGED = "offered"  # folder of what is not yet checked


class Intake:
    """Takes the tables of one load, customers first, into an unfinished version."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        limit: RejectLimit,
        today: date,
        packing: PackingList,
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._limit = limit
        self._packing = packing
        self.rejects = Rejects(folder)
        self._sieve = Sieve(connection, limit, today, self.rejects)
        (folder / STAGED).mkdir()

    def take(self, offer: Offer) -> TableReport:
        """Check the files of a table and, unless faults forbid it, write its good rows.

        Raises OSError or duckdb.Error when a file cannot be read or written.
        """
        if offer.faults:
            return TableReport(offer.table.name, offer.file, 0, 0, 0, offer.faults)
        self._target(offer.table).parent.mkdir(exist_ok=True)
        report = replace(self._take(offer), notes=offer.notes)
        return report if report.rows_in or report.faults or offer.absent else _without_rows(report)

    def close(self) -> None:
        """Remove what was only staged."""
        shutil.rmtree(self._folder / STAGED)

    def _take(self, offer: Offer) -> TableReport:
        if offer.absent:
            return self._leave_empty(offer)
        if offer.parts[0].path.suffix == ".parquet":
            return self._take_parquet(offer)
        return self._take_sound_csv(offer) or self._take_any_csv(offer)

    def _leave_empty(self, offer: Offer) -> TableReport:
        columns = (f"null::{column.type} as {column.name}" for column in offer.table.columns)
        nothing = self._connection.sql(f"select {', '.join(columns)} limit 0")
        nothing.write_parquet(str(self._target(offer.table)))
        return TableReport(offer.table.name, None, 0, 0, 0)

    def _take_sound_csv(self, offer: Offer) -> TableReport | None:
        """The quick way, for files without fault; None sends them the way that names faults."""
        if offer.mapping is not None:
            return None
        rows = 0
        for part in offer.parts:
            scanned = scan(part.path)
            if not scanned.plain or self._packing.fault(part.path.name, scanned.rows):
                return None
            rows += scanned.rows
        files = [(part.path, part.columns) for part in offer.parts]
        target = self._target(offer.table)
        if not stage_typed(self._connection, files, offer.table, target):
            return None
        whole = open_staged(self._connection, offer.table, offer.parts[0].path, target)
        ((broken, _),) = self._sieve.broken([whole])
        if whole.rows != rows or broken:
            target.unlink()
            return None
        self._sieve.remember_customers([whole], [{}])
        return self._report(offer, rows, 0, ())

    def _take_any_csv(self, offer: Offer) -> TableReport:
        parts, broken = [], []
        for number, part in enumerate(offer.parts):
            broken.append(self._stage_text(offer, part, self._staged(offer.table, number)))
            parts.append(self._open(offer, number))
        return self._sift(offer, parts, broken)

    def _stage_text(self, offer: Offer, part: Part, staged: Path) -> BrokenRows:
        broken = BrokenRows()
        rows = stage_text(part.path, part.columns, offer.taken(part), staged)
        while batch := list(itertools.islice(rows, BATCH_ROWS)):
            broken.add(batch)
            if not self._limit.none:
                self.rejects.add_broken(offer.table.name, part.path.name, batch)
        return broken

    def _take_parquet(self, offer: Offer) -> TableReport:
        """Check copies: the files offered may be written again, in place, at any time."""
        parts: list[Staged] = []
        try:
            for number, part in enumerate(offer.parts):
                staged = self._staged(offer.table, number)
                if offer.mapping is None:
                    shutil.copyfile(part.path, staged)
                else:
                    taken = offer.taken(part)
                    stage_parquet_text(self._connection, part.path, part.columns, taken, staged)
                parts.append(self._open(offer, number))
            return self._sift(offer, parts, [BrokenRows()] * len(parts))
        except NOT_THE_FILE:
            raise
        except duckdb.Error:
            unread = list(self._unreadable(parts)) or [offer.parts[len(parts) - 1].path.name]
            faults = tuple(
                Fault(name, None, "not_parquet", "must be whole Parquet", remedy=REWRITE)
                for name in unread
            )
            return TableReport(offer.table.name, offer.file, 0, 0, 0, faults)

    def _unreadable(self, parts: Sequence[Staged]) -> Iterator[str]:
        """Names of the files that cannot be read to their end."""
        for part in parts:
            read = ", ".join(f"count({name})" for name in part.types)
            try:
                self._connection.execute(f"select {read} from {part.view}").fetchall()  # noqa: S608
            except duckdb.Error:
                yield part.file

    def _sift(
        self, offer: Offer, parts: Sequence[Staged], broken: Sequence[BrokenRows]
    ) -> TableReport:
        """Write the good rows, unless the faults forbid the load anyway."""
        found = self._sieve.broken(parts)
        violated = [checks for _, checks in found]
        unread = sum(rows.rows for rows in broken)
        if not (self._limit.none and unread):  # who is in a broken row is not known
            self._sieve.remember_customers(parts, violated)
        faults: list[Fault] = []
        for part, rows, checks in zip(parts, broken, violated, strict=True):
            faults += [*rows.faults(part.file), *self._sieve.faults(part, checks)]
            if differs := self._packing.fault(part.file, part.rows + rows.rows):
                faults.append(differs)
        if not (self._limit.none and faults):
            self._sieve.write_good(parts, violated, self._target(offer.table))
            for part, checks in zip(parts, violated, strict=True):
                self._sieve.write_rejects(part, checks)
        rejected = unread + sum(rows for rows, _ in found)
        return self._report(offer, unread + sum(part.rows for part in parts), rejected, faults)

    def _open(self, offer: Offer, number: int) -> Staged:
        offered, staged = offer.parts[number].path, self._staged(offer.table, number)
        return open_staged(self._connection, offer.table, offered, staged, offer.mapping, number)

    def _staged(self, table: Table, number: int) -> Path:
        return self._folder / STAGED / f"{table.name}-{number}.parquet"

    def _target(self, table: Table) -> Path:
        return self._folder / table.file

    def _report(
        self, offer: Offer, rows: int, rejected: int, faults: Sequence[Fault]
    ) -> TableReport:
        """What came of a table's files; what was written is counted again."""
        target = self._target(offer.table)
        good = pq.read_metadata(target).num_rows if target.exists() else rows - rejected
        return TableReport(offer.table.name, offer.file, rows, good, rejected, tuple(faults))


def _without_rows(report: TableReport) -> TableReport:
    """A file with a header only: nothing can be built without customers, but without the rest."""
    if report.table != CUSTOMERS:
        return replace(report, notes=(*report.notes, "the file has no rows"))
    fault = Fault(str(report.file), None, "no_rows", "must have rows", remedy=REWRITE)
    return replace(report, faults=(fault,))
