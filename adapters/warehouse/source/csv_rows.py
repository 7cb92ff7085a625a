"""CSV rows read one by one, so that a broken one is named by its line and harms no other.

A broken row ends with its first line: reading goes on with the line after, whatever quotes say.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from adapters.warehouse.source.csv_scan import BOM, LONGEST_LINE_BYTES

MOST_LINES = 1_000  # of one row; a quote open for longer was never meant to be

# Fields as RFC 4180 writes them.
FIELD = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
LONE_RETURN = re.compile(r"\r(?!\n)")
WELL_QUOTED = re.compile(rf"{FIELD}(?:,{FIELD})*\r?\n?")

Break = Literal["fields", "quotes", "line_end", "encoding", "nul", "cut_off", "repeated_header"]


@dataclass(frozen=True, slots=True)
class Row:
    """A sound row: the line it begins on, counted from 1, and its fields as text."""

    line: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be read: its first line, the kind of break and what to say of it."""

    line: int
    text: str
    kind: Break
    reason: str


class UnreadableHeader(Exception):
    """A file whose first line names no columns; `kind` and `reason` say why."""

    def __init__(self, kind: Break, reason: str) -> None:
        super().__init__(reason)
        self.kind: Break = kind
        self.reason = reason


class _BrokenText(Exception):
    """A row's text cannot be taken apart."""

    def __init__(self, kind: Break, reason: str) -> None:
        super().__init__(reason)
        self.kind: Break = kind
        self.reason = reason


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Row | BrokenRow]:
    """Every row after the header, broken or with a field for each column; empty lines are no rows.

    `columns` are in lower case. Raises OSError when the file cannot be read.
    """
    header = sorted(columns)
    with path.open("rb") as file:
        lines = _Lines(file)
        lines.take_record()
        while record := lines.take_record():
            number, first = record[0]
            if not first.strip(b"\r\n"):
                continue
            try:
                fields = _fields(b"".join(line for _, line in record), len(columns))
                _refuse_header(fields, header)
            except _BrokenText as broken:
                lines.give_back(record[1:])
                text = first.decode("utf-8", errors="replace").rstrip("\r\n")
                yield BrokenRow(number, text, broken.kind, broken.reason)
            else:
                yield Row(number, fields)


def read_header(path: Path) -> list[str]:
    """Names of the columns as written; empty for an empty file.

    Raises OSError when the file cannot be read, UnreadableHeader when it is not CSV in UTF-8.
    """
    with path.open("rb") as file:
        record = _Lines(file).take_record()
    raw = b"".join(line for _, line in record).removeprefix(BOM)
    if b"\0" in raw or raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableHeader("encoding", "must be UTF-8 text, not UTF-16 or binary")
    try:
        return next(csv.reader([raw.decode("utf-8")], strict=True), [])
    except UnicodeDecodeError as error:
        raise UnreadableHeader("encoding", "must be UTF-8 text") from error
    except csv.Error as error:
        if LONE_RETURN.search(raw.decode("utf-8")):
            reason = "must end lines with LF or CR LF, not CR alone"
            raise UnreadableHeader("line_end", reason) from error
        reason = "must have a header whose quotes are closed"
        raise UnreadableHeader("quotes", reason) from error


Numbered = tuple[int, bytes]


class _Lines:
    """The lines of a file with their numbers; a record is as many as its quotes ask for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._number = 0
        self._given_back: deque[Numbered] = deque()

    def take_record(self) -> list[Numbered]:
        """The next record, or its first lines where a quote stays open; empty at the end."""
        record = [line] if (line := self._take()) else []
        odd = line is not None and line[1].count(b'"') % 2
        while odd and len(record) < MOST_LINES and (line := self._take()):
            record.append(line)
            odd = (odd + line[1].count(b'"')) % 2
        return record

    def give_back(self, lines: list[Numbered]) -> None:
        """Lines to be taken again, in their order."""
        self._given_back.extendleft(reversed(lines))

    def _take(self) -> Numbered | None:
        if self._given_back:
            return self._given_back.popleft()
        line = self._file.readline(LONGEST_LINE_BYTES)
        self._number += 1
        return (self._number, line) if line else None


def _fields(raw: bytes, width: int) -> list[str]:
    """The fields of a record's bytes. Raises _BrokenText.

    The last line of a file may lack its line break, if it is whole without.
    """
    if raw.endswith(b"\n"):
        return _whole_fields(raw, width)
    try:
        return _whole_fields(raw + b"\n", width)
    except _BrokenText as broken:
        reason = "must be whole up to the end of the file, which may have been cut off"
        raise _BrokenText("cut_off", reason) from broken


def _whole_fields(raw: bytes, width: int) -> list[str]:
    if b"\0" in raw:
        raise _BrokenText("nul", "must not hold a NUL character")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _BrokenText("encoding", "must be UTF-8") from error
    fields = _parsed_fields(text)
    if len(fields) != width:
        raise _BrokenText("fields", f"must have {width} fields like the header, not {len(fields)}")
    return fields


def _parsed_fields(text: str) -> list[str]:
    broken = _BrokenText("quotes", "must quote whole fields and double each quote inside one")
    try:
        fields = next(csv.reader([text], strict=True))
    except csv.Error as error:
        if '"' not in text and LONE_RETURN.search(text):
            raise _BrokenText("line_end", "must end with LF or CR LF, not CR alone") from error
        raise broken from error
    if any('"' in field for field in fields) and not WELL_QUOTED.fullmatch(text):
        raise broken
    return fields


def _refuse_header(fields: list[str], header: list[str]) -> None:
    """Files put together end to end bring their headers along. Raises _BrokenText.

    `header` are the columns in lower case, sorted: the second file may have them in another order.
    """
    if _column_name(fields[0]) in header and sorted(map(_column_name, fields)) == header:
        raise _BrokenText("repeated_header", "must not be the names of the columns once more")


def _column_name(field: str) -> str:
    """A field as the name of a column is read: without the byte order mark of a file's own."""
    return field.removeprefix("\ufeff").strip().lower()
