"""Intake: one offered file becomes one table's Parquet, or a list of what is wrong with it."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from adapters.warehouse.checks import (
    Check,
    any_broken,
    broken_counts,
    checks_of,
    first_places,
    mark_repeated,
    value_of,
)
from adapters.warehouse.csv_scan import scan
from adapters.warehouse.load_report import (
    Fault,
    RejectLimit,
    TableReport,
)
from adapters.warehouse.offers import REWRITE, Offer
from adapters.warehouse.rejects import BrokenRows, Rejects
from adapters.warehouse.staging import (
    Staged,
    open_staged,
    stage_parquet_text,
    stage_text,
    stage_typed,
    unknown_mark,
)
from adapters.warehouse.tables import Table

BATCH_ROWS = 1_000
CUSTOMERS = "customers"
# What DuckDB raises for other reasons than a Parquet file that is not what it should be.
NOT_THE_FILE = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
)
KNOWN, GOOD = "known_customers", "good_customers"
STAGED = "offered"  # folder of what is not yet checked


class Intake:
    """Takes the tables of one load, customers first, into an unfinished version."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        limit: RejectLimit,
        today: date,
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._limit = limit
        self._today = today
        self.rejects = Rejects(folder)
        (folder / STAGED).mkdir()

    def take(self, offer: Offer) -> TableReport:
        """Check a file and, unless it has faults that forbid it, write its good rows.

        Raises OSError or duckdb.Error when a file cannot be read or written.
        """
        if offer.faults:
            return TableReport(offer.table.name, offer.path.name, 0, 0, 0, offer.faults)
        self._target(offer.table).parent.mkdir(exist_ok=True)
        report = replace(self._take(offer), notes=offer.notes)
        return report if report.rows_in or report.faults or offer.absent else _without_rows(report)

    def _take(self, offer: Offer) -> TableReport:
        if offer.absent:
            return self._leave_empty(offer)
        if offer.path.suffix == ".parquet":
            return self._take_parquet(offer)
        return self._take_sound_csv(offer) or self._take_any_csv(offer)

    def close(self) -> None:
        """Remove what was only staged."""
        shutil.rmtree(self._folder / STAGED)

    def _take_sound_csv(self, offer: Offer) -> TableReport | None:
        """The quick way, for a file without fault; None sends it the way that names faults."""
        if offer.mapping is not None:
            return None
        scanned = scan(offer.path)
        target = self._target(offer.table)
        if not scanned.plain or not stage_typed(
            self._connection, offer.path, offer.columns, offer.table, target
        ):
            return None
        offered = self._open(offer, target)
        if offered.rows != scanned.rows or self._broken(offered):
            target.unlink()
            return None
        self._remember_customers(offered, ())
        return self._report(offered, (), ())

    def _leave_empty(self, offer: Offer) -> TableReport:
        columns = (f"null::{column.type} as {column.name}" for column in offer.table.columns)
        nothing = self._connection.sql(f"select {', '.join(columns)} limit 0")
        nothing.write_parquet(str(self._target(offer.table)))
        return TableReport(offer.table.name, None, 0, 0, 0)

    def _take_any_csv(self, offer: Offer) -> TableReport:
        staged = self._staged(offer.table)
        broken = BrokenRows()
        rows = stage_text(offer.path, offer.columns, staged)
        while batch := list(itertools.islice(rows, BATCH_ROWS)):
            broken.add(batch)
            if not self._limit.none:
                self.rejects.add_broken(offer.table.name, offer.path.name, batch)
        offered = self._open(offer, staged)
        return self._sift(offered, broken)

    def _take_parquet(self, offer: Offer) -> TableReport:
        """Check a copy: the file offered may be written again, in place, at any time."""
        staged = self._staged(offer.table)
        try:
            if offer.mapping is None:
                shutil.copyfile(offer.path, staged)
            else:
                stage_parquet_text(self._connection, offer.path, offer.columns, staged)
            offered = self._open(offer, staged)
            return self._sift(offered, BrokenRows())
        except NOT_THE_FILE:
            raise
        except duckdb.Error:
            fault = Fault(
                offer.path.name, None, "not_parquet", "must be whole Parquet", remedy=REWRITE
            )
            return TableReport(offer.table.name, offer.path.name, 0, 0, 0, (fault,))

    def _sift(self, offered: Staged, broken: BrokenRows) -> TableReport:
        """Write the good rows, unless the faults forbid the load anyway."""
        violated = self._broken(offered)
        checks = tuple(violated)
        rejected = self._count(offered, any_broken(checks)) if checks else 0
        if not (self._limit.none and broken.rows):  # who is in a broken row is not known
            self._remember_customers(offered, checks)
        faults = (
            *broken.faults(offered.file),
            *(self._fault(offered, check, rows) for check, rows in violated.items()),
        )
        if self._limit.none and faults:
            return self._report(offered, checks, faults, broken.rows, rejected)
        self._write_good(offered, checks)
        self._write_rejects(offered, checks)
        return self._report(offered, checks, faults, broken.rows, rejected)

    def _broken(self, offered: Staged) -> dict[Check, int]:
        """The checks that rows break, and how many."""
        checks = [
            *checks_of(offered.table, offered.types, self._today),
            *self._checks_of_customer(offered),
            *(
                Check(name, "unmapped", unknown_mark(name), "must be a word of the mapping file")
                for name in offered.mapped_words
            ),
        ]
        if repeated := mark_repeated(self._connection, offered.view, offered.table):
            checks.append(repeated)
        counts = broken_counts(self._connection, offered.view, checks)
        return {check: rows for check, rows in zip(checks, counts, strict=True) if rows}

    def _checks_of_customer(self, offered: Staged) -> Iterator[Check]:
        if not offered.table.of_customer or not self._exists(KNOWN):
            return
        there = "customer_id is not null"
        known = _among(KNOWN)
        yield Check(
            "customer_id", "orphan", f"{there} and not {known}", "must be in the customers file"
        )
        if not self._limit.none:
            yield Check(
                "customer_id",
                "customer_rejected",
                f"{there} and {known} and not {_among(GOOD)}",
                "must be a customer who was not rejected",
            )

    def _remember_customers(self, offered: Staged, violated: Sequence[Check]) -> None:
        if offered.table.name != CUSTOMERS or not offered.rows:
            return
        for name, condition in ((KNOWN, "true"), (GOOD, f"not ({any_broken(violated)})")):
            self._connection.execute(
                f"create or replace temp table {name} as"  # noqa: S608 ours
                f" select distinct customer_id::varchar as customer_id from {offered.view}"
                f" where customer_id is not null and {condition}"
            )

    def _write_good(self, offered: Staged, violated: Sequence[Check]) -> None:
        target = self._target(offered.table)
        if not violated and offered.ready:
            offered.path.rename(target)
            return
        columns = ", ".join(
            f"{value_of(column, offered.types[column.name])} as {column.name}"
            for column in offered.table.columns
            if column.name in offered.types
        )
        where = f"where not ({any_broken(violated)})" if violated else ""
        self._connection.sql(
            f'select {columns} from {offered.view} {where} order by "#line"'  # noqa: S608 ours
        ).write_parquet(str(target), compression="zstd")

    def _write_rejects(self, offered: Staged, violated: Sequence[Check]) -> None:
        if not violated:
            return
        names = list(offered.types)
        told = ", ".join(f"coalesce({check.broken_where}, false)" for check in violated)
        values = ", ".join(f"{name}::varchar" for name in names)
        result = self._connection.execute(
            f'select "#line", [{told}], [{values}] from {offered.view}'  # noqa: S608 ours
            f' where {any_broken(violated)} order by "#line"'
        )
        while batch := result.fetchmany(BATCH_ROWS):
            self.rejects.add_rows(
                offered.table.name,
                offered.file,
                [
                    (
                        line,
                        dict(zip(names, row, strict=True)),
                        [*itertools.compress(violated, marks)],
                    )
                    for line, marks, row in batch
                ],
            )

    def _open(self, offer: Offer, path: Path) -> Staged:
        return open_staged(self._connection, offer.table, offer.path, path, offer.mapping)

    def _staged(self, table: Table) -> Path:
        return self._folder / STAGED / f"{table.name}.parquet"

    def _target(self, table: Table) -> Path:
        return self._folder / table.file

    def _exists(self, table: str) -> bool:
        found = self._connection.execute(
            "select 1 from duckdb_tables() where table_name = ?", [table]
        ).fetchall()
        return bool(found)

    def _report(
        self,
        offered: Staged,
        violated: Sequence[Check],
        faults: Sequence[Fault],
        broken: int = 0,
        rejected: int = 0,
    ) -> TableReport:
        """What came of a file; what was written is counted again."""
        good = offered.rows - rejected
        target = self._target(offered.table)
        if target.exists():
            good = pq.read_metadata(target).num_rows
        return TableReport(
            table=offered.table.name,
            file=offered.file,
            rows_in=offered.rows + broken,
            rows_good=good,
            rows_rejected=rejected + broken,
            faults=tuple(faults),
        )

    def _fault(self, offered: Staged, check: Check, rows: int) -> Fault:
        places = first_places(self._connection, offered.view, check)
        return Fault(offered.file, check.column, check.kind, check.must, rows, places)

    def _count(self, offered: Staged, condition: str) -> int:
        (row,) = self._connection.execute(
            f"select count(*) from {offered.view} where {condition}"  # noqa: S608 ours
        ).fetchall()
        return int(row[0])


def _among(customers: str) -> str:
    return f"customer_id::varchar in (select customer_id from {customers})"  # noqa: S608 ours


def _without_rows(report: TableReport) -> TableReport:
    """A file with a header only: nothing can be built without customers, but without the rest."""
    if report.table != CUSTOMERS:
        return replace(report, notes=(*report.notes, "the file has no rows"))
    fault = Fault(str(report.file), None, "no_rows", "must have rows", remedy=REWRITE)
    return replace(report, faults=(fault,))
