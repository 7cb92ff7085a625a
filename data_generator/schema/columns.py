"""Columns: numpy arrays turned into Arrow columns without touching a row in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_generator.schema.schema import DECIMALS, SCHEMAS, decimal_type

Column: TypeAlias = "pa.Array[Any]"
Mask = NDArray[np.bool_]
Ints = NDArray[np.integer[Any]]
OWNER = "customer_id"


def assemble(table: str, columns: Mapping[str, Column]) -> pa.RecordBatch:
    """The columns in the order of the table's schema; coded text may stay coded.

    Raises ValueError when a column is missing, unknown or of another type than the schema says.
    """
    schema = SCHEMAS[table]
    if set(columns) != set(schema.names):
        raise ValueError(f"{table}: {sorted(set(columns) ^ set(schema.names))} do not match")
    for field in schema:
        kind = columns[field.name].type
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        if plain != field.type:
            raise ValueError(f"{table}.{field.name} is {plain}, not {field.type}")
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema.names)


def decimals(scaled: Ints, precision: int, scale: int, present: Mask | None = None) -> Column:
    """Decimals from whole numbers of their last digit: 1234 at scale 2 is 12.34."""
    kind = decimal_type(precision, scale)
    return _primitive(scaled.astype(f"<i{kind.byte_width}"), kind, present)


def rounded(values: NDArray[np.float64], precision: int, scale: int) -> Column:
    """Decimals from numbers, rounded half to even at the last digit."""
    return decimals(np.rint(values * 10**scale).astype(np.int64), precision, scale)


def in_type(values: NDArray[np.float64], kind: pa.DataType) -> Column:
    """Numbers as a column of decimals or integers, whichever the type is."""
    if isinstance(kind, DECIMALS):
        return rounded(values, kind.precision, kind.scale)
    return integers(values)


def integers(values: Ints | NDArray[np.float64], present: Mask | None = None) -> Column:
    """32-bit integers; numbers are rounded."""
    whole = np.rint(values) if values.dtype.kind == "f" else values
    return _primitive(whole.astype("<i4"), pa.int32(), present)


def flags(values: Mask, present: Mask | None = None) -> Column:
    """Booleans."""
    return pa.array(values, mask=None if present is None else ~present)


def days(values: NDArray[np.datetime64], present: Mask | None = None) -> Column:
    """Dates."""
    return _primitive(values.astype("datetime64[D]").astype("<i4"), pa.date32(), present)


def moments(seconds: Ints, present: Mask | None = None) -> Column:
    """Timestamps without a zone from seconds since 1970."""
    return _primitive(seconds.astype("<i8") * 1_000_000, pa.timestamp("us"), present)


def coded(values: Sequence[str], codes: Ints, present: Mask | None = None) -> Column:
    """Text by its index in a list; the values used become a sorted vocabulary."""
    vocabulary, rank = _sorted(tuple(values))
    place = rank[codes]
    used = np.bincount(place, minlength=len(vocabulary)) > 0
    among_used = (np.cumsum(used) - 1).astype("<i4")
    indices = _primitive(among_used[place], pa.int32(), present)
    return pa.DictionaryArray.from_arrays(indices, vocabulary.filter(pa.array(used)))


@lru_cache(maxsize=64)
def _sorted(values: tuple[str, ...]) -> tuple[Column, NDArray[np.intp]]:
    """The distinct values in order, and the index of each given value among them."""
    vocabulary = sorted(set(values))
    order = {value: place for place, value in enumerate(vocabulary)}
    return pa.array(vocabulary, pa.string()), np.array([order[value] for value in values])


def owners(owner: NDArray[np.intp], id_text: NDArray[np.uint8]) -> Column:
    """The customer ids of records, by the customers' places; ids stay in the customers' order."""
    indices = _primitive(owner.astype("<i4"), pa.int32(), None)
    return pa.DictionaryArray.from_arrays(indices, characters(id_text))


def joined(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """One batch of all rows, the same as if it had been made in one go."""
    if len(batches) == 1:
        return batches[0]
    names = batches[0].schema.names
    return pa.RecordBatch.from_arrays(
        [_joined([b[name] for b in batches], name == OWNER) for name in names], names
    )


def characters(text: NDArray[np.uint8]) -> Column:
    """Text of equal length from its bytes, shape (rows, length)."""
    rows, length = text.shape
    ends = np.arange(0, (rows + 1) * length, length, dtype="<i4")
    return pa.StringArray.from_buffers(
        rows, pa.py_buffer(ends.data), pa.py_buffer(text.ravel().data)
    )


def _joined(parts: Sequence[Column], in_turn: bool) -> Column:
    """Vocabularies become one: sorted, or one after the other where no value is in two of them."""
    coded_parts = [part for part in parts if isinstance(part, pa.DictionaryArray)]
    if not coded_parts:
        return pa.concat_arrays(parts)
    values = pa.concat_arrays([part.dictionary for part in coded_parts])
    starts = np.cumsum([0] + [len(part.dictionary) for part in coded_parts[:-1]]).astype("<i4")
    shifted = zip(coded_parts, starts.tolist(), strict=True)
    indices = pa.concat_arrays([pc.add(p.indices, pa.scalar(s, pa.int32())) for p, s in shifted])
    if in_turn:
        return pa.DictionaryArray.from_arrays(indices, values)
    vocabulary = values.unique().sort()
    place = pc.index_in(values, vocabulary)
    return pa.DictionaryArray.from_arrays(place.take(indices), vocabulary)


def _primitive(values: NDArray[Any], kind: pa.DataType, present: Mask | None) -> Column:
    buffers = [_validity(present), pa.py_buffer(np.ascontiguousarray(values).data)]
    return pa.Array.from_buffers(kind, len(values), buffers)


def _validity(present: Mask | None) -> pa.Buffer | None:
    if present is None:
        return None
    return pa.py_buffer(np.packbits(present, bitorder="little").data)
