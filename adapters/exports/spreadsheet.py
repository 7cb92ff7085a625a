"""Spreadsheet: reactions as CSV that no spreadsheet takes for anything but text and numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from adapters.exports.columns import COLUMNS, Cell, row_of
from domain.simulations import CallRecord, Simulation

BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as something else
# A cell that starts so is run as a formula by spreadsheets (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class Spreadsheet:
    """A domain.ports.Export: one line per reaction, streamed."""

    media_type = "text/csv; charset=utf-8"
    suffix = "csv"

    def write(self, simulation: Simulation, records: Iterable[CallRecord]) -> Iterator[bytes]:
        """The file, line by line; lines end as RFC 4180 has it."""
        yield _line([BYTE_ORDER_MARK + COLUMNS[0].name, *(column.name for column in COLUMNS[1:])])
        for record in records:
            yield _line([_guarded(cell) for cell in row_of(simulation, record)])


def _guarded(cell: Cell) -> Cell:
    """Text that could start a formula gets an apostrophe, which spreadsheets do not show."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def _line(cells: Iterable[Cell]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
