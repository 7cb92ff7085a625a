from __future__ import annotations

import csv
import io
from typing import IO, cast

import numpy as np
import pyarrow as pa
import pytest

from data_generator.io.csv_text import LARGEST, SMALLEST, as_csv_text, open_csv
from data_generator.schema.columns import coded, days, decimals, flags, integers, moments

PRESENT = np.array([True, False, True])


def written(batch: pa.RecordBatch, plain: bool) -> str:
    file = io.BytesIO()
    shaped = as_csv_text(batch, plain)
    with open_csv(cast("IO[bytes]", file), shaped.schema, plain) as writer:
        writer.write_batch(shaped)
    return file.getvalue().decode()


def numbers() -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [
            decimals(np.array([-5, 7, 123_456]), 10, 2, PRESENT),
            decimals(np.array([3, 0, 1_000]), 10, 3),
            integers(np.array([-1, 0, 7]), PRESENT),
            days(np.array(["2024-02-29", "1970-01-01", "2026-03-01"], "datetime64[D]")),
            moments(np.array([0, 5, 61]), PRESENT),
            flags(np.array([True, False, False])),
            coded(["a", "b"], np.array([0, 1, 0]), PRESENT),
        ],
        ["cents", "thousandths", "count", "day", "moment", "flag", "word"],
    )


def test_a_table_of_plain_words_has_no_quotes() -> None:
    assert written(numbers(), plain=True).splitlines() == [
        "cents,thousandths,count,day,moment,flag,word",
        "-0.05,0.003,-1,2024-02-29,1970-01-01 00:00:00,True,a",
        ",0.000,,1970-01-01,,False,",
        "1234.56,1.000,7,2026-03-01,1970-01-01 00:01:01,False,a",
    ]


def test_words_that_are_looked_up_are_those_arrow_writes() -> None:
    looked_up = csv.reader(io.StringIO(written(numbers(), plain=True)))
    by_arrow = csv.reader(io.StringIO(written(numbers(), plain=False)))
    assert list(looked_up) == list(by_arrow)


@pytest.mark.parametrize("number", [SMALLEST - 1, SMALLEST, LARGEST - 1, LARGEST, 10**12])
def test_numbers_without_a_word_are_written_all_the_same(number: int) -> None:
    batch = pa.RecordBatch.from_arrays([decimals(np.array([number]), 18, 2)], ["amount"])
    assert written(batch, plain=True) == f"amount\n{number / 100:.2f}\n"


def test_a_part_of_a_batch_has_its_own_rows() -> None:
    lines = [written(numbers().slice(row, 1), plain=True).splitlines()[1] for row in range(3)]
    assert lines == written(numbers(), plain=True).splitlines()[1:]


@pytest.mark.parametrize("text", ["one, two", 'say "no"', "two\nlines"])
def test_text_that_needs_quotes_is_refused_where_there_are_none(text: str) -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([text])], ["said"])
    with pytest.raises(pa.ArrowInvalid):
        written(batch, plain=True)
    assert list(csv.reader(io.StringIO(written(batch, plain=False)))) == [["said"], [text]]
