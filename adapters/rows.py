"""Rows: what a query gives, whichever engine answered it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

import pyarrow as pa

Cell = float | int | str | bool | date | datetime | Decimal | None
Row = dict[str, Cell]


class Reader(Protocol):
    """Answers queries that mean the same on every engine; names of columns are in lower case.

    `?` stands for the parameters, in their order. Raises Unavailable.
    """

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """One mapping from name to value for each row."""
        ...

    def table(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """The same as columns, for many rows."""
        ...
