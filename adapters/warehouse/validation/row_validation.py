"""Row validation: finds the good rows of a staged table and the rejects, and writes both.

The parts of a table are checked each by itself, so that a fault names the file it is in, and
together where their rows must differ.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from adapters.warehouse.load_report import Fault, RejectLimit
from adapters.warehouse.source.staging import Staged, unmappable_mark
from adapters.warehouse.validation.checks import (
    Check,
    any_broken,
    broken_counts,
    broken_rows,
    checks_of,
    first_places,
    value_of,
)
from adapters.warehouse.validation.duplicate_keys import duplicate_key_checks
from adapters.warehouse.validation.rejects import Rejects

BATCH_ROWS = 1_000
ORDER = 'order by part, "#line"'
CUSTOMERS = "customers"
KNOWN, GOOD = "known_customers", "good_customers"

Broken = Mapping[Check, int]  # the checks that rows of a part break, and how many rows break each


class RowValidator:
    """Checks the tables of one load, customers first."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        limit: RejectLimit,
        today: date,
        rejects: Rejects,
    ) -> None:
        self._connection = connection
        self._limit = limit
        self._today = today
        self._rejects = rejects

    def broken(self, parts: Sequence[Staged]) -> list[tuple[int, Broken]]:
        """For each part of a table how many of its rows are broken, and by which checks."""
        duplicates = duplicate_key_checks(self._connection, parts)
        return [self._broken(part, check) for part, check in zip(parts, duplicates, strict=True)]

    def record_customers(self, parts: Sequence[Staged], violated: Sequence[Broken]) -> None:
        """Keep who is in the customers file and, if some rows may be left out, who is good."""
        if parts[0].table.name != CUSTOMERS or not any(part.rows for part in parts):
            return
        self._create_customers(KNOWN, parts, ["true"] * len(parts))
        if not self._limit.none:
            self._create_customers(
                GOOD, parts, [f"not ({any_broken([*checks])})" for checks in violated]
            )

    def faults(self, part: Staged, violated: Broken) -> Iterator[Fault]:
        """One fault for each check that is broken, with the first places."""
        for check, rows in violated.items():
            places = first_places(self._connection, part.view, check)
            yield Fault(part.file, check.column, check.kind, check.must, rows, places)

    def write_good(self, parts: Sequence[Staged], violated: Sequence[Broken], target: Path) -> None:
        """The rows that break no check, in their order, each value in its declared type."""
        if len(parts) == 1 and parts[0].ready and not violated[0]:
            parts[0].path.rename(target)
            return
        selected = " union all ".join(
            _good(number, part, [*checks])
            for number, (part, checks) in enumerate(zip(parts, violated, strict=True))
        )
        self._connection.sql(
            f'select * exclude (part, "#line") from ({selected}) {ORDER}'  # noqa: S608 ours
        ).write_parquet(str(target), compression="zstd")

    def write_rejects(self, part: Staged, violated: Broken) -> None:
        """The rows that break a check, with all that they break."""
        if not violated:
            return
        checks, names = [*violated], list(part.types)
        broken_marks = ", ".join(f"coalesce({check.broken_where}, false)" for check in checks)
        values = ", ".join(f"{name}::varchar" for name in names)
        result = self._connection.execute(
            f'select "#line", [{broken_marks}], [{values}] from {part.view}'  # noqa: S608 ours
            f' where {any_broken(checks)} order by "#line"'
        )
        while batch := result.fetchmany(BATCH_ROWS):
            self._rejects.add_rows(
                part.table.name,
                part.file,
                [
                    (line, dict(zip(names, row, strict=True)), [*itertools.compress(checks, marks)])
                    for line, marks, row in batch
                ],
            )

    def _broken(self, part: Staged, duplicate: Check | None) -> tuple[int, Broken]:
        checks = [
            *(
                _unless_unmappable(check, part)
                for check in checks_of(part.table, part.types, self._today)
            ),
            *self._checks_of_customer(part),
            *_checks_of_mapping(part),
            *([duplicate] if duplicate else []),
        ]
        if not (rows := broken_rows(self._connection, part.view, checks)):
            return 0, {}
        counts = broken_counts(self._connection, part.view, checks)
        return rows, {check: count for check, count in zip(checks, counts, strict=True) if count}

    def _checks_of_customer(self, part: Staged) -> Iterator[Check]:
        if not part.table.of_customer or not self._exists(KNOWN):
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

    def _create_customers(
        self, name: str, parts: Sequence[Staged], conditions: Sequence[str]
    ) -> None:
        """A table of customers, perhaps more than once each."""
        chosen = " union all ".join(
            f"select customer_id::varchar as customer_id from {part.view}"  # noqa: S608 ours
            f" where customer_id is not null and {condition}"
            for part, condition in zip(parts, conditions, strict=True)
        )
        self._connection.execute(f"create or replace temp table {name} as {chosen}")

    def _exists(self, table: str) -> bool:
        found = self._connection.execute(
            "select 1 from duckdb_tables() where table_name = ?", [table]
        ).fetchall()
        return bool(found)


def _checks_of_mapping(part: Staged) -> Iterator[Check]:
    for column, faults in part.unmappable.items():
        for fault in faults:
            yield Check(column, fault.kind, unmappable_mark(column, fault), fault.must)


def _unless_unmappable(check: Check, part: Staged) -> Check:
    """A check of a type without the rows that are faulty already because no value is made."""
    faults = part.unmappable.get(check.column, ())
    if check.kind != "type" or not faults:
        return check
    unmappable = " or ".join(unmappable_mark(check.column, fault) for fault in faults)
    return replace(check, broken_where=f"not ({unmappable}) and ({check.broken_where})")


def _good(number: int, part: Staged, violated: Sequence[Check]) -> str:
    """SQL for a part's good rows."""
    columns = ", ".join(
        f"{value_of(column, part.types[column.name])} as {column.name}"
        for column in part.table.columns
        if column.name in part.types
    )
    where = f" where not ({any_broken(violated)})" if violated else ""
    return f'select {number} as part, "#line", {columns} from {part.view}{where}'  # noqa: S608


def _among(customers: str) -> str:
    return f"customer_id::varchar in (select customer_id from {customers})"  # noqa: S608 ours
