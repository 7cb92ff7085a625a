"""File mapping: reads the TOML file that says how a carrier's own files become our tables.

It holds no SQL: each column is made by a few plain operations (columns.py). What an
operation cannot make of a value is a fault of that row, never a guess. docs/loading.md has an
example of each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.warehouse.mapping.columns import ColumnMapping, Unmappable, column_key, display_name
from adapters.warehouse.scripts.tables import Column, Table, declared_tables
from domain.errors import DatasetRejected

TEXT_COLUMN = "null::varchar"
DAYS, NUMBERS = ("date_format", "months_before"), ("times", "decimals")


class TableMapping(BaseModel):
    """One of our tables out of one file, or of all that match a name with * or ?.

    `unused` names columns that are left out on purpose; `nulls` are words that stand for nothing in
    every column that has no `nulls` of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[str, Field(min_length=1)]
    columns: dict[str, ColumnMapping]
    unused: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()

    @property
    def made(self) -> Mapping[str, ColumnMapping]:
        """The columns as they are made, the file's `nulls` among their own."""
        return {name: self._with_nulls(column) for name, column in self.columns.items()}

    def _with_nulls(self, column: ColumnMapping) -> ColumnMapping:
        if column.nulls is not None or not column.sources:
            return column
        given = column.model_dump(by_alias=True, exclude_unset=True)
        return ColumnMapping.model_validate({**given, "nulls": self.nulls})

    def sources(self) -> list[str]:
        """The columns of the file that are used, in lower case, each once."""
        used = (column_key(name) for column in self.columns.values() for name in column.sources)
        return list(dict.fromkeys(used))

    def select(self, table: Table) -> dict[str, str]:
        """SQL for each column of the table; what the mapping leaves out is empty."""
        made = {name: column.sql() for name, column in self.made.items()}
        return {
            column.name: made.get(column.name, TEXT_COLUMN)
            for column in table.columns
            if column.name in made or not column.filled_by_database
        }

    def unmappable(self) -> dict[str, list[Unmappable]]:
        """By column the rows in which the mapping cannot make it."""
        found = {name: list(column.unmappable()) for name, column in self.made.items()}
        return {name: rows for name, rows in found.items() if rows}


class FileMapping(BaseModel):
    """A mapping file: our tables by name. Tables it leaves out, and no file has, are empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: dict[str, TableMapping]


def read_mapping(path: Path) -> FileMapping:
    """The mapping in a TOML file.

    Raises DatasetRejected with every fault of it, also when it cannot be read.
    """
    try:
        mapping = FileMapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        reason = f"{path}: the mapping file cannot be read ({error.strerror}); check --map"
        raise DatasetRejected([reason]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        where = f": {error}" if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise DatasetRejected([f"{path.name}: this is not TOML; mend it{where}"]) from error
    except ValidationError as error:
        raise DatasetRejected(
            [
                f"{path.name}: {'.'.join(str(part) for part in fault['loc'])}: "
                f"{fault['msg'].removeprefix('Value error, ')}"
                for fault in error.errors()
            ]
        ) from error
    if faults := list(_faults(mapping, {t.name: t for t in declared_tables()})):
        raise DatasetRejected([f"{path.name}: {fault}" for fault in faults])
    return mapping


def _faults(mapping: FileMapping, tables: Mapping[str, Table]) -> Iterator[str]:
    for name, table in mapping.tables.items():
        if name not in tables:
            yield f"there is no table {display_name(name)}; the tables are {', '.join(tables)}"
            continue
        declared = {column.name: column for column in tables[name].columns}
        for column in table.columns:
            if column not in declared:
                yield f"{name} has no column {display_name(column)}; docs/loading.md lists them"
                continue
            for fault in _misplaced(declared[column], table.columns[column]):
                yield f"{name}.{column}: {fault}"
        yield from _missing(name, [c.name for c in declared.values() if c.required], table)
        yield from _contradictions(name, table)
    if "customers" not in mapping.tables:
        yield "the table customers is missing; say which file it comes from"


def _misplaced(column: Column, mapping: ColumnMapping) -> Iterator[str]:
    """Operations that make another kind of value than the column has."""
    a_day = column.kind in {"DATE", "TIMESTAMP"}
    used = {name for name in (*DAYS, *NUMBERS) if getattr(mapping, name) is not None}
    for name in DAYS:
        if name in used and not a_day:
            yield f"`{name}` makes a day, which {column.name} is not"
    for name in NUMBERS:
        if name in used and a_day and used.isdisjoint(DAYS):
            yield f"`{name}` makes a number, and {column.name} is a day; add {' or '.join(DAYS)}"


def _missing(name: str, required: Sequence[str], table: TableMapping) -> Iterator[str]:
    for column in required:
        if column not in table.columns:
            yield f"{name} needs {column}; give it `from` or `constant`"


def _contradictions(name: str, table: TableMapping) -> Iterator[str]:
    for unused in table.unused:
        if column_key(unused) in table.sources():
            yield f"{name}: `unused` has {unused!r}, which a `from` takes; leave it to one of them"
    for column, mapping in table.columns.items():
        words = {*(mapping.values or {})} if mapping.nulls is None else set()
        if clash := sorted(words & {*table.nulls}):
            yield (
                f"{name}.{column}: `values` and the `nulls` of the file both have "
                f"{', '.join(map(repr, clash))}; give the column `nulls` of its own"
            )
