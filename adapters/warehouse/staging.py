"""Staging: what is offered as Parquet, under a view that says where in its file each row was.

A sound CSV file is typed at once, any other is staged as text. Arrow reads types to the letter
(DuckDB would take 12.7 for the whole number 13); DuckDB writes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv
from sqlglot import exp

from adapters.warehouse.csv_rows import BrokenRow, Row, read_rows
from adapters.warehouse.mapping import TableMapping
from adapters.warehouse.tables import Table

LINE = "#line"
BLOCK_BYTES = 8 << 20
BATCH_ROWS = 20_000
TRUE, FALSE = ("True", "true", "TRUE"), ("False", "false", "FALSE")


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged file behind a view: the table's columns it has, and `"#line"`.

    `types` are DuckDB's, by column; `ready` says that the file itself is what the table stores;
    `mapped_words` are columns whose words must be in the mapping.
    """

    table: Table
    file: str
    path: Path
    view: str
    types: Mapping[str, str]
    rows: int
    ready: bool
    mapped_words: tuple[str, ...] = ()


def open_staged(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    offered: Path,
    path: Path,
    mapping: TableMapping | None = None,
    number: int = 0,
) -> Staged:
    """Put a view over the Parquet file that an offered file was staged as; parts have numbers.

    With a mapping the view has also, by column, `"#unknown ..."`: its word is not in the mapping.
    """
    source = exp.Literal.string(str(path)).sql(dialect="duckdb")
    held = [name.lower() for name in pq.read_schema(path).names]
    line = (
        f'"{LINE}"' if LINE in held else f"file_row_number + {2 if offered.suffix == '.csv' else 1}"
    )
    taken = {c.name: c.name for c in table.columns if c.name in held}
    if mapping is not None:
        taken = mapping.select(table) | {
            unknown_mark(name): condition for name, condition in mapping.unknown_words().items()
        }
    columns = "".join(f", {expression} as {name}" for name, expression in taken.items())
    view = f"offered_{table.name}_{number}"
    connection.execute(
        f'create or replace temp view {view} as select {line} as "{LINE}"{columns}'  # noqa: S608 ours
        f" from read_parquet({source}, file_row_number = true)"
    )
    described = connection.execute(f"describe {view}").fetchall()
    types = {name: kind for name, kind, *_ in described if "#" not in name}
    declared = {column.name: column.type for column in table.columns}
    return Staged(
        table=table,
        file=offered.name,
        path=path,
        view=view,
        types=types,
        rows=pq.read_metadata(path).num_rows,
        mapped_words=tuple(mapping.unknown_words()) if mapping else (),
        ready=set(held) == set(types) and all(declared[n] == t for n, t in types.items()),
    )


def unknown_mark(column: str) -> str:
    """The view's column that tells of words the mapping does not know."""
    return f'"#unknown {column}"'


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
        column.name: _arrow_type(column.type)
        for column in table.columns
        if column.name in files[0][1]
    }
    batches = (batch for path, columns in files for batch in _read_csv(path, columns, types))
    reader = pa.RecordBatchReader.from_batches(pa.schema(list(types.items())), batches)
    try:
        connection.from_arrow(reader).write_parquet(str(target), compression="zstd")
    except (pa.ArrowInvalid, duckdb.InvalidInputException, duckdb.ConversionException):
        target.unlink(missing_ok=True)
        return False
    return True


def stage_text(path: Path, columns: Sequence[str], target: Path) -> Iterator[BrokenRow]:
    """Write the sound rows of any file as text with their lines; yields the broken ones."""
    fields: list[tuple[str, pa.DataType]] = [(name, pa.string()) for name in columns]
    schema = pa.schema([(LINE, pa.int64()), *fields])
    rows = read_rows(path, len(columns))
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while batch := list(itertools.islice(rows, BATCH_ROWS)):
            sound = [row for row in batch if isinstance(row, Row)]
            writer.write_batch(_batch(sound, schema))
            yield from (row for row in batch if isinstance(row, BrokenRow))


def stage_parquet_text(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str], target: Path
) -> None:
    """Write a Parquet file's columns as text, with the place of each row."""
    source = exp.Literal.string(str(path)).sql(dialect="duckdb")
    texts = "".join(f", {name}::varchar as {name}" for name in map(_quoted, columns))
    connection.sql(
        f'select file_row_number + 1 as "{LINE}"{texts}'  # noqa: S608 quoted
        f" from read_parquet({source}, file_row_number = true)"
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


def _batch(rows: Sequence[Row], schema: pa.Schema) -> pa.RecordBatch:
    fields = list(zip(*(row.fields for row in rows), strict=True)) or [()] * (len(schema) - 1)
    arrays: list[pa.Array[Any]] = [pa.array([row.line for row in rows], pa.int64())]
    arrays += [pa.array([text or None for text in column], pa.string()) for column in fields]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _arrow_type(declared: str) -> pa.DataType:
    kind, _, size = declared.partition("(")
    if kind == "DECIMAL":
        precision, scale = (int(part) for part in size.rstrip(")").split(","))
        return pa.decimal128(precision, scale)
    types: dict[str, pa.DataType] = {
        "VARCHAR": pa.string(),
        "INTEGER": pa.int32(),
        "DOUBLE": pa.float64(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
        "BOOLEAN": pa.bool_(),
    }
    return types[kind]
