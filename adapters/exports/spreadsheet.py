"""Spreadsheet: writes reactions as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from adapters.exports.columns import COLUMNS, Cell, row_of
from domain.simulations import CallRecord, Simulation

BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as something else

# A cell that starts so is run as a formula (OWASP, CSV injection): the signs in all their widths,
# also after what a spreadsheet drops or does not show.
SIGNS = "=+@\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20-"
DROPPED = (
    r"'\" \xa0\xad\u1680\u180e\u2000-\u200f\u202a-\u202f\u205f-\u206f\u3000\ufeff"
    r"\x00-\x08\x0e-\x1b"
)
# Where half of Europe separates cells by semicolons, and some by tabs or bars, a cell starts in the
# middle of what is one to us; quotes do not help, for there they stand within a cell.
SEPARATORS = r",;|\t\r\n\v\f\x1c-\x1f\x85\u2028\u2029"
CELL_START = re.compile(rf"\A(?=[\t\r\n])|(?:\A|(?<=[{SEPARATORS}]))(?=[{DROPPED}]*+[{SIGNS}])")


class Spreadsheet:
    """An Export: one line per reaction, streamed."""

    media_type = "text/csv; charset=utf-8"
    suffix = "csv"

    def write(self, simulation: Simulation, records: Iterable[CallRecord]) -> Iterator[bytes]:
        """The file, line by line; lines end as RFC 4180 has it."""
        yield BYTE_ORDER_MARK.encode()
        yield _line(column.name for column in COLUMNS)
        for record in records:
            yield _line(row_of(simulation, record))


def _line(cells: Iterable[Cell]) -> bytes:
    return (",".join(map(_written, cells)) + "\r\n").encode()


def _written(cell: Cell) -> str:
    """A cell as it stands in a line: text in quotes and guarded, anything else plain."""
    if isinstance(cell, str):
        return '"' + _guarded(cell).replace('"', '""') + '"'
    return "" if cell is None else str(cell)


def _guarded(text: str) -> str:
    """Text with an apostrophe, which spreadsheets do not show, wherever a formula could start."""
    return CELL_START.sub("'", text)
