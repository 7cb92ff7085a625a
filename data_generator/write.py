"""Write: files that appear under their final name only when they are whole and on disk."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Literal, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from data_generator.columns import Column

if TYPE_CHECKING:
    from typing_extensions import Buffer

Format = Literal["parquet", "csv"]
ONE_VOCABULARY_BYTES = 64 << 20  # keeps every dictionary whole, however long its words


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A finished file: its table, its path below the data set's folder, rows, size and digest."""

    name: str
    path: str
    rows: int
    bytes: int
    sha256: str


def partial_path(path: Path) -> Path:
    """Where a file is written before it is whole."""
    return path.with_name(f".{path.name}.partial")


def write_aside(
    path: Path, batches: Iterable[pa.RecordBatch], file_format: Format
) -> tuple[int, int, str]:
    """Write at least one batch beside a final name and sync it; rows, bytes and their sha256.

    Raises OSError when the disk is full or the folder cannot be written.
    """
    rows = 0
    shape = _as_is if file_format == "parquet" else _as_text
    start = _parquet if file_format == "parquet" else _csv
    with partial_path(path).open("wb") as target:
        digest = _Digest(target)
        shaped = map(shape, batches)
        first = next(shaped)
        with start(cast("IO[bytes]", digest), first.schema) as writer:
            for batch in itertools.chain((first,), shaped):
                writer.write_batch(batch)
                rows += batch.num_rows
        target.flush()
        os.fsync(target.fileno())
    return rows, digest.size, digest.hexdigest()


def publish(path: Path) -> None:
    """Give a whole file its final name."""
    partial_path(path).replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file so that it is there whole or not at all."""
    with partial_path(path).open("wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    publish(path)


class _Digest(io.RawIOBase):
    """A file that is hashed while it is written, so that it need not be read again."""

    def __init__(self, target: BinaryIO) -> None:
        super().__init__()
        self._target = target
        self._sha256 = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, content: Buffer, /) -> int:
        self._sha256.update(content)
        written = self._target.write(content)
        self.size += written
        return written

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()


def _parquet(target: IO[bytes], schema: pa.Schema) -> pq.ParquetWriter:
    """A batch becomes a row group. Coded text is written by its vocabulary, the rest as it is."""
    return pq.ParquetWriter(
        target,
        schema,
        compression="zstd",
        use_dictionary=_coded_names(schema),  # type: ignore[arg-type]  # the stubs know bool only
        dictionary_pagesize_limit=ONE_VOCABULARY_BYTES,
        store_schema=False,  # readers shall see text, not codes
        store_decimal_as_integer=True,
    )


def _coded_names(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if pa.types.is_dictionary(field.type)]


def _csv(target: IO[bytes], schema: pa.Schema) -> csv.CSVWriter:
    return csv.CSVWriter(target, schema)


def _as_is(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch


def _as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """What CSV has no form for, in words: True and False, and times to the second."""
    columns = [_in_words(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _in_words(column: Column) -> Column:
    if pa.types.is_boolean(column.type):
        words = pa.array(["False", "True"])
        return pa.DictionaryArray.from_arrays(column.cast(pa.int8()), words)
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("s"))
    return column
