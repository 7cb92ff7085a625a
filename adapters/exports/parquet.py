"""Parquet: writes reactions as typed columns for data tools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.exports.columns import COLUMNS, row_of
from domain.simulations import CallRecord, Simulation

ROWS_PER_GROUP = 500  # bounds the memory of a write; a row is some kilobytes of text
CHUNK_BYTES = 256 * 1024

TYPES = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64(), "flag": pa.bool_()}
SCHEMA = pa.schema([pa.field(column.name, TYPES[column.kind]) for column in COLUMNS])


class Parquet:
    """An Export: one row per reaction, written aside before the first byte is sent."""

    media_type = "application/vnd.apache.parquet"
    suffix = "parquet"

    def write(self, simulation: Simulation, records: Iterable[CallRecord]) -> Iterator[bytes]:
        """The file in chunks: its footer, which names all that is in it, stands at the end."""
        with TemporaryFile() as file:
            _write(file, simulation, records)
            file.seek(0)
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


def _write(file: IO[bytes], simulation: Simulation, records: Iterable[CallRecord]) -> None:
    with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        for group in _groups(iter(records)):
            rows = [row_of(simulation, record) for record in group]
            writer.write_table(pa.table([*map(list, zip(*rows, strict=True))], schema=SCHEMA))


def _groups(records: Iterator[CallRecord]) -> Iterator[list[CallRecord]]:
    while group := list(islice(records, ROWS_PER_GROUP)):
        yield group
