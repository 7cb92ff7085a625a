"""Mapping: how a carrier's own files become our tables, from a TOML file the operator writes.

It holds no SQL: each column is made by a few plain operations, turned into SQL over text here.
What an operation cannot make of a value is a fault of that row, never a guess. docs/loading.md has
an example of each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlglot import exp

from adapters.warehouse.tables import Table, declared_tables
from domain.errors import DatasetRejected

TEXT_COLUMN = "null::varchar"


class ColumnMapping(BaseModel):
    """Where a column's text comes from: `constant`, or the columns in `from`, then worked on.

    In this order: `from` columns are put together with `join`; `empty` stands in for nothing;
    `values` swaps words, and any other word is a fault unless `otherwise` says what it becomes;
    `prefix` goes before; `pad` fills up with zeros from the left; `date_format` reads a day or time
    (strptime); `times` multiplies; `decimals` rounds; `months_before` counts back that many months
    from a day. Empty stays empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    constant: str | None = None
    sources: Annotated[tuple[str, ...], Field(alias="from")] = ()
    join: str = ""
    empty: str | None = None
    values: dict[str, str] | None = None
    otherwise: str | None = None
    prefix: str = ""
    pad: Annotated[int, Field(ge=1, le=36)] | None = None
    date_format: str | None = None
    times: float | None = None
    decimals: Annotated[int, Field(ge=0, le=9)] | None = None
    months_before: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, given: object) -> object:
        """Take `"Column"`, and `{ from = "Column" }`, for `{ from = ["Column"] }`."""
        if isinstance(given, str):
            return {"from": [given]}
        if isinstance(given, dict) and isinstance(given.get("from"), str):
            return {**given, "from": [given["from"]]}
        return given

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.constant is None) == (not self.sources):
            raise ValueError("a column needs either `constant` or `from`")
        if self.otherwise is not None and self.values is None:
            raise ValueError("`otherwise` says what other words become, so it needs `values`")
        return self

    def sql(self) -> str:
        """The column's text, over the file's columns as text."""
        if self.constant is not None:
            return _text(self.constant)
        value = self._swapped()
        if self.prefix:
            value = f"{_text(self.prefix)} || {value}"
        if self.pad is not None:
            padded = f"lpad({value}, {self.pad}, '0')"
            value = f"if(length({value}) < {self.pad}, {padded}, {value})"
        if self.date_format is not None:
            read = f"try_strptime({value}, {_text(self.date_format)})::varchar"
            value = f"regexp_replace(coalesce({read}, {value}), ' 00:00:00$', '')"
        return f"nullif({self._counted(value)}, '')"

    def unknown_word(self) -> str | None:
        """When a row has a word that `values` does not; None where any word will do."""
        if self.values is None or self.otherwise is not None:
            return None
        known = ", ".join(_text(word) for word in self.values)
        return f"{self._joined()} <> '' and {self._joined()} not in ({known})"

    def _joined(self) -> str:
        columns = [f"coalesce({_quoted(name)}, '')" for name in self.sources]
        joined = f" || {_text(self.join)} || ".join(columns)
        return f"({joined})" if self.empty is None else self._filled(joined)

    def _filled(self, joined: str) -> str:
        return f"coalesce(nullif(({joined}), ''), {_text(self.empty or '')})"

    def _swapped(self) -> str:
        joined = self._joined()
        if self.values is None:
            return f"nullif({joined}, '')"
        cases = "".join(
            f" when {_text(word)} then {_text(becomes)}" for word, becomes in self.values.items()
        )
        other = joined if self.otherwise is None else _text(self.otherwise)
        return f"case {joined} when '' then null{cases} else {other} end"

    def _counted(self, value: str) -> str:
        """The value as a number, or as it is where it is none: then its type is a fault."""
        if self.months_before is not None:
            months = f"to_months(-try_cast({value} as integer))"
            day = f"date '{self.months_before.isoformat()}'"
            return f"coalesce(({day} + {months})::date::varchar, {value})"
        if self.times is None and self.decimals is None:
            return value
        number = f"try_cast({value} as decimal(24,9)) * {self.times or 1!r}::decimal(12,9)"
        if self.decimals is not None:
            number = f"round({number}, {self.decimals})"
        return f"coalesce(({number})::varchar, {value})"


class TableMapping(BaseModel):
    """One of our tables out of one file, or of all that match a name with * or ?.

    `unused` names columns that are left out on purpose.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    columns: dict[str, ColumnMapping]
    unused: tuple[str, ...] = ()

    def sources(self) -> list[str]:
        """The columns of the file that are used, in lower case, each once."""
        used = (name.lower() for column in self.columns.values() for name in column.sources)
        return list(dict.fromkeys(used))

    def select(self, table: Table) -> dict[str, str]:
        """SQL for each column of the table; what the mapping leaves out is empty."""
        made = {name: column.sql() for name, column in self.columns.items()}
        return {
            column.name: made.get(column.name, TEXT_COLUMN)
            for column in table.columns
            if column.name in made or not column.filled_by_database
        }

    def unknown_words(self) -> dict[str, str]:
        """When a row has a word the mapping does not know, by column."""
        conditions = {name: column.unknown_word() for name, column in self.columns.items()}
        return {name: condition for name, condition in conditions.items() if condition}


class FileMapping(BaseModel):
    """A mapping file: our tables by name. Tables it leaves out, and no file offers, are empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: dict[str, TableMapping]


def read_mapping(path: Path) -> FileMapping:
    """The mapping in a TOML file.

    Raises DatasetRejected with every fault of it, OSError when it cannot be read.
    """
    try:
        mapping = FileMapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DatasetRejected([f"{path.name}: this is not TOML; mend it"]) from error
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
            yield f"there is no table {name}; the tables are {', '.join(tables)}"
            continue
        declared = {column.name: column for column in tables[name].columns}
        for column in table.columns:
            if column not in declared:
                yield f"{name} has no column {column}; docs/loading.md lists them"
        yield from _missing(name, [c.name for c in declared.values() if c.required], table)
    if "customers" not in mapping.tables:
        yield "the table customers is missing; say which file it comes from"


def _missing(name: str, required: Sequence[str], table: TableMapping) -> Iterator[str]:
    for column in required:
        if column not in table.columns:
            yield f"{name} needs {column}; give it `from` or `constant`"


def _quoted(name: str) -> str:
    return exp.to_identifier(name.lower(), quoted=True).sql(dialect="duckdb")


def _text(value: str) -> str:
    return exp.Literal.string(value).sql(dialect="duckdb")
