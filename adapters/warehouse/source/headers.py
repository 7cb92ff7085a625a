"""Headers: reads the names of the columns of a source file and finds what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.warehouse.load_report import Fault
from adapters.warehouse.mapping.columns import column_key, display_name
from adapters.warehouse.source.csv_rows import UnreadableHeader, read_header

REWRITE = "write it again"
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def columns_of(path: Path) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """Column names in lower case; where the file cannot be read, the faults that say why."""
    try:
        written = _written_columns(path)
    except UnreadableHeader as header:
        return (), (Fault(path.name, None, header.kind, header.reason, remedy=REWRITE),)
    except _NotParquet:
        fault = Fault(path.name, None, "not_parquet", "must be whole Parquet", remedy=REWRITE)
        return (), (fault,)
    names = tuple(map(column_key, written))
    return names, tuple(_faults_of_names(path, names))


class _NotParquet(Exception):
    """A file whose footer cannot be read."""


def _written_columns(path: Path) -> list[str]:
    if path.suffix != ".parquet":
        return read_header(path)
    try:
        return list(pq.read_schema(path).names)
    except pa.ArrowInvalid as error:
        raise _NotParquet from error
    except OSError as error:  # a damaged footer is one too, but not the system's
        if error.errno is not None:
            raise
        raise _NotParquet from error


def _faults_of_names(path: Path, names: Sequence[str]) -> Iterator[Fault]:
    if not any(names):
        must = "must begin with the names of its columns"
        yield Fault(path.name, None, "no_header", must, remedy=REWRITE)
    for name, count in Counter(names).items():
        if name and count > 1:
            remedy = "rename or remove the others"
            must = "must be one column"
            yield Fault(path.name, display_name(name), "repeated_column", must, remedy=remedy)
    for separator, word in SEPARATORS.items():
        if len(names) == 1 and separator in names[0]:
            must = f"must have commas between fields, not {word}"
            yield Fault(path.name, None, "separator", must, remedy=REWRITE)


def missing_columns(path: Path, missing: Sequence[str]) -> Iterator[Fault]:
    """Columns that a file must have and has not."""
    for name in missing:
        must, remedy = "must be a column of the file", "add it, empty where unknown"
        yield Fault(path.name, display_name(name), "missing_column", must, remedy=remedy)


def nameless_columns(path: Path, columns: Sequence[str], needed: Sequence[str]) -> Iterator[Fault]:
    """Of several columns without a name none can be meant."""
    if "" in needed and (several := columns.count("")) > 1:
        must, remedy = f"must be one column, not {several}", "name those that are used"
        yield Fault(path.name, display_name(""), "repeated_column", must, remedy=remedy)
