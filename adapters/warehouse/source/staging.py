"""Staging: source files as Parquet, under a view that says where in its file each row was.

A sound CSV file is typed at once, any other is staged as text. Arrow reads types to the letter
(DuckDB would take 12.7 for the whole number 13); DuckDB writes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, assert_never

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv
from sqlglot import exp

from adapters.warehouse.mapping.columns import Unmappable, column_key
from adapters.warehouse.mapping.mapping import TableMapping
from adapters.warehouse.scripts.tables import Column, Table
from adapters.warehouse.source.csv_rows import BrokenRow, Row, read_rows

LINE = "#line"
BLOCK_BYTES = 8 << 20
BATCH_ROWS = 20_000
TRUE, FALSE = ("True", "true", "TRUE"), ("False", "false", "FALSE")


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged file behind a view: the table's columns it has, and `"#line"`.

    `types` are DuckDB's, by column; `ready` says that the file itself is what the table stores;
    `unmappable` are the rows, by column, in which a mapping cannot make it.
    """

    table: Table
    file: str
    path: Path
    view: str
    types: Mapping[str, str]
    rows: int
    ready: bool
    unmappable: Mapping[str, Sequence[Unmappable]] = field(default_factory=dict)


def open_staged(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    original: Path,
    path: Path,
    mapping: TableMapping | None = None,
    number: int = 0,
) -> Staged:
    """Put a view over the Parquet file that a source file was staged as; parts have numbers.

    With a mapping the view has also, by column and kind, a mark of the rows it cannot make.
    """
    written = pq.read_schema(path).names
    ours = mapping is not None or original.suffix == ".csv"  # else a copy, with names of anybody's
    held = written if ours else [column_key(name) for name in written]
    place = f"file_row_number + {2 if original.suffix == '.csv' else 1}"
    line = f'"{LINE}"' if ours and LINE in held else place
    selected = {c.name: c.name for c in table.columns if c.name in held}
    unmappable = mapping.unmappable() if mapping is not None else {}
    if mapping is not None:
        selected = mapping.select(table) | {
            unmappable_mark(name, fault): fault.where
            for name, faults in unmappable.items()
            for fault in faults
        }
    columns = "".join(f", {expression} as {name}" for name, expression in selected.items())
    view = f"staged_{table.name}_{number}"
    names = held if ours else [name if name in selected else f"#{i}" for i, name in enumerate(held)]
    connection.execute(
        f'create or replace temp view {view} as select {line} as "{LINE}"{columns}'  # noqa: S608 ours
        f" from {_read_parquet_as(path, names)}"
    )
    described = connection.execute(f"describe {view}").fetchall()
    types = {name: kind for name, kind, *_ in described if "#" not in name}
    declared = {column.name: column.type for column in table.columns}
    return Staged(
        table=table,
        file=original.name,
        path=path,
        view=view,
        types=types,
        rows=pq.read_metadata(path).num_rows,
        unmappable=unmappable,
        ready=set(written) == set(types) and all(declared[n] == t for n, t in types.items()),
    )


def unmappable_mark(column: str, fault: Unmappable) -> str:
    """The view's column that marks rows in which a mapping cannot make a column."""
    return f'"#{fault.kind} {column}"'


def _read_parquet_as(path: Path, names: Sequence[str]) -> str:
    """SQL for a Parquet file with its columns under these names, whatever theirs are.

    `file_row_number` comes along by itself, also where a column of the file has that name.
    """
    source = exp.Literal.string(str(path)).sql(dialect="duckdb")
    return f"read_parquet({source}) as original({', '.join(map(_quoted, names))})"


def stage_typed(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[tuple[Path, Sequence[str]]],
    table: Table,
    target: Path,
) -> bool:
    """Write the declared columns of sound files in their types; False when a value does not fit.

    `files` are each a path and the columns it has, of the table the same ones in all.
    """
    types = {
        column.name: _arrow_type(column) for column in table.columns if column.name in files[0][1]
    }
    batches = (batch for path, columns in files for batch in _read_csv(path, columns, types))
    reader = pa.RecordBatchReader.from_batches(pa.schema(list(types.items())), batches)
    try:
        connection.from_arrow(reader).write_parquet(str(target), compression="zstd")
    except (pa.ArrowInvalid, duckdb.InvalidInputException, duckdb.ConversionException):
        target.unlink(missing_ok=True)
        return False
    return True


def stage_text(
    path: Path, columns: Sequence[str], selected: Mapping[str, str], target: Path
) -> Iterator[BrokenRow]:
    """Write the sound rows of any file as text with their lines; yields the broken ones.

    Of its `columns` those `selected` are written, under the names given there.
    """
    places = [columns.index(name) for name in selected]
    fields: list[tuple[str, pa.DataType]] = [(name, pa.string()) for name in selected.values()]
    schema = pa.schema([(LINE, pa.int64()), *fields])
    rows = read_rows(path, columns)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while batch := list(itertools.islice(rows, BATCH_ROWS)):
            sound = [row for row in batch if isinstance(row, Row)]
            writer.write_batch(_batch(sound, places, schema))
            yield from (row for row in batch if isinstance(row, BrokenRow))


def stage_parquet_text(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    columns: Sequence[str],
    selected: Mapping[str, str],
    target: Path,
) -> None:
    """Write the `selected` columns of a Parquet file as text, with the place of rows."""
    names = [f"#{place}" for place in range(len(columns))]
    texts = "".join(
        f", {_quoted(names[columns.index(name)])}::varchar as {_quoted(staged)}"
        for name, staged in selected.items()
    )
    connection.sql(
        f'select file_row_number + 1 as "{LINE}"{texts} from {_read_parquet_as(path, names)}'  # noqa: S608 quoted
    ).write_parquet(str(target))


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


def _read_csv(
    path: Path, columns: Sequence[str], types: dict[str, pa.DataType]
) -> Iterator[pa.RecordBatch]:
    with csv.open_csv(
        path,
        csv.ReadOptions(block_size=BLOCK_BYTES, column_names=list(columns), skip_rows=1),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[""],
            strings_can_be_null=True,
            true_values=list(TRUE),
            false_values=list(FALSE),
        ),
    ) as reader:
        yield from reader


def _batch(rows: Sequence[Row], places: Sequence[int], schema: pa.Schema) -> pa.RecordBatch:
    """Rows as columns of text; `places` are those of the columns in the row."""
    arrays: list[pa.Array[Any]] = [pa.array([row.line for row in rows], pa.int64())]
    arrays += [pa.array([row.fields[i] or None for row in rows], pa.string()) for i in places]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _arrow_type(column: Column) -> pa.DataType:  # noqa: PLR0911 - one for each kind
    match column.kind:
        case "VARCHAR":
            return pa.string()
        case "INTEGER":
            return pa.int32()
        case "DOUBLE":
            return pa.float64()
        case "DECIMAL":
            return pa.decimal128(*column.precision)
        case "DATE":
            return pa.date32()
        case "TIMESTAMP":
            return pa.timestamp("us")
        case "BOOLEAN":
            return pa.bool_()
        case unknown:
            assert_never(unknown)
