"""Latin hypercube: standard normal numbers that cover their range evenly, however few they are."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def even_draws(rng: np.random.Generator, draws: int, *shape: int) -> Floats:
    """Standard normal draws, shape (draws, *shape), of mean zero and variance one along the first.

    Every number takes each of `draws` equally likely levels once, in an order of its own: Latin
    hypercube sampling (McKay, Beckman and Conover 1979). What is linear in a number has no error
    of sampling then, which a hundred independent draws would leave a tenth of its spread.
    """
    levels = _levels(draws).reshape(-1, *(1,) * len(shape))
    return rng.permuted(np.broadcast_to(levels, (draws, *shape)), axis=0)


@lru_cache(maxsize=8)
def _levels(draws: int) -> Floats:
    """The middles of equally likely slices of the standard normal, scaled to variance one."""
    normal = NormalDist()
    levels = np.array([normal.inv_cdf((place + 0.5) / draws) for place in range(draws)])
    return np.asarray(levels / levels.std())
