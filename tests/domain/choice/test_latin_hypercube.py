from __future__ import annotations

import numpy as np
import pytest

from domain.choice.latin_hypercube import even_draws


@pytest.mark.parametrize("draws", [2, 20, 100, 1_000])
def test_few_draws_have_the_mean_and_the_variance_of_many(draws: int) -> None:
    drawn = even_draws(np.random.default_rng(1), draws, 3, 4)

    assert drawn.shape == (draws, 3, 4)
    np.testing.assert_allclose(drawn.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(drawn.var(axis=0), 1.0)


def test_nine_in_ten_draws_lie_where_nine_in_ten_should() -> None:
    drawn = even_draws(np.random.default_rng(1), 100)

    low, high = np.quantile(drawn, (0.05, 0.95), method="hazen")
    assert (low, high) == pytest.approx((-1.645, 1.645), abs=0.02)


def test_numbers_drawn_together_have_orders_of_their_own() -> None:
    first, second = even_draws(np.random.default_rng(1), 1_000, 2).T

    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1
    assert np.array_equal(np.sort(first), np.sort(second))


def test_the_same_seed_draws_the_same() -> None:
    first, second = (even_draws(np.random.default_rng(7), 100, 5) for _ in range(2))

    assert np.array_equal(first, second)
