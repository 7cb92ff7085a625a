"""Newton: the mode of a smooth posterior whose weights keep given signs.

Newton's method with steps projected on the signs (Bertsekas 1982). A weight that would leave its
side stays at zero, out of the step, for as long as the slope holds it there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = 200  # of Newton, at most; curvature that is near enough needs 5 to 20
HALVINGS = 40  # of one step
ENOUGH = 1e-4  # share of the decrease the slope promises that a step must bring (Armijo 1966)
PRECISION = (
    1e-12  # decrease of the loss still to be had, relative to it, at which the mode is found
)


def find_mode(
    loss: Callable[[Floats], tuple[float, Floats]],
    curvature: Callable[[Floats], Floats],
    start: Floats,
    signs: Floats,
) -> Floats:
    """The weights, shape (k,), where the loss is least, beginning at `start`.

    `loss` gives the value and its slope, shape (k,); `curvature` a positive definite matrix near
    its second derivative, shape (k, k): how near decides how fast, not where it ends. Weights with
    a sign of +1 stay at or above zero, with -1 at or below; those with 0 are free.
    """
    weights = _projected(start, signs)
    value, slope = loss(weights)
    for _ in range(STEPS):
        free = ~((weights * signs <= 0) & (slope * signs > 0))
        step = np.zeros_like(weights)
        step[free] = np.linalg.solve(curvature(weights)[np.ix_(free, free)], -slope[free])
        if -(step @ slope) <= PRECISION * max(1.0, abs(value)):
            break
        moved = _descended(loss, weights, value, slope, step, signs)
        if moved is None:
            break
        weights, value, slope = moved
    return weights


def _descended(
    loss: Callable[[Floats], tuple[float, Floats]],
    weights: Floats,
    value: float,
    slope: Floats,
    step: Floats,
    signs: Floats,
) -> tuple[Floats, float, Floats] | None:
    """The first of ever shorter steps that brings enough; None when rounding leaves none."""
    for halving in range(HALVINGS):
        there = _projected(weights + step / 2**halving, signs)
        value_there, slope_there = loss(there)
        if value_there <= value + ENOUGH * (slope @ (there - weights)):
            return there, value_there, slope_there
    return None


def _projected(weights: Floats, signs: Floats) -> Floats:
    """The weights, zero where they are on the wrong side."""
    return np.where(weights * signs < 0, 0.0, weights)
