"""Neighbors: how near other points on a sphere lie, found in the cubes around each.

Points are unit vectors, shape (n, 3), distances chords. What lies within a cube's side of a point
is in the cubes that touch its own, so that a point with enough neighbors there is done; the others
look again with cubes twice as large.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Cube = tuple[int, int, int]

AROUND = tuple(product((-1, 0, 1), repeat=3))


@dataclass(frozen=True, slots=True)
class Neighbors:
    """For each point the row of its nearest target, of equally near ones the first.

    And the chord to the target that is its `rank`-th nearest, counted from one.
    """

    nearest: Places
    chord_to_rank: Floats


def neighbors(targets: Floats, points: Floats, rank: int = 1) -> Neighbors:
    """The targets near each point. Raises ValueError when there are fewer targets than `rank`."""
    if len(targets) < rank:
        raise ValueError(f"{len(targets)} targets have no {rank} nearest")
    found = Neighbors(np.empty(len(points), dtype=np.intp), np.empty(len(points)))
    side = float(np.sqrt(1 / len(targets)))  # chosen: a cube of the settled country holds a few
    left = np.arange(len(points))
    while left.size:
        undone = []
        for here, near in _surroundings(targets, points, left, side):
            squares = _squares(points[here], targets[near])
            done = np.count_nonzero(squares <= side**2, axis=1) >= rank
            found.nearest[here] = near[squares.argmin(axis=1)] if near.size else 0
            if near.size >= rank:
                found.chord_to_rank[here] = np.partition(squares, rank - 1, axis=1)[:, rank - 1]
            undone.append(here[~done])
        left = np.concatenate(undone)
        side *= 2
    np.sqrt(found.chord_to_rank, out=found.chord_to_rank)
    return found


def _surroundings(
    targets: Floats, points: Floats, rows: Places, side: float
) -> Iterator[tuple[Places, Places]]:
    """Points of one cube after the other, and the targets in it and those that touch it."""
    cubes = _by_cube(targets, np.arange(len(targets)), side)
    for (x, y, z), here in _by_cube(points, rows, side).items():
        around = [cubes.get((x + i, y + j, z + k)) for i, j, k in AROUND]
        near = [some for some in around if some is not None]
        yield here, np.sort(np.concatenate(near)) if near else here[:0]


def _by_cube(points: Floats, rows: Places, side: float) -> dict[Cube, Places]:
    """Those rows of the points that lie in each cube."""
    cube = np.floor(points[rows] / side).astype(np.intp)
    in_order = np.lexsort(cube.T)
    cube = cube[in_order]
    first = np.flatnonzero(np.any(cube[1:] != cube[:-1], axis=1)) + 1
    parts = np.split(rows[in_order], first)
    return {
        (x, y, z): part for (x, y, z), part in zip(cube[[0, *first]].tolist(), parts, strict=True)
    }


def _squares(points: Floats, targets: Floats) -> Floats:
    """Squared chords, shape (points, targets)."""
    squares: Floats = np.zeros((len(points), len(targets)))
    for ours, theirs in zip(points.T, targets.T, strict=True):
        apart = ours[:, None] - theirs
        squares += np.square(apart, out=apart)
    return squares
