"""Offers: which files are offered for which table, and whether their columns are the table's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.warehouse.csv_rows import UnreadableHeader, read_header
from adapters.warehouse.load_report import Fault
from adapters.warehouse.mapping import FileMapping, TableMapping
from adapters.warehouse.parts import Files, find_files, find_named
from adapters.warehouse.tables import Table

REWRITE = "write it again"
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a table, the whole or a part of it; columns in lower case, in the file's order."""

    path: Path
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered for a table: one file, or parts in the order of their rows.

    `file` is one name for all parts. With `faults` they cannot be read as the table. `mapping`
    says how their columns become the table's; without one they have the same names. A table that
    is `absent` is left empty.
    """

    table: Table
    file: str
    parts: tuple[Part, ...] = ()
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
        columns = dict.fromkeys(name for part in self.parts for name in part.columns)
        unused = [name for name in columns if name not in used]
        told = (f"columns that are not used: {', '.join(unused)}",) if unused else ()
        return (*self._counted, *told)

    @property
    def _counted(self) -> tuple[str, ...]:
        """How many files a mapping's pattern found; only the operator knows whether that is all."""
        if self.mapping is None or len(self.parts) == 1:
            return ()
        first, last = self.parts[0].path.name, self.parts[-1].path.name
        return (f"{len(self.parts):,} files, {first} to {last}",)


def find_offers(
    source: Path,
    tables: Sequence[Table],
    mapping: FileMapping | None = None,
    listed: Collection[str] = (),
) -> list[Offer]:
    """What `source`, or its internal/ and external/, offers for each table; faults where nothing.

    With a mapping a table may be absent. An optional table without a file is not among the
    offers, unless it is `listed`: then its file was lost. Raises OSError when a file cannot be
    read.
    """
    mapped = mapping.tables if mapping else {}
    found = {table.name: find_files(source, table) for table in tables}
    return [
        _mapped_offer(source, table, mapped[table.name])
        if table.name in mapped
        else _offer(table, found[table.name], may_be_absent=mapping is not None)
        for table in tables
        if not table.optional or table.name in {*mapped, *listed} or found[table.name].paths
    ]


def columns_of(path: Path) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """Column names in lower case; where the file cannot be read, the faults that say why."""
    try:
        written = _written_columns(path)
    except UnreadableHeader as header:
        return (), (Fault(path.name, None, header.kind, header.reason, remedy=REWRITE),)
    except _NotParquet:
        fault = Fault(path.name, None, "not_parquet", "must be whole Parquet", remedy=REWRITE)
        return (), (fault,)
    names = tuple(name.strip().lower() for name in written)
    return names, tuple(_faults_of_names(path, names))


def _mapped_offer(source: Path, table: Table, mapping: TableMapping) -> Offer:
    files, name = find_named(source, mapping.file), Path(mapping.file).name
    if not files.paths:
        remedy = f"offer it, or leave {table.name} out of the mapping file"
        fault = Fault(name, None, "no_file", "no such file", remedy=remedy)
        return Offer(table, name, faults=(fault,))
    if files.faults:
        return Offer(table, name, faults=files.faults)
    read = [_read(path, mapping.sources()) for path in files.paths]
    faults = tuple(fault for _, faults in read for fault in faults)
    return Offer(table, name, tuple(part for part, _ in read), faults, mapping)


def _offer(table: Table, files: Files, *, may_be_absent: bool) -> Offer:
    if not files.paths and may_be_absent:
        return Offer(table, table.name, absent=True)
    if not files.paths:
        expected = f"{table.name}.parquet or {table.name}.csv"
        fault = Fault(
            expected,
            None,
            "no_file",
            "no such file",
            remedy="offer all eight files in one folder or in its internal/ and external/, or say "
            "in a mapping file that there are fewer",
        )
        return Offer(table, expected, faults=(fault,))
    if files.faults:
        return Offer(table, files.label, faults=files.faults)
    needed = [column.name for column in table.columns if not column.filled_by_database]
    read = [_read(path, needed) for path in files.paths]
    parts = tuple(part for part, _ in read)
    faults = tuple(fault for _, faults in read for fault in faults)
    return Offer(table, files.label, parts, faults or tuple(_differing(table, parts)))


def _read(path: Path, needed: Sequence[str]) -> tuple[Part, tuple[Fault, ...]]:
    columns, faults = columns_of(path)
    missing = [name for name in needed if name not in columns]
    return Part(path, columns), faults or tuple(_no_column(path, missing))


def _differing(table: Table, parts: Sequence[Part]) -> Iterator[Fault]:
    """Columns of the table that some parts have and others lack."""
    held = {column.name for column in table.columns if any(column.name in p.columns for p in parts)}
    for part in parts:
        missing = [name for name in sorted(held) if name not in part.columns]
        yield from _no_column(part.path, missing)


class _NotParquet(Exception):
    """A file whose footer cannot be read."""


def _written_columns(path: Path) -> list[str]:
    if path.suffix != ".parquet":
        return read_header(path)
    try:
        return list(pq.read_schema(path).names)
    except pa.ArrowInvalid as error:
        raise _NotParquet from error
    except OSError as error:  # a damaged footer is one too, but not the system's
        if error.errno is not None:
            raise
        raise _NotParquet from error


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
