"""Exposure: what a scenario is to some customers, and what comes of it by given coefficients.

Arrays end in customers, or in draws and customers, and may begin with subsamples of customers.
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
class Coefficients:
    """Part-worths in each of some draws.

    `utility` has shape (actions, ..., draws, features), in logits; `sentiment`, what features do to
    the sentiment index, (..., draws, features).
    """

    utility: Floats
    sentiment: Floats

    @classmethod
    def mean(cls, part_worths: PartWorths) -> Self:
        """The part-worths as they most likely are: a single draw."""
        utility, sentiment = part_worths.matrices()[0], part_worths.sentiment_weights()[0]
        return cls(np.ascontiguousarray(utility.T[:, np.newaxis]), sentiment[np.newaxis])

    def of(self, draws: Places) -> Self:
        """Those of some of the draws, in their shape."""
        return type(self)(self.utility.take(draws, axis=1), self.sentiment.take(draws, axis=0))


@dataclass(frozen=True, slots=True)
class RevenueExposure:
    """What of customers turns chances into means: dollars a month, each of shape (..., n).

    `up` and `down` are what a bill changes by on a dearer and a cheaper plan. `customers` is how
    many one of them counts for: a subsample that has a place left over has nobody there, and no
    dollars.
    """

    bill: Floats
    bill_change: Floats
    up: Floats
    down: Floats
    customers: Floats

    def of(self, rows: Places, counted: Floats | float = 1.0) -> RevenueExposure:
        """That of some of the customers, as far as they count."""
        columns = (self.bill, self.bill_change, self.up, self.down, self.customers)
        return RevenueExposure(*(column.take(rows) * counted for column in columns))


@dataclass(frozen=True, slots=True)
class Exposure:
    """A scenario as customers meet it, with where they stand before it and what revenue it moves.

    `attributes` has shape (..., features, n), for the `features` at work, places in FEATURES.
    Before the scenario: `baseline_utilities` and `baseline_chances`, (actions, ..., n), and
    `baseline_sentiment`, the sentiment index, (..., n).
    """

    features: NDArray[np.intp]
    attributes: Floats
    baseline_utilities: Floats
    baseline_chances: Floats
    baseline_sentiment: Floats
    revenue: RevenueExposure

    def __len__(self) -> int:
        return int(self.baseline_sentiment.shape[-1])

    def of(self, rows: Places, counted: Floats | float = 1.0) -> Exposure:
        """What it is to some of them, as far as they count, in the shape of the rows."""
        return Exposure(
            self.features,
            np.moveaxis(self.attributes.take(rows, axis=1), 0, -2),
            self.baseline_utilities.take(rows, axis=1),
            self.baseline_chances.take(rows, axis=1),
            self.baseline_sentiment.take(rows),
            self.revenue.of(rows, counted),
        )

    def chances(self, coefficients: Coefficients) -> Floats:
        """Chance of each action in each draw, shape (actions, ..., draws, n)."""
        utilities = np.matmul(coefficients.utility[..., self.features], self.attributes)
        utilities += self.baseline_utilities[..., np.newaxis, :]
        return become_chances(utilities)

    def outcomes(
        self, chances: Floats, coefficients: Coefficients, weigh: Callable[[Floats, Floats], Floats]
    ) -> Floats:
        """What comes of the chances, in the order of OUTCOMES.

        `weigh` applies exposed amounts, (..., 1, n), to what may happen, (..., draws, n):
        np.multiply leaves each customer's own outcome, shape (outcomes, ..., draws, n), np.vecdot
        their sum, (outcomes, ..., draws).
        """

        def weighed(amount: Floats, happening: Floats) -> Floats:
            return weigh(amount[..., np.newaxis, :], happening)

        revenue, before = self.revenue, self.baseline_chances[..., np.newaxis, :]
        leaving = chances[CHURN] - before[CHURN]
        parts = (
            weighed(revenue.bill_change, 1.0 - chances[CHURN]),
            -weighed(revenue.bill, leaving),
            weighed(revenue.down, chances[DOWNGRADE] - before[DOWNGRADE]),
            weighed(revenue.up, chances[UPGRADE] - before[UPGRADE]),
        )
        others = (
            weighed(revenue.bill, chances[CHURN] + chances[THREATEN]),
            100.0 * weighed(revenue.customers, leaving),
            weighed(revenue.customers, self.sentiment(coefficients)),
        )
        return np.stack((*parts, sum(parts, np.float64(0.0)), *others))

    def sentiment(self, coefficients: Coefficients) -> Floats:
        """Sentiment in each draw, shape (..., draws, n)."""
        index = np.matmul(coefficients.sentiment[..., self.features], self.attributes)
        index += self.baseline_sentiment[..., np.newaxis, :]
        return np.asarray(np.tanh(index, out=index))
