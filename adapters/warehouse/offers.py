"""Offers: which file is offered for which table, and whether its columns are those of the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.warehouse.csv_rows import UnreadableHeader, read_header
from adapters.warehouse.load_report import Fault
from adapters.warehouse.mapping import FileMapping, TableMapping
from adapters.warehouse.tables import FOLDERS, Table

REWRITE = "write it again"
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A file offered for a table, its columns in lower case and in the file's order.

    With `faults` it cannot be read as the table. `mapping` says how its columns become the table's;
    without one they have the same names. A table that is `absent` is left empty.
    """

    table: Table
    path: Path
    columns: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    mapping: TableMapping | None = None
    absent: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What is no fault and still worth knowing."""
        if self.absent:
            return ("no file is offered: the table is empty",)
        if self.mapping is None:
            used = {column.name for column in self.table.columns}
        else:
            used = {*self.mapping.sources(), *(name.lower() for name in self.mapping.unused)}
        unused = [name for name in self.columns if name not in used]
        return (f"columns that are not used: {', '.join(unused)}",) if unused else ()


def find_offers(
    source: Path, tables: Sequence[Table], mapping: FileMapping | None = None
) -> list[Offer]:
    """What `source`, or its internal/ and external/, offers for each table; faults where nothing.

    With a mapping a table may be absent. An optional table without a file is not among the
    offers. Raises OSError when a file cannot be read.
    """
    mapped = mapping.tables if mapping else {}
    found = {table.name: find_file(source, table) for table in tables}
    return [
        _mapped_offer(source, table, mapped[table.name])
        if table.name in mapped
        else _offer(table, found[table.name], may_be_absent=mapping is not None)
        for table in tables
        if not table.optional or table.name in mapped or found[table.name]
    ]


def find_file(source: Path, table: Table) -> Path | None:
    """The table's file, Parquet before CSV, or None."""
    folders = (source, source / FOLDERS[table.schema])
    candidates = [
        folder / f"{table.name}{ending}" for ending in (".parquet", ".csv") for folder in folders
    ]
    return next((path.resolve() for path in candidates if path.is_file()), None)


def columns_of(path: Path) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """Column names in lower case; where the file cannot be read, the faults that say why."""
    try:
        written = _written_columns(path)
    except UnreadableHeader as header:
        return (), (Fault(path.name, None, header.kind, header.reason, remedy=REWRITE),)
    except pa.ArrowInvalid:
        fault = Fault(path.name, None, "not_parquet", "must be whole Parquet", remedy=REWRITE)
        return (), (fault,)
    names = tuple(name.strip().lower() for name in written)
    return names, tuple(_faults_of_names(path, names))


def _mapped_offer(source: Path, table: Table, mapping: TableMapping) -> Offer:
    path = source / mapping.file
    if not path.is_file():
        remedy = f"offer it, or leave {table.name} out of the mapping file"
        fault = Fault(path.name, None, "no_file", "no such file", remedy=remedy)
        return Offer(table, path, faults=(fault,))
    columns, faults = columns_of(path)
    missing = [name for name in mapping.sources() if name not in columns]
    return Offer(table, path, columns, faults or tuple(_no_column(path, missing)), mapping)


def _offer(table: Table, path: Path | None, *, may_be_absent: bool) -> Offer:
    if path is None and may_be_absent:
        return Offer(table, Path(table.name), absent=True)
    if path is None:
        expected = f"{table.name}.parquet or {table.name}.csv"
        fault = Fault(
            expected,
            None,
            "no_file",
            "no such file",
            remedy="offer all eight files in one folder or in its internal/ and external/, or say "
            "in a mapping file that there are fewer",
        )
        return Offer(table, Path(expected), faults=(fault,))
    columns, faults = columns_of(path)
    needed = [column.name for column in table.columns if not column.filled_by_database]
    missing = [name for name in needed if name not in columns]
    return Offer(table, path, columns, faults or tuple(_no_column(path, missing)))


def _written_columns(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return list(pq.read_schema(path).names)
    return read_header(path)


def _faults_of_names(path: Path, names: Sequence[str]) -> Iterator[Fault]:
    if not names:
        must = "must begin with the names of its columns"
        yield Fault(path.name, None, "no_header", must, remedy=REWRITE)
    for name, count in Counter(names).items():
        if count > 1:
            remedy = "rename or remove the others"
            yield Fault(path.name, name, "repeated_column", "must be one column", remedy=remedy)
    for separator, word in SEPARATORS.items():
        if len(names) == 1 and separator in names[0]:
            must = f"must have commas between fields, not {word}"
            yield Fault(path.name, None, "separator", must, remedy=REWRITE)


def _no_column(path: Path, missing: Sequence[str]) -> Iterator[Fault]:
    for name in missing:
        must, remedy = "must be a column of the file", "add it, empty where unknown"
        yield Fault(path.name, name, "missing_column", must, remedy=remedy)
