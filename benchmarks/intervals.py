"""Intervals: points and intervals of a hundred draws beside thousands of them over everybody.

    python -m benchmarks.intervals [--customers 20000] [--draws 2000] [--seeds 20]

Over the reference market's largest and smallest segment, for scenarios of several kinds: how far
points and ends lie from those of independent draws of the part-worths, each over every customer
weighted by a Bayesian bootstrap (Rubin 1981), in widths of the interval; by how many customers each
draw is applied to. Judges nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from rich.console import Console
from rich.table import Table

import domain.choice.draws
from benchmarks.history import CARRIER, market
from domain.choice import (
    OUTCOMES,
    ChoiceModel,
    Coefficients,
    Exposure,
    Floats,
    PartWorthDraws,
    PartWorths,
    attributes_of,
    keep_order,
    plan_ladder,
    plan_steps,
)
from domain.customers import Respondents
from domain.lever_parsing import read_levers

SCENARIOS = (
    "We are raising prices by $5 a month. Disney+ will be included free.",
    "We raise the price of Blizzard by 12%.",
    "Verizon offers 30% off to those who switch.",
    "A 24-month contract becomes mandatory.",
    "A 12-hour outage hit rural areas.",
    "We cut prices by $3 a month.",
)
AT_ONCE = 50  # draws
NINE_IN_TEN = (0.05, 0.95)
NO_WIDTH = 1e-9


def main() -> None:
    """Print how far they are off."""
    parser = argparse.ArgumentParser(description="How far points and intervals are off.")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--draws", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    people, _, part_worths = market(asked.customers, 42)
    model = ChoiceModel.calibrated(part_worths, people, CARRIER)
    exposures = list(_exposures(model, people))
    by_draws = [_by_draws(exposure, part_worths, asked.draws) for exposure in exposures]
    table = Table("subsample of a draw", "points off", "at most", "ends off", "at most", "width")
    for fewest in (domain.choice.draws.SMALLEST_SUBSAMPLE, 200, 1_000):
        domain.choice.draws.SMALLEST_SUBSAMPLE = fewest
        by_subsamples = [_by_subsamples(exposure, model, asked.seeds) for exposure in exposures]
        figures = _compared(np.concatenate(by_subsamples, axis=1), np.concatenate(by_draws))
        table.add_row(f"at least {fewest:,}", *(f"{figure:.3f}" for figure in figures))
    Console(width=100).print(table)


def _exposures(model: ChoiceModel, people: Respondents) -> Iterator[Exposure]:
    """Every scenario for the largest and the smallest segment."""
    sizes = np.bincount(people.segment[people.segment >= 0])
    for segment in (int(sizes.argmax()), int(sizes.argmin())):
        some = people.where(people.segment == segment)
        group, ladder = model.status_quo(some), plan_ladder(some, CARRIER)
        for text in SCENARIOS:
            attributes = attributes_of(read_levers(text, CARRIER).levers, some)
            yield group.exposure(attributes, plan_steps(some, attributes, ladder))


def _by_draws(exposure: Exposure, part_worths: PartWorths, draws: int) -> Floats:
    """Mean, low and high end of each outcome, shape (outcomes, 3)."""
    rng, found = np.random.default_rng(1), []
    for _ in range(0, draws, AT_ONCE):
        coefficients = _coefficients(rng, part_worths)
        outcomes = exposure.outcomes(exposure.chances(coefficients), coefficients, np.multiply)
        weights = rng.gamma(1.0, size=(AT_ONCE, len(exposure)))
        found.append(np.vecdot(outcomes, weights / weights.sum(axis=1, keepdims=True)))
    every = np.concatenate(found, axis=1)
    return np.column_stack((every.mean(axis=1), *np.quantile(every, NINE_IN_TEN, axis=1)))


def _coefficients(rng: np.random.Generator, part_worths: PartWorths) -> Coefficients:
    """Independent draws, held to signs and order as those of the model are."""
    mean, sd = part_worths.matrices()
    weights = mean + sd * rng.standard_normal((AT_ONCE, *mean.shape))
    weights = keep_order(np.where(mean >= 0, np.maximum(weights, 0), np.minimum(weights, 0)))
    mean, sd = part_worths.sentiment_weights()
    sentiment = mean + sd * rng.standard_normal((AT_ONCE, *mean.shape))
    sentiment = np.where(mean >= 0, np.maximum(sentiment, 0), np.minimum(sentiment, 0))
    return Coefficients(np.ascontiguousarray(weights.transpose(2, 0, 1)), sentiment)


def _by_subsamples(exposure: Exposure, model: ChoiceModel, seeds: int) -> Floats:
    """The same of the draws of several seeds, shape (seeds, outcomes, 3)."""
    at_mean = exposure.chances(model.mean_coefficients)
    means = [
        PartWorthDraws.drawn(model.part_worths, seed).predict(exposure, at_mean).means
        for seed in range(seeds)
    ]
    ends = ("value", "low", "high")
    return np.array([[[getattr(m[o], end) for end in ends] for o in OUTCOMES] for m in means])


def _compared(by_subsamples: Floats, by_draws: Floats) -> tuple[float, ...]:
    """How far points and ends are off in widths, mean and most, and the ratio of widths.

    Each is the mean over the seeds; what has no width is left out.
    """
    width = by_draws[:, 2] - by_draws[:, 1]
    wide = width > NO_WIDTH
    apart = np.abs(by_subsamples - by_draws)[:, wide].mean(axis=0) / width[wide, np.newaxis]
    ratio = (by_subsamples[..., 2] - by_subsamples[..., 1])[:, wide].mean(axis=0) / width[wide]
    points, ends = apart[:, 0], apart[:, 1:]
    return points.mean(), points.max(), ends.mean(), ends.max(), ratio.mean()


if __name__ == "__main__":
    main()
