"""Table sources: the files that each table is read from, and whether their columns are its own."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.warehouse.load_report import Fault
from adapters.warehouse.mapping.columns import column_key, display_name, staged_as
from adapters.warehouse.mapping.mapping import FileMapping, TableMapping
from adapters.warehouse.scripts.tables import Table
from adapters.warehouse.source.headers import columns_of, missing_columns, nameless_columns
from adapters.warehouse.source.parts import Files, find_files, find_named


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a table, the whole or a part of it; columns in lower case, in the file's order.

    One that is `open_ended` has no line break after its last line.
    """

    path: Path
    columns: tuple[str, ...]
    open_ended: bool = False


@dataclass(frozen=True, slots=True)
class TableSource:
    """The files of a table: one, or parts in the order of their rows.

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

    def selected(self, part: Part) -> dict[str, str]:
        """The columns of a part that are used, with the names they are staged under."""
        if self.mapping is not None:
            return {name: staged_as(name) for name in self.mapping.sources()}
        return {c.name: c.name for c in self.table.columns if c.name in part.columns}

    @property
    def notes(self) -> tuple[str, ...]:
        """What is no fault and still worth knowing."""
        if self.absent:
            return ("no file is offered: the table is empty",)
        return (*self._counted, *self._open_ended, *self._unused)

    @property
    def _unused(self) -> tuple[str, ...]:
        if self.mapping is None:
            used = {column.name for column in self.table.columns}
        else:
            used = {*self.mapping.sources(), *map(column_key, self.mapping.unused)}
        columns = dict.fromkeys(name for part in self.parts for name in part.columns)
        unused = [display_name(name) for name in columns if name not in used]
        return (f"columns that are not used: {', '.join(unused)}",) if unused else ()

    @property
    def _open_ended(self) -> tuple[str, ...]:
        """Files whose last line has no line break: whole, as far as one can see."""
        return tuple(
            f"{part.path.name} ends without a line break; make sure that nothing was cut off"
            for part in self.parts
            if part.open_ended
        )

    @property
    def _counted(self) -> tuple[str, ...]:
        """How many files a mapping's pattern found; only the operator knows whether that is all."""
        if self.mapping is None or len(self.parts) == 1:
            return ()
        first, last = self.parts[0].path.name, self.parts[-1].path.name
        return (f"{len(self.parts):,} files, {first} to {last}",)


def find_table_sources(
    source_folder: Path,
    tables: Sequence[Table],
    mapping: FileMapping | None = None,
    listed: Collection[str] = (),
) -> list[TableSource]:
    """The source of each table in a folder, or its internal/ and external/; faults where none is.

    With a mapping a table may be absent. An optional table without a file has no
    source, unless it is `listed`: then its file was lost. Raises OSError when a file cannot be
    read.
    """
    mapped = mapping.tables if mapping else {}
    found = {table.name: find_files(source_folder, table) for table in tables}
    return [
        _mapped_source(source_folder, table, mapped[table.name])
        if table.name in mapped
        else _default_source(table, found[table.name], may_be_absent=mapping is not None)
        for table in tables
        if not table.optional or table.name in {*mapped, *listed} or found[table.name].paths
    ]


def _mapped_source(source_folder: Path, table: Table, mapping: TableMapping) -> TableSource:
    files, name = find_named(source_folder, mapping.file), Path(mapping.file).name
    if not files.paths:
        remedy = f"offer it, or leave {table.name} out of the mapping file"
        fault = Fault(name, None, "no_file", "no such file", remedy=remedy)
        return TableSource(table, name, faults=(fault,))
    if files.faults:
        return TableSource(table, name, faults=files.faults)
    read = [_read(path, mapping.sources()) for path in files.paths]
    faults = tuple(fault for _, faults in read for fault in faults)
    return TableSource(table, name, tuple(part for part, _ in read), faults, mapping)


def _default_source(table: Table, files: Files, *, may_be_absent: bool) -> TableSource:
    if not files.paths and may_be_absent:
        return TableSource(table, table.name, absent=True)
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
        return TableSource(table, expected, faults=(fault,))
    if files.faults:
        return TableSource(table, files.label, faults=files.faults)
    needed = [column.name for column in table.columns if not column.filled_by_database]
    read = [_read(path, needed) for path in files.paths]
    parts = tuple(part for part, _ in read)
    faults = tuple(fault for _, faults in read for fault in faults)
    return TableSource(table, files.label, parts, faults or tuple(_differing_columns(table, parts)))


def _read(path: Path, needed: Sequence[str]) -> tuple[Part, tuple[Fault, ...]]:
    columns, faults = columns_of(path)
    missing = [name for name in needed if name not in columns]
    faults = faults or (*missing_columns(path, missing), *nameless_columns(path, columns, needed))
    return Part(path, columns, open_ended=not faults and _is_open_ended(path)), faults


def _is_open_ended(path: Path) -> bool:
    if path.suffix == ".parquet":
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def _differing_columns(table: Table, parts: Sequence[Part]) -> Iterator[Fault]:
    """Columns of the table that some parts have and others lack."""
    held = {column.name for column in table.columns if any(column.name in p.columns for p in parts)}
    for part in parts:
        missing = [name for name in sorted(held) if name not in part.columns]
        yield from missing_columns(part.path, missing)
