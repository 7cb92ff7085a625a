"""CSV scan: counts the rows of a CSV file and checks that all readers agree on it, byte by byte.

No CSV reader is trusted alone: readers accept `"ab"cd`, a quote left open at the end, or a lone
carriage return, each in its own way and in silence. A file with none of these reads the same in all
of them, and must then give as many rows as were counted here. Nor is a file plain where Arrow would
take 0x1F, or a number after a tab, for a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.intp]

BLOCK_BYTES = 1 << 20  # fits the cache; measured: larger is not faster
LONGEST_LINE_BYTES = 4 << 20  # chosen: a row is some kilobytes; more is no file of lines
BOM = b"\xef\xbb\xbf"

NUL, TAB, LF, CR, BLANK, QUOTE, COMMA, ZERO, SMALL_X = 0, 9, 10, 13, 32, 34, 44, 48, 120
LOWER = 0x20  # the bit that makes a capital letter a small one
EDGES = np.isin(np.arange(256), (TAB, LF, CR, BLANK, QUOTE, COMMA))  # what may lie about a number


@dataclass(frozen=True, slots=True)
class Scan:
    """`rows` do not count the header or empty lines; they are right when the file is `plain`.

    `line_per_row`: row n, counted from 0, is on line n + 2.
    """

    rows: int
    plain: bool
    line_per_row: bool


def scan(path: Path) -> Scan:
    """Read the file once, in bounded memory. Raises OSError when it cannot be read."""
    counter = _Counter()
    with path.open("rb") as file:
        skip_bom(file)
        while counter.plain and (block := file.read(BLOCK_BYTES)):
            block += (rest := file.readline(LONGEST_LINE_BYTES))
            if len(rest) < LONGEST_LINE_BYTES and not block.endswith(b"\n"):
                block += b"\n"  # the last line need not have one
            counter.add(np.frombuffer(block, dtype=np.uint8))
    return Scan(
        rows=max(counter.records - 1, 0),
        plain=counter.plain and not counter.inside_quotes,
        line_per_row=not counter.other_lines,
    )


def skip_bom(file: BinaryIO) -> None:
    """Go to where the text begins."""
    if file.read(len(BOM)) != BOM:
        file.seek(0)


@dataclass(slots=True)
class _Counter:
    """Counts records block by block; a block ends where a line does."""

    records: int = 0
    other_lines: int = 0  # empty, or continuing a record
    plain: bool = True
    inside_quotes: bool = False

    def add(self, block: Bytes) -> None:
        quotes = np.flatnonzero(block == QUOTE)
        self.plain = bool(
            block[-1] == LF
            and not (block == NUL).any()
            and _well_quoted(block, quotes, self.inside_quotes)
            and _no_lone_return(block)
            and _no_tab_about_a_field(block)
            and _no_hexadecimal(block)
        )
        ends = np.flatnonzero(block == LF)
        if quotes.size or self.inside_quotes:
            outside = (np.searchsorted(quotes, ends) + self.inside_quotes) % 2 == 0
        else:
            outside = np.ones(ends.size, dtype=bool)
        records = int(np.count_nonzero(outside & ~_empty(block, ends)))
        self.records += records
        self.other_lines += ends.size - records
        self.inside_quotes = bool((quotes.size + self.inside_quotes) % 2)


def _well_quoted(block: Bytes, quotes: Places, inside: bool) -> bool:
    """Whether quotes open where a field begins and close where it ends; doubled ones do neither."""
    opening, closing = quotes[int(inside) :: 2], quotes[1 - int(inside) :: 2]
    before = block[opening[opening > 0] - 1]
    after = block[closing[closing < block.size - 1] + 1]
    opens_well = (before == COMMA) | (before == LF) | (before == QUOTE)
    closes_well = (after == COMMA) | (after == LF) | (after == CR) | (after == QUOTE)
    return bool(opens_well.all() and closes_well.all())


def _no_lone_return(block: Bytes) -> bool:
    returns = np.flatnonzero(block[:-1] == CR)
    return bool((block[returns + 1] == LF).all())


def _no_tab_about_a_field(block: Bytes) -> bool:
    tabs = np.flatnonzero(block == TAB)
    begins = (tabs == 0) | EDGES[block[tabs - 1]]
    return not (begins | EDGES[block[tabs + 1]]).any()


def _no_hexadecimal(block: Bytes) -> bool:
    """Whether no field begins with 0x."""
    places = np.flatnonzero(block | LOWER == SMALL_X)
    places = places[(places > 0) & (block[places - 1] == ZERO)]
    return not ((places == 1) | EDGES[block[places - 2]]).any()


def _empty(block: Bytes, ends: Places) -> NDArray[np.bool_]:
    """Which lines have nothing before their end."""
    starts = np.concatenate(([0], ends[:-1] + 1))
    length = ends - starts
    empty: NDArray[np.bool_] = (length == 0) | ((length == 1) & (block[starts] == CR))
    return empty
