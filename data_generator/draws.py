"""Draws: randomness as a pure function of (seed, table, column, row).

No generator state is carried along, so any range of rows can be made alone, in any order and by
any number of workers, and gives the same values. A row's 64 bits come from splitmix64 (Steele,
Lea and Flood 2014) of the row number under the column's key; each 16 of them index a
table of 65,536 quantiles or choices. Table entries are rounded to nine decimals, because the last
bit of an exponential differs between platforms and the data may not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.uint64]
Bits = NDArray[np.uint64]
Uint16s = NDArray[np.uint16]
Floats = NDArray[np.float64]
Choices = NDArray[np.uint8]

TABLE_SIZE = 65_536
DECIMALS = 9
_INCREMENT = np.uint64(0x9E3779B97F4A7C15)
_FIRST_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_FACTOR = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Draws:
    """All randomness of one table under one seed."""

    seed: int
    table: str

    def bits(self, column: str, rows: Rows) -> Bits:
        """64 independent bits per row; different rows never get the same 64."""
        return mix(rows * _INCREMENT + _column_key(self.seed, self.table, column))

    def four_uint16(self, column: str, rows: Rows) -> tuple[Uint16s, Uint16s, Uint16s, Uint16s]:
        """Four independent 16-bit draws per row out of one hash."""
        lanes = self.bits(column, rows).astype("<u8", copy=False).view("<u2").reshape(-1, 4)
        return lanes[:, 0], lanes[:, 1], lanes[:, 2], lanes[:, 3]

    def uint16(self, column: str, rows: Rows) -> Uint16s:
        """One 16-bit draw per row."""
        return self.four_uint16(column, rows)[0]

    def normal(self, column: str, rows: Rows) -> Floats:
        """Standard normal."""
        return normal()[self.uint16(column, rows)]

    def fraction(self, column: str, rows: Rows) -> Floats:
        """Uniform on [0, 1) with 53 bits."""
        return (self.bits(column, rows) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def mix(state: Bits) -> Bits:
    """The output function of splitmix64: a bijection of 64-bit words. Works in place."""
    state ^= state >> np.uint64(30)
    state *= _FIRST_FACTOR
    state ^= state >> np.uint64(27)
    state *= _SECOND_FACTOR
    state ^= state >> np.uint64(31)
    return state


def reproducible(values: Floats) -> Floats:
    """Values rounded to nine decimals, so that all platforms agree on them."""
    rounded: Floats = np.round(values, DECIMALS)
    return rounded


def reproducible_exp(values: Floats) -> Floats:
    """The exponential of the values, the same on all platforms."""
    powers: Floats = np.exp(values)
    return reproducible(powers)


@cache
def _column_key(seed: int, table: str, column: str) -> np.uint64:
    digest = hashlib.blake2b(f"{seed}/{table}/{column}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


@cache
def normal() -> Floats:
    """Quantiles of the standard normal at the middles of 65,536 equal parts."""
    inverse = NormalDist().inv_cdf
    half = [inverse((i + 0.5) / TABLE_SIZE) for i in range(TABLE_SIZE // 2, TABLE_SIZE)]
    upper = reproducible(np.array(half))
    return np.concatenate((-upper[::-1], upper))


@cache
def lognormal(spread: float) -> Floats:
    """Quantiles of a log-normal of mean 1 whose logarithm has standard deviation `spread`."""
    return reproducible_exp(spread * normal() - spread**2 / 2)


@cache
def exponential() -> Floats:
    """Quantiles of the exponential of mean 1."""
    return reproducible(-np.log1p(-(np.arange(TABLE_SIZE) + 0.5) / TABLE_SIZE))


@cache
def poisson(mean: float, largest: int) -> Choices:
    """Quantiles of the Poisson, counts above `largest` taken as `largest`."""
    counts = np.arange(largest + 1)
    factorials = np.cumprod(np.maximum(counts, 1).astype(np.float64))
    weights = mean**counts / factorials
    return choices(tuple(weights / weights.sum()))


@cache
def choices(weights: Sequence[float]) -> Choices:
    """Which of the alternatives each of the 65,536 draws picks; alternative i has its share."""
    shares = np.asarray(weights, dtype=np.float64)
    edges = np.rint(np.cumsum(shares / shares.sum()) * TABLE_SIZE).astype(np.intp)
    return np.repeat(np.arange(len(shares), dtype=np.uint8), np.diff(edges, prepend=0))


@cache
def choices_by_group(weights: tuple[tuple[float, ...], ...]) -> Choices:
    """One table of choices per group, laid end to end; index with group * 65,536 + draw."""
    return np.concatenate([choices(row) for row in weights])


def pick_by_group(
    weights: tuple[tuple[float, ...], ...], group: NDArray[np.integer], draw: Uint16s
) -> Choices:
    """The alternative each row picks by the weights of its group."""
    picked: Choices = choices_by_group(weights)[group.astype(np.int64) * TABLE_SIZE + draw]
    return picked


def bernoulli(chance: NDArray[np.float64] | float, draw: Uint16s) -> NDArray[np.bool_]:
    """True with the given chance, to within 1 in 65,536."""
    return np.asarray(draw < np.asarray(chance) * TABLE_SIZE)


def normal_cdf(score: Floats) -> Floats:
    """Share of the standard normal below each score, to within 1 in 65,536."""
    below: Floats = np.searchsorted(normal(), score) / TABLE_SIZE
    return below
