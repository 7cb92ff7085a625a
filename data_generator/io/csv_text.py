"""CSV text: columns as the text of a CSV file, most of it looked up in tables made once.

Arrow writes each number and date digit by digit. Nearly all of ours are small whole numbers of
their last digit, so the texts of each type's few hundred thousand values are made once, by Arrow,
and columns become indices of them: this halves the time a file of bills takes.
"""

from __future__ import annotations

from functools import cache
from typing import IO, Any, Literal, cast

import numpy as np
import pyarrow as pa
from pyarrow import csv

from data_generator.schema.columns import Column, Ints, Mask, decimals, integers
from data_generator.schema.schema import DECIMALS

SMALLEST, LARGEST = (
    -(1 << 10),
    1 << 18,
)  # numbers whose text is looked up, in units of their last digit
WRITE_BATCH_ROWS = 4096  # measured: 15 % faster than Arrow's 1024, and no slower than any other
# tables whose text needs no quotes; Arrow refuses to write one that does
PLAIN_TABLES = frozenset(
    {
        "customers",
        "monthly_usage",
        "campaign_responses",
        "economic_indicators",
        "lifestyle_segments",
    }
)


def open_csv(target: IO[bytes], schema: pa.Schema, plain: bool) -> csv.CSVWriter:
    """A writer of batches shaped by `as_csv_text`; the header comes first."""
    style: Literal["none", "needed"] = "none" if plain else "needed"
    options = csv.WriteOptions(
        batch_size=WRITE_BATCH_ROWS,
        quoting_style=style,
        quoting_header=style,  # type: ignore[call-arg, unused-ignore]  # newer than the stubs
    )
    return csv.CSVWriter(target, schema, write_options=options)


def as_csv_text(batch: pa.RecordBatch, plain: bool) -> pa.RecordBatch:
    """A batch as CSV writes it: flags True and False, times to the second.

    Where text gets quotes (not `plain`), numbers stay numbers, because those get none.
    """
    columns = [
        _dictionary_lookup(_formatted(column)) if plain else _formatted(column)
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _formatted(column: Column) -> Column:
    """Types that CSV has no form for, as it writes them."""
    if pa.types.is_boolean(column.type):
        texts = pa.array(["False", "True"])
        return pa.DictionaryArray.from_arrays(column.cast(pa.int8()), texts)
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("s"))
    return column


def _dictionary_lookup(column: Column) -> Column:
    """The column as indices of its type's texts; unchanged where a number has none there."""
    values = _scaled_values(column)
    if values is None or not len(values):
        return column
    if values.min() < SMALLEST or values.max() >= LARGEST:
        return column
    places = integers(values - SMALLEST, _present(column) if column.null_count else None)
    return pa.DictionaryArray.from_arrays(places, _number_texts(column.type))


def _scaled_values(column: Column) -> Ints | None:
    """The column's values in units of their last digit, zero for nulls; None for other kinds."""
    kind = column.type
    if not (isinstance(kind, DECIMALS) or pa.types.is_int32(kind) or pa.types.is_date32(kind)):
        return None
    values = cast("Any", column.buffers()[1])  # a buffer, which the stubs of numpy do not know
    numbers = np.frombuffer(values, dtype=f"<i{kind.byte_width}")
    here = numbers[column.offset : column.offset + len(column)]
    return np.where(_present(column), here, 0) if column.null_count else here


def _present(column: Column) -> Mask:
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)


@cache
def _number_texts(kind: pa.DataType) -> Column:
    numbers = np.arange(SMALLEST, LARGEST)
    if isinstance(kind, DECIMALS):
        texts = decimals(numbers, 18, kind.scale).cast(pa.string())
    else:
        texts = pa.array(numbers.astype("<i4")).cast(kind).cast(pa.string())
    return cast("Column", texts)
