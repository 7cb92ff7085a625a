"""Sums: numbers of many rows added up so that a damaged one of them does not stop the others.

SQLite holds any value in any column and fails a sum that leaves 64 bits; PostgreSQL fails any.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, case, cast, func, literal

MOST = 2**53  # of anything that is counted here; a time in microseconds lasts until 2255
MOST_SMALL = 1_000_000  # in a column of 32 bits


def sound(column: ColumnElement[Any], most: float = MOST) -> ColumnElement[Any]:
    """The number where it can be one of ours, without a fraction that its type has not, else 0."""
    value = cast(column, BigInteger) if isinstance(column.type, Integer) else column
    return case((column.between(0, literal(most, literal_execute=True)), value), else_=0)


def total(column: ColumnElement[Any], most: float = MOST) -> ColumnElement[Any]:
    """The sum over all rows, 0 over none."""
    return func.coalesce(func.sum(sound(column, most)), 0)


def highest(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The largest over all rows, 0 over none."""
    return func.coalesce(func.max(sound(column)), 0)
