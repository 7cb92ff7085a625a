"""Write: files that appear under their final name only when they are whole and on disk."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TypeVar, cast

import pyarrow as pa

from data_generator.io.csv_text import PLAIN_TABLES, as_csv_text, open_csv
from data_generator.io.hashed_file import HashedFile
from data_generator.io.parquet import open_parquet

Format = Literal["parquet", "csv"]
Item = TypeVar("Item")


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


def write_partial(
    path: Path, table: str, batches: Iterator[pa.RecordBatch], file_format: Format
) -> tuple[int, int, str]:
    """Write at least one batch beside a final name and sync it; rows, bytes and their sha256.

    The next batch is made while one is encoded, and what is encoded is hashed meanwhile.
    Raises OSError when the disk is full or the folder cannot be written.
    """
    rows, plain = 0, table in PLAIN_TABLES
    if file_format == "csv":
        batches = (as_csv_text(batch, plain) for batch in batches)
    ready = prefetched(batches)
    with partial_path(path).open("wb") as target, ThreadPoolExecutor(2) as executor:
        written = HashedFile(target, executor)
        first = next(ready)
        sink = cast("IO[bytes]", written)
        with (
            open_csv(sink, first.schema, plain)
            if file_format == "csv"
            else open_parquet(sink, first.schema)
        ) as writer:
            for batch in itertools.chain((first,), ready):
                writer.write_batch(batch)
                rows += batch.num_rows
        written.drain()
        os.fsync(target.fileno())
        return rows, written.size, written.hexdigest()


def prefetched(items: Iterator[Item]) -> Iterator[Item]:
    """The items in their order, each next one made by a thread while one is used."""
    with ThreadPoolExecutor(1) as executor:
        next_item = executor.submit(next, items, None)
        while (item := next_item.result()) is not None:
            next_item = executor.submit(next, items, None)
            yield item


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
