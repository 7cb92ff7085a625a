"""Traits: what the customers of a range of rows are, each trait a pure function of the row.

They are made when first asked for, so that a table pays only for what it needs, and come in layers,
each resting on those before: `people`, `equipment`, `accounts`, `population`.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from data_generator.customers import segments
from data_generator.draws import (
    Draws,
    Floats,
    Rows,
    Uint16s,
    choices,
    lognormal,
    normal,
    reproducible_exp,
)

Codes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Days = NDArray[np.datetime64]

GOLDEN_STEP = np.uint64(0x9E3779B97F4A7C15)


def ground_truth(customers: int, seed: int) -> NDArray[np.int8]:
    """The latent segment of the first customers in file order: 0 for S1 to 7 for S8.

    Rows step through the unit interval by the golden ratio, so that the shares hold in every
    stretch of the file and not only on average.
    """
    return _segment(np.arange(customers, dtype=np.uint64), seed)


class Traits:
    """The customers of rows first to first + count - 1, and how traits are drawn for them."""

    def __init__(self, seed: int, as_of: date, first: int, count: int) -> None:
        self.seed = seed
        self.as_of = np.datetime64(as_of, "D")
        self.year_start = np.datetime64(_day_after_year_before(as_of - timedelta(days=1)), "D")
        self.anchor_month = np.datetime64(as_of, "M")  # the first that is not billed yet
        self.rows = np.arange(first, first + count, dtype=np.uint64)
        self.draws = Draws(seed, "customers")

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def segment(self) -> NDArray[np.int8]:
        """The latent segment, 0 to 7; written to no file."""
        return _segment(self.rows, self.seed)

    def uint16(self, column: str) -> Uint16s:
        """16 bits per customer under a column's name."""
        return self.draws.uint16(column, self.rows)

    def normal(self, column: str) -> Floats:
        """A standard normal draw per customer."""
        return normal()[self.uint16(column)]

    def by_segment(self, tables: Floats, column: str) -> Floats:
        """A draw per customer from the table of their segment; `tables` holds them in turn."""
        return np.asarray(tables[(self.segment.astype(np.int64) << 16) + self.uint16(column)])


def logit_normal(typical: Floats, spread: float, score: Floats) -> Floats:
    """Chances whose logits are normal around that of a typical one."""
    odds = typical / (1 - typical) * reproducible_exp(spread * score)
    return odds / (1 + odds)


@cache
def by_segment_lognormal(spreads: tuple[float, ...]) -> Floats:
    """Tables for `by_segment` with a mean of one, a spread of the logarithm per segment."""
    return np.concatenate([lognormal(spread) for spread in spreads])


def _segment(rows: Rows, seed: int) -> NDArray[np.int8]:
    start = Draws(seed, "customers").bits("segment", np.zeros(1, dtype=np.uint64))
    point = (rows * GOLDEN_STEP + start) >> np.uint64(48)
    return np.asarray(choices(segments.SHARE)[point], dtype=np.int8)


def _day_after_year_before(day: date) -> date:
    """First day of the twelve months that end on a day; the last of February goes with the 28th."""
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap_day else day.day) + timedelta(days=1)
