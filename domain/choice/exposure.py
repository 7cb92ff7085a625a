"""Scene: what a scenario is to some customers, and what comes of it by one taste or another.

Arrays end in customers, or in worlds and customers, and may begin with shares of customers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from domain.choice.part_worths import ACTION_INDEX, PartWorths
from domain.choice.probabilities import become_chances
from domain.reactions import Action

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

CHURN, THREATEN, UPGRADE, DOWNGRADE = (
    ACTION_INDEX[action]
    for action in (Action.CHURN, Action.THREATEN_CHURN, Action.UPGRADE, Action.DOWNGRADE)
)

# Money is dollars a month against the status quo, `at_risk` the bills of those who threaten to
# leave or leave, `churn_uplift_points` of a hundred customers.
OUTCOMES = (
    "price",
    "churn",
    "downgrade",
    "upgrade",
    "total",
    "at_risk",
    "churn_uplift_points",
    "sentiment",
)


@dataclass(frozen=True, slots=True)
class Tastes:
    """Part-worths in each of some worlds.

    `weights` has shape (actions, ..., worlds, features), in logits; `feelings`, what features do to
    the sentiment index, (..., worlds, features).
    """

    weights: Floats
    feelings: Floats

    @classmethod
    def mean(cls, part_worths: PartWorths) -> Self:
        """The part-worths as they most likely are: a single world."""
        weights, feelings = part_worths.matrices()[0], part_worths.feelings()[0]
        return cls(np.ascontiguousarray(weights.T[:, np.newaxis]), feelings[np.newaxis])

    def of(self, worlds: Places) -> Self:
        """Those of some of the worlds, in their shape."""
        return type(self)(self.weights.take(worlds, axis=1), self.feelings.take(worlds, axis=0))


@dataclass(frozen=True, slots=True)
class Stakes:
    """What of customers turns chances into means: dollars a month, each of shape (..., n).

    `up` and `down` are what a bill changes by on a dearer and a cheaper plan. `each` is how many
    customers one of them is: a share that has a place left has nobody there, and nothing at stake.
    """

    bill: Floats
    bill_change: Floats
    up: Floats
    down: Floats
    each: Floats

    def of(self, rows: Places, counted: Floats | float = 1.0) -> Stakes:
        """Those of some of the customers, as far as they count."""
        every = (self.bill, self.bill_change, self.up, self.down, self.each)
        return Stakes(*(stake.take(rows) * counted for stake in every))


@dataclass(frozen=True, slots=True)
class Scene:
    """A scenario as customers feel it, and what is at stake for them.

    `touch` has shape (..., features, n), for the `features` at work, places in FEATURES; `baseline`
    and `usual`, utilities and chances before it, (actions, ..., n); `spirits`, the sentiment index
    before it, (..., n).
    """

    features: NDArray[np.intp]
    touch: Floats
    baseline: Floats
    usual: Floats
    spirits: Floats
    stakes: Stakes

    def __len__(self) -> int:
        return int(self.spirits.shape[-1])

    def of(self, rows: Places, counted: Floats | float = 1.0) -> Scene:
        """What it is to some of them, as far as they count, in the shape of the rows."""
        every = (self.touch, self.baseline, self.usual)
        touch, baseline, usual = (array.take(rows, axis=1) for array in every)
        touch = np.moveaxis(touch, 0, -2)
        stakes = self.stakes.of(rows, counted)
        return Scene(self.features, touch, baseline, usual, self.spirits.take(rows), stakes)

    def chances(self, tastes: Tastes) -> Floats:
        """Chance of each action in each world, shape (actions, ..., worlds, n)."""
        utilities = np.matmul(tastes.weights[..., self.features], self.touch)
        utilities += self.baseline[..., np.newaxis, :]
        return become_chances(utilities)

    def outcomes(
        self, chances: Floats, tastes: Tastes, weigh: Callable[[Floats, Floats], Floats]
    ) -> Floats:
        """What comes of the chances, in the order of OUTCOMES.

        `weigh` puts what is at stake, (..., 1, n), to what may happen, (..., worlds, n):
        np.multiply leaves each customer's own outcome, shape (outcomes, ..., worlds, n), np.vecdot
        their sum, (outcomes, ..., worlds).
        """

        def weighed(stake: Floats, happening: Floats) -> Floats:
            return weigh(stake[..., np.newaxis, :], happening)

        stakes, usual = self.stakes, self.usual[..., np.newaxis, :]
        leaving = chances[CHURN] - usual[CHURN]
        parts = (
            weighed(stakes.bill_change, 1.0 - chances[CHURN]),
            -weighed(stakes.bill, leaving),
            weighed(stakes.down, chances[DOWNGRADE] - usual[DOWNGRADE]),
            weighed(stakes.up, chances[UPGRADE] - usual[UPGRADE]),
        )
        others = (
            weighed(stakes.bill, chances[CHURN] + chances[THREATEN]),
            100.0 * weighed(stakes.each, leaving),
            weighed(stakes.each, self.sentiment(tastes)),
        )
        return np.stack((*parts, sum(parts, np.float64(0.0)), *others))

    def sentiment(self, tastes: Tastes) -> Floats:
        """Sentiment in each world, shape (..., worlds, n)."""
        felt = np.matmul(tastes.feelings[..., self.features], self.touch)
        felt += self.spirits[..., np.newaxis, :]
        return np.asarray(np.tanh(felt, out=felt))
