from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from data_generator.places.neighbors import neighbors

Floats = NDArray[np.float64]


def on_the_sphere(count: int, seed: int, crowd: float) -> Floats:
    """Unit vectors, the denser around one place the larger `crowd` is."""
    points = np.random.default_rng(seed).normal(size=(count, 3))
    points[:, 0] += crowd
    on: Floats = points / np.linalg.norm(points, axis=1)[:, None]
    return on


@pytest.mark.parametrize("crowd", [0.0, 5.0, 200.0])
@pytest.mark.parametrize(("targets", "rank"), [(1, 1), (9, 9), (300, 1), (3000, 9)])
def test_they_are_those_that_another_search_finds(targets: int, rank: int, crowd: float) -> None:
    there, points = on_the_sphere(targets, 1, crowd), on_the_sphere(800, 2, crowd / 3)

    found = neighbors(there, points, rank)

    chords, rows = map(np.asarray, cKDTree(there).query(points, k=[1, rank]))
    assert (found.nearest == rows[:, 0]).all()
    assert found.chord_to_rank == pytest.approx(chords[:, 1], rel=1e-9)


def test_of_equally_near_ones_the_first_is_taken() -> None:
    twice = np.repeat(on_the_sphere(50, 3, 0.0), 2, axis=0)

    found = neighbors(twice, on_the_sphere(200, 4, 0.0))

    assert (found.nearest % 2 == 0).all()


def test_more_neighbors_than_there_are_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="no 3 nearest"):
        neighbors(on_the_sphere(2, 1, 0.0), on_the_sphere(5, 2, 0.0), rank=3)
