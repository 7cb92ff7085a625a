from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from domain.choice.newton import Floats, find_mode


def curved(seed: int, k: int = 6) -> tuple[Floats, Floats, Floats]:
    """A positive definite curvature, where its valley would be lowest, and signs for half of it."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(k, k))
    signs = rng.choice([-1.0, 0.0, 1.0], k)
    return root @ root.T + np.eye(k), rng.normal(size=k), signs


@pytest.mark.parametrize("seed", range(20))
def test_it_ends_where_another_method_ends(seed: int) -> None:
    bend, lowest, signs = curved(seed)

    def loss(weights: Floats) -> tuple[float, Floats]:
        away = weights - lowest
        fourth = 0.1 * (weights**4).sum()
        return float(0.5 * away @ bend @ away + fourth), bend @ away + 0.4 * weights**3

    found = find_mode(loss, lambda w: bend + np.diag(1.2 * w**2), np.zeros_like(lowest), signs)

    bounds = [(0 if s > 0 else None, 0 if s < 0 else None) for s in signs]
    judge = minimize(loss, np.zeros_like(lowest), jac=True, method="L-BFGS-B", bounds=bounds)
    assert loss(found)[0] <= judge.fun + 1e-9
    assert found == pytest.approx(judge.x, abs=1e-3)


def test_a_weight_never_leaves_its_side() -> None:
    bend, lowest, _ = curved(3)
    signs = -np.sign(lowest)

    def loss(weights: Floats) -> tuple[float, Floats]:
        assert (weights * signs >= 0).all()
        away = weights - lowest
        return float(0.5 * away @ bend @ away), bend @ away

    assert (find_mode(loss, lambda _: bend, lowest, signs) * signs >= 0).all()


def test_a_rough_curvature_costs_steps_and_changes_nothing() -> None:
    bend, lowest, signs = curved(5)

    def loss(weights: Floats) -> tuple[float, Floats]:
        away = weights - lowest
        return float(0.5 * away @ bend @ away), bend @ away

    exact = find_mode(loss, lambda _: bend, np.zeros_like(lowest), signs)
    rough = find_mode(loss, lambda _: np.diag(bend.diagonal() * 3), np.zeros_like(lowest), signs)

    assert rough == pytest.approx(exact, abs=1e-4)
