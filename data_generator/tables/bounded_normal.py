"""Laws: figures of places or markets that scatter normally around a mean, within bounds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from data_generator.draws import Draws, Floats, Rows
from data_generator.schema.columns import Column, in_type
from data_generator.schema.schema import SCHEMAS


class Law(NamedTuple):
    """A normal law; `mean` may differ from row to row. What lies outside the bounds is cut."""

    mean: Floats | float
    spread: float
    low: float
    high: float


def figures(draws: Draws, rows: Rows, laws: dict[str, Law]) -> dict[str, Column]:
    """A column of the draws' table per law, in the type its schema gives it."""
    schema = SCHEMAS[draws.table]
    return {
        name: in_type(
            np.clip(law.mean + law.spread * draws.normal(name, rows), law.low, law.high),
            schema.field(name).type,
        )
        for name, law in laws.items()
    }
