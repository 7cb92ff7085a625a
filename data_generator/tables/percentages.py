"""Percentages: groups of percentages that sum to exactly one hundred."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data_generator.draws import Floats
from data_generator.schema.columns import Column, decimals

HUNDRED_PERCENT = 10_000  # in hundredths of a percent


def hundredths(weights: Floats) -> NDArray[np.int64]:
    """Weights of shape (rows, groups) as hundredths of a percent, each row summing to 10,000.

    Parts are rounded down and what is missing goes to the largest remainders (Hamilton's method).
    """
    exact = weights / weights.sum(axis=1, keepdims=True) * HUNDRED_PERCENT
    whole = np.floor(exact)
    missing = HUNDRED_PERCENT - whole.sum(axis=1, keepdims=True)
    order = np.argsort(np.argsort(-np.round(exact - whole, 6), axis=1, kind="stable"), axis=1)
    return np.asarray(whole + (order < missing), dtype=np.int64)


def percentages(names: tuple[str, ...], weights: Floats) -> dict[str, Column]:
    """One DECIMAL(5,2) column per name, together exactly 100 in every row."""
    parts = hundredths(weights)
    return {name: decimals(parts[:, i], 5, 2) for i, name in enumerate(names)}
