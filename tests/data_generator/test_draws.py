from __future__ import annotations

import numpy as np
import pytest

from data_generator.draws import (
    Draws,
    bernoulli,
    choices,
    exponential,
    lognormal,
    normal,
    normal_cdf,
    poisson,
)

KNOWN_BITS = ["cc64273ad9666868", "08c7cc2a114c28e4"]
ROWS = np.arange(50_000, dtype=np.uint64)


def test_a_row_draws_the_same_whatever_is_drawn_beside_it() -> None:
    draws = Draws(42, "customers")
    everybody = draws.bits("age", ROWS)
    few = draws.bits("age", ROWS[700:900])
    assert np.array_equal(everybody[700:900], few)


@pytest.mark.parametrize(
    "other", [Draws(43, "customers"), Draws(42, "monthly_usage")], ids=["seed", "table"]
)
def test_another_seed_or_table_draws_something_else(other: Draws) -> None:
    assert not np.array_equal(Draws(42, "customers").bits("age", ROWS), other.bits("age", ROWS))


def test_quarters_of_a_hash_are_uniform_and_unrelated() -> None:
    parts = np.array(Draws(1, "t").four_uint16("c", ROWS), dtype=np.float64) / 65_536
    assert parts.mean(axis=1) == pytest.approx([0.5] * 4, abs=0.006)
    assert parts.std(axis=1) == pytest.approx([12**-0.5] * 4, abs=0.004)
    assert np.abs(np.corrcoef(parts) - np.eye(4)).max() < 0.02


def test_rows_never_share_their_bits() -> None:
    assert len(np.unique(Draws(1, "t").bits("c", ROWS))) == len(ROWS)


def test_known_bits_stay_known() -> None:
    drawn = Draws(42, "customers").bits("age", np.arange(2, dtype=np.uint64))
    assert [f"{value:016x}" for value in drawn.tolist()] == KNOWN_BITS


@pytest.mark.parametrize(
    ("table", "mean", "spread"),
    [
        (normal(), 0.0, 1.0),
        (exponential(), 1.0, 1.0),
        (lognormal(0.5), 1.0, (np.exp(0.25) - 1) ** 0.5),
        (poisson(2.0, 15).astype(np.float64), 2.0, 2.0**0.5),
    ],
    ids=["normal", "exponential", "lognormal", "poisson"],
)
def test_quantile_tables_have_the_moments_of_their_law(
    table: np.ndarray[tuple[int], np.dtype[np.float64]], mean: float, spread: float
) -> None:
    assert len(table) == 65_536
    assert np.all(np.diff(table) >= 0)
    assert table.mean() == pytest.approx(mean, abs=0.002)
    assert table.std() == pytest.approx(spread, rel=0.01)


def test_choices_hold_their_shares() -> None:
    picked = np.bincount(choices((2.0, 1.0, 0.0, 1.0)), minlength=4) / 65_536
    assert picked == pytest.approx([0.5, 0.25, 0.0, 0.25], abs=2e-5)


def test_what_happens_with_chance_zero_or_one_never_or_always_happens() -> None:
    draw = Draws(1, "t").uint16("c", ROWS)
    assert not bernoulli(0.0, draw).any()
    assert bernoulli(1.0, draw).all()
    assert bernoulli(0.3, draw).mean() == pytest.approx(0.3, abs=0.01)


def test_shares_below_a_score_are_those_of_the_normal() -> None:
    below = normal_cdf(np.array([-9.0, -1.959964, 0.0, 1.0, 9.0]))
    assert below == pytest.approx([0.0, 0.025, 0.5, 0.841345, 1.0], abs=2e-5)
