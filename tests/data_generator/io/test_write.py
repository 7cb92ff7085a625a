from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_generator.io.write import (
    Format,
    partial_path,
    prefetched,
    publish,
    write_partial,
    write_whole,
)
from data_generator.schema.columns import coded, decimals, flags, moments


def batch() -> pa.RecordBatch:
    present = np.array([True, False])
    return pa.RecordBatch.from_arrays(
        [
            coded(['say "no"', "yes, so"], np.array([0, 1])),
            coded(["a", "b"], np.array([0, 1]), present),
            decimals(np.array([-5, 123]), 5, 2, present),
            flags(present),
            moments(np.array([0, 61]), present),
        ],
        ["said", "word", "amount", "flag", "moment"],
    )


def test_csv_says_true_and_false_and_leaves_nulls_empty(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_partial(path, "t", iter([batch()]), "csv")
    publish(path)
    assert path.read_text().splitlines() == [
        '"said","word","amount","flag","moment"',
        '"say ""no""","a",-0.05,"True",1970-01-01 00:00:00',
        '"yes, so",,,"False",',
    ]


def test_parquet_shows_text_where_codes_were_written(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_partial(path, "t", iter([batch(), batch()]), "parquet")
    publish(path)
    table = pq.read_table(path)
    assert table.schema.field("said").type == pa.string()
    assert table.schema.field("amount").type == pa.decimal128(5, 2)
    assert table["word"].to_pylist() == ["a", None, "a", None]


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_rows_bytes_and_digest_are_those_of_the_file(tmp_path: Path, file_format: Format) -> None:
    path = tmp_path / f"t.{file_format}"
    rows, size, digest = write_partial(path, "t", iter([batch(), batch()]), file_format)
    publish(path)
    content = path.read_bytes()
    assert (rows, size, digest) == (4, len(content), hashlib.sha256(content).hexdigest())


def test_a_file_that_fails_midway_never_gets_its_name(tmp_path: Path) -> None:
    def breaking() -> Iterator[pa.RecordBatch]:
        yield batch()
        raise OSError("no space left on device")

    path = tmp_path / "t.csv"
    with pytest.raises(OSError, match="no space left"):
        write_partial(path, "t", breaking(), "csv")
    assert not path.exists()
    assert partial_path(path).exists()


def test_a_small_file_replaces_its_predecessor_whole(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_items_made_ahead_come_in_their_order_and_one_ahead() -> None:
    made: list[int] = []
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1, 6):
            made.append(number)
            yield number

    for item in prefetched(items()):
        taken.append(item)
        assert len(made) <= item + 1
    assert taken == made == [1, 2, 3, 4, 5]


def test_what_goes_wrong_ahead_is_told_in_its_turn() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("no space left on device")

    coming = prefetched(items())
    assert next(coming) == 1
    with pytest.raises(OSError, match="no space left"):
        next(coming)
