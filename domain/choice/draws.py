"""Worlds: how else part-worths might be, and what a scenario comes to over all of them.

Points and intervals come from the same worlds. A point is the mean over them: so parts add up,
chances sum to one, and what is true in every world is true of it. Each world tries a share of the
customers, and together the worlds try every customer equally often (interpenetrating samples,
Mahalanobis 1946). Of those whom it does not try a world says what they do at the mean part-worths,
corrected by how far those whom it tries are off that (difference estimator, Särndal, Swensson and
Wretman 1992). Worlds depend on no scenario, so that two scenarios are compared in the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domain.choice.exposure import OUTCOMES, Floats, Places, Scene, Tastes
from domain.choice.latin_hypercube import even_draws
from domain.choice.part_worths import PartWorths
from domain.values import Estimate

WORLDS = 100  # chosen: interval ends move by about a tenth of their width beyond this
SHARES = tuple(share for share in range(WORLDS, 0, -1) if WORLDS % share == 0)
FEWEST_TRIED = 50  # measured: more in each world move no end of an interval by 1 % of its width
AT_ONCE = 20_000  # measured: customers in worlds whose arrays stay near the processor


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a scenario comes to: the share who take each action, (actions,), and means by name."""

    mix: Floats
    means: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class Worlds:
    """WORLDS plausible worlds, and the part-worths they lie around.

    `luck` is how far the mean of the customers at hand is off that of all those like them, in
    standard errors, shape (worlds,): normal, as means of many are (central limit theorem).
    """

    mean: Tastes
    tastes: Tastes
    luck: Floats

    @classmethod
    def imagined(cls, part_worths: PartWorths, seed: int) -> Worlds:
        """The same seed, the same worlds."""
        rng = np.random.default_rng(seed)
        weights, feelings = part_worths.draw(rng, WORLDS)
        tastes = Tastes(np.ascontiguousarray(weights.transpose(2, 0, 1)), feelings)
        luck = even_draws(rng, WORLDS)
        for array in (tastes.weights, tastes.feelings, luck):
            array.flags.writeable = False  # they are shared by all who ask with this seed
        return cls(Tastes.mean(part_worths), tastes, luck)

    def foretell(self, scene: Scene, known: Floats) -> Foretold:
        """What the scenario comes to for its customers, with intervals.

        `known` are the chances at the mean part-worths, shape (actions, 1, customers).
        """
        known_outcomes = scene.outcomes(known, self.mean, np.multiply)[:, 0]
        errors = known_outcomes.std(axis=1) / math.sqrt(len(scene))
        off = errors[:, np.newaxis] * self.luck
        touched = scene.touch.any(axis=0)
        mix = scene.usual @ ~touched
        if touched.any():
            gaps, taken = self._try(scene, np.flatnonzero(touched), known_outcomes)
            off += gaps / len(scene)
            mix += taken
        return Foretold(mix / mix.sum(), _estimates(known_outcomes.mean(axis=1), off))

    def _try(self, scene: Scene, rows: Places, known: Floats) -> tuple[Floats, Floats]:
        """What each world sums up to beyond the outcomes `known` of customers, (outcomes, n).

        And how many take each action, the mean over the worlds. Shapes are (outcomes, worlds) and
        (actions,).
        """
        shares = next(share for share in SHARES if share == 1 or len(rows) >= share * FEWEST_TRIED)
        gaps, taken = np.empty((len(known), WORLDS)), np.zeros(len(scene.usual))
        for worlds, places in _rounds(len(rows), shares):
            counted = (places < len(rows)).astype(np.float64)
            some = rows.take(places, mode="clip")
            tried, tastes = scene.of(some, counted), self.tastes.of(worlds)
            chances = tried.chances(tastes)
            taken += np.vecdot(chances, counted[:, np.newaxis]).sum(axis=(1, 2))
            usually = np.vecdot(known.take(some, axis=1), counted)
            gaps[:, worlds] = tried.outcomes(chances, tastes, np.vecdot) - usually[..., np.newaxis]
        return shares * gaps, taken * shares / WORLDS


def _rounds(customers: int, shares: int) -> Iterator[tuple[Places, Places]]:
    """Worlds, and the customers each row of them tries, as many shares as are tried at once."""
    worlds, places = _dealt(WORLDS, shares), _dealt(customers, shares)
    at_once = max(1, AT_ONCE * shares // (places.shape[1] * WORLDS))
    for first in range(0, shares, at_once):
        yield worlds[first : first + at_once], places[first : first + at_once]


def _dealt(number: int, shares: int) -> Places:
    """Places 0 .. number - 1 dealt in turn, shape (shares, places); the last ones may be beyond."""
    places = math.ceil(number / shares)
    return np.arange(places * shares).reshape(places, shares).T


def _estimates(known: Floats, off: Floats) -> dict[str, Estimate]:
    """Means and intervals over worlds that are `off`, (outcomes, worlds), the means `known`.

    An interval leaves out a twentieth of the worlds on each side, or a tenth on one side where a
    few worlds far out on the other have the mean among them.
    """
    point, ordered = off.mean(axis=1), np.sort(off, axis=1)
    low, lower, higher, high = (_between(ordered, share) for share in (0.05, 0.1, 0.9, 0.95))
    tails = point <= low, point >= high
    lows = np.select(tails, (ordered[:, 0], lower), low)
    highs = np.select(tails, (higher, ordered[:, -1]), high)
    told = (known + point, known + lows, known + highs)
    return {
        name: Estimate(value=value, low=low, high=high)
        for name, value, low, high in zip(OUTCOMES, *(each.tolist() for each in told), strict=True)
    }


def _between(ordered: Floats, share: float) -> Floats:
    """Half way between the last of this share of the worlds and the next (Hazen 1914)."""
    after = round(share * WORLDS)
    return (ordered[:, after - 1] + ordered[:, after]) / 2
