"""Bounded normal: figures of places or markets, normal around a mean and cut at bounds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from data_generator.draws import Draws, Floats, Rows
from data_generator.schema.columns import Column, in_type
from data_generator.schema.schema import SCHEMAS


class BoundedNormal(NamedTuple):
    """A normal distribution, clipped at both bounds; `mean` may differ from row to row."""

    mean: Floats | float
    spread: float
    low: float
    high: float


def bounded_normal_columns(
    draws: Draws, rows: Rows, distributions: dict[str, BoundedNormal]
) -> dict[str, Column]:
    """A column of the draws' table per distribution, in the type its schema gives it."""
    schema = SCHEMAS[draws.table]
    return {
        name: in_type(
            np.clip(
                figure.mean + figure.spread * draws.normal(name, rows), figure.low, figure.high
            ),
            schema.field(name).type,
        )
        for name, figure in distributions.items()
    }
