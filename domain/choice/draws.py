"""Draws: how else part-worths might be, and what a scenario comes to over all of them.

Points and intervals come from the same draws of the part-worths. A point is the mean over them: so
parts add up, chances sum to one, and what is true in every draw is true of it. Each draw is applied
to a subsample of the customers, and together the draws cover every customer equally often
(interpenetrating samples, Mahalanobis 1946). The customers outside its subsample count in a draw
with what they do at the mean part-worths, corrected by how far those in it are off that (difference
estimator, Särndal, Swensson and Wretman 1992). Draws depend on no scenario, so that two scenarios
are compared in the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domain.choice.exposure import OUTCOMES, Coefficients, Exposure, Floats, Places
from domain.choice.latin_hypercube import even_draws
from domain.choice.part_worths import PartWorths
from domain.values import Estimate

DRAWS = 100  # chosen: interval ends move by about a tenth of their width beyond this
SUBSAMPLES = tuple(number for number in range(DRAWS, 0, -1) if DRAWS % number == 0)
SMALLEST_SUBSAMPLE = 50  # measured: more customers move no end of an interval by 1 % of its width
AT_ONCE = 20_000  # measured: customers times draws whose arrays stay near the processor


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a scenario comes to: the share who take each action, (actions,), and means by name."""

    mix: Floats
    means: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class PartWorthDraws:
    """DRAWS plausible sets of part-worths, and the mean they lie around.

    `sampling_error` is how far the mean of the customers at hand is off that of all those like
    them, in standard errors, shape (draws,): normal, as means of many are (central limit theorem).
    """

    mean: Coefficients
    coefficients: Coefficients
    sampling_error: Floats

    @classmethod
    def drawn(cls, part_worths: PartWorths, seed: int) -> PartWorthDraws:
        """The same seed, the same draws."""
        rng = np.random.default_rng(seed)
        utility, sentiment = part_worths.draw(rng, DRAWS)
        coefficients = Coefficients(np.ascontiguousarray(utility.transpose(2, 0, 1)), sentiment)
        sampling_error = even_draws(rng, DRAWS)
        for array in (coefficients.utility, coefficients.sentiment, sampling_error):
            array.flags.writeable = False  # they are shared by all who ask with this seed
        return cls(Coefficients.mean(part_worths), coefficients, sampling_error)

    def predict(self, exposure: Exposure, chances_at_mean: Floats) -> Prediction:
        """What the scenario comes to for its customers, with intervals.

        `chances_at_mean` are those at the mean part-worths, shape (actions, 1, customers).
        """
        at_mean = exposure.outcomes(chances_at_mean, self.mean, np.multiply)[:, 0]
        standard_errors = at_mean.std(axis=1) / math.sqrt(len(exposure))
        deviations = standard_errors[:, np.newaxis] * self.sampling_error
        affected = exposure.attributes.any(axis=0)
        mix = exposure.baseline_chances @ ~affected
        if affected.any():
            corrections, actions = self._by_subsamples(exposure, np.flatnonzero(affected), at_mean)
            deviations += corrections / len(exposure)
            mix += actions
        return Prediction(mix / mix.sum(), _estimates(at_mean.mean(axis=1), deviations))

    def _by_subsamples(
        self, exposure: Exposure, rows: Places, at_mean: Floats
    ) -> tuple[Floats, Floats]:
        """What each draw adds to the sum of the outcomes `at_mean`, of shape (outcomes, n).

        And how many take each action, the mean over the draws. Shapes are (outcomes, draws) and
        (actions,).
        """
        subsamples = next(k for k in SUBSAMPLES if k == 1 or len(rows) >= k * SMALLEST_SUBSAMPLE)
        corrections = np.empty((len(at_mean), DRAWS))
        actions = np.zeros(len(exposure.baseline_chances))
        for draws, places in _batches(len(rows), subsamples):
            counted = (places < len(rows)).astype(np.float64)
            sampled = rows.take(places, mode="clip")
            subsample, coefficients = exposure.of(sampled, counted), self.coefficients.of(draws)
            chances = subsample.chances(coefficients)
            actions += np.vecdot(chances, counted[:, np.newaxis]).sum(axis=(1, 2))
            expected = np.vecdot(at_mean.take(sampled, axis=1), counted)
            outcomes = subsample.outcomes(chances, coefficients, np.vecdot)
            corrections[:, draws] = outcomes - expected[..., np.newaxis]
        return subsamples * corrections, actions * subsamples / DRAWS


def _batches(customers: int, subsamples: int) -> Iterator[tuple[Places, Places]]:
    """Draws, and the customers each row of them is applied to, some subsamples at a time."""
    draws, places = _dealt(DRAWS, subsamples), _dealt(customers, subsamples)
    at_once = max(1, AT_ONCE * subsamples // (places.shape[1] * DRAWS))
    for first in range(0, subsamples, at_once):
        yield draws[first : first + at_once], places[first : first + at_once]


def _dealt(number: int, hands: int) -> Places:
    """Places 0 .. number - 1 dealt in turn, shape (hands, places); the last ones may be beyond."""
    places = math.ceil(number / hands)
    return np.arange(places * hands).reshape(places, hands).T


def _estimates(at_mean: Floats, deviations: Floats) -> dict[str, Estimate]:
    """Means and intervals over draws that deviate, (outcomes, draws), from the means `at_mean`.

    An interval leaves out a twentieth of the draws on each side, or a tenth on one side where a
    few draws far out on the other have the mean among them.
    """
    point, ordered = deviations.mean(axis=1), np.sort(deviations, axis=1)
    low, lower, higher, high = (_quantile(ordered, share) for share in (0.05, 0.1, 0.9, 0.95))
    tails = point <= low, point >= high
    lows = np.select(tails, (ordered[:, 0], lower), low)
    highs = np.select(tails, (higher, ordered[:, -1]), high)
    columns = (at_mean + point, at_mean + lows, at_mean + highs)
    return {
        name: Estimate(value=value, low=low, high=high)
        for name, value, low, high in zip(OUTCOMES, *(c.tolist() for c in columns), strict=True)
    }


def _quantile(ordered: Floats, share: float) -> Floats:
    """Half way between the last of this share of the draws and the next (Hazen 1914)."""
    after = round(share * DRAWS)
    return (ordered[:, after - 1] + ordered[:, after]) / 2
