from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from data_generator.schema.columns import (
    Column,
    assemble,
    characters,
    coded,
    days,
    decimals,
    flags,
    in_type,
    integers,
    joined,
    moments,
    owners,
)


def test_decimals_keep_sign_and_scale() -> None:
    column = decimals(np.array([-5, 0, 123_456]), 10, 2)
    assert column.to_pylist() == [Decimal("-0.05"), Decimal("0.00"), Decimal("1234.56")]


def test_absent_values_are_null() -> None:
    present = np.array([True, False])
    assert decimals(np.array([1, 2]), 5, 2, present).to_pylist() == [Decimal("0.01"), None]
    assert integers(np.array([1, 2]), present).to_pylist() == [1, None]
    assert flags(present, present).to_pylist() == [True, None]
    assert coded(["a", "b"], np.array([0, 1]), present).to_pylist() == ["a", None]


def test_days_and_moments_are_calendar_values() -> None:
    assert days(np.array(["2024-02-29"], "datetime64[D]")).to_pylist() == [date(2024, 2, 29)]
    moment = moments(np.array([86_399])).to_pylist()[0]
    assert moment == datetime(1970, 1, 1, 23, 59, 59)  # noqa: DTZ001 - tables have no zones


def test_numbers_take_the_type_they_are_asked_for() -> None:
    assert in_type(np.array([1.26]), pa.decimal32(4, 1)).to_pylist() == [Decimal("1.3")]
    assert in_type(np.array([1.6]), pa.int32()).to_pylist() == [2]


def test_equal_words_are_stored_once_and_unused_ones_never() -> None:
    column = coded(["Apple", "Apple", "Nokia", "TCL"], np.array([1, 3, 0]))
    assert column.to_pylist() == ["Apple", "TCL", "Apple"]
    assert words(column).to_pylist() == ["Apple", "TCL"]


def test_batches_joined_are_the_batch_made_at_once() -> None:
    ids = np.frombuffer(b"xyzw", dtype=np.uint8).reshape(4, 1)
    codes, owner = np.array([2, 2, 0, 1]), np.array([0, 1, 1, 3])

    def batch(first: int, last: int, customers: slice, start: int) -> pa.RecordBatch:
        text = coded(["c", "a", "b"], codes[first:last])
        whose = owners(owner[first:last] - start, ids[customers])
        return pa.RecordBatch.from_arrays([text, whose], ["word", "customer_id"])

    parts = joined([batch(0, 3, slice(0, 2), 0), batch(3, 4, slice(2, 4), 2)])
    whole = batch(0, 4, slice(0, 4), 0)
    assert parts.equals(whole)
    for name in ("word", "customer_id"):
        assert words(parts[name]).equals(words(whole[name]))


def words(column: Column) -> Column:
    assert isinstance(column, pa.DictionaryArray)
    return column.dictionary


def test_text_of_equal_length_needs_no_rows_in_python() -> None:
    text = np.frombuffer(b"abcdef", dtype=np.uint8).reshape(2, 3)
    assert characters(text).to_pylist() == ["abc", "def"]


@pytest.mark.parametrize("columns", [{}, {"zip_code": pa.array([1])}], ids=["none", "few"])
def test_a_table_that_lacks_columns_is_refused(
    columns: dict[str, pa.Array[pa.Int64Scalar]],
) -> None:
    with pytest.raises(ValueError, match="do not match"):
        assemble("economic_indicators", columns)
