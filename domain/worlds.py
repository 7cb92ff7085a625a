"""Worlds: how else part-worths and customers might be, and what a scenario comes to in each.

They give the intervals: draws of the part-worths and a Bayesian bootstrap of the customers (Rubin
1981). Worlds depend on no scenario, so that two scenarios are compared in the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.chances import become_chances
from domain.part_worths import ACTION_INDEX, PartWorths
from domain.reactions import Action
from domain.values import Estimate

Floats = NDArray[np.float64]

INTERVAL = (0.05, 0.95)  # every interval covers 90 %
DRAWS = 100  # chosen: interval ends move by about a tenth of their width beyond this
AT_ONCE = 20  # measured: worlds whose arrays stay near the processor; divides DRAWS
INTERVAL_CUSTOMERS = 1_000  # chosen: customers per draw; point values always use everybody

CHURN, THREATEN, UPGRADE, DOWNGRADE = (
    ACTION_INDEX[action]
    for action in (Action.CHURN, Action.THREATEN_CHURN, Action.UPGRADE, Action.DOWNGRADE)
)


@dataclass(frozen=True, slots=True)
class Worlds:
    """DRAWS plausible worlds for a group of customers.

    `weights` has shape (DRAWS, actions, features), `feelings` (DRAWS, features); `counts`, how much
    each customer counts, (DRAWS, customers), rows sum to one.
    """

    weights: Floats
    feelings: Floats
    counts: Floats

    @classmethod
    def imagined(cls, part_worths: PartWorths, seed: int, customers: int, kept: int) -> Worlds:
        """Worlds of `kept` customers who stand for `customers`. The same seed, the same worlds."""
        rng = np.random.default_rng(seed)
        weights, feelings = part_worths.draw(rng, DRAWS)
        # Each of them stands for customers / kept: weights vary accordingly less.
        counts = rng.gamma(customers / kept, size=(DRAWS, kept))
        counts /= counts.sum(axis=1, keepdims=True)
        worlds = cls(np.ascontiguousarray(weights.transpose(0, 2, 1)), feelings, counts)
        for array in (worlds.weights, worlds.feelings, worlds.counts):
            array.flags.writeable = False  # they are shared by all who ask with this seed
        return worlds

    def measures(
        self, stakes: Stakes, baseline: Floats, spirits: Floats, touch: Floats
    ) -> dict[str, Floats]:
        """Each measure in each world, arrays of shape (DRAWS,).

        `baseline` are utilities before the scenario, shape (customers, actions), `spirits` the
        sentiment index, (customers,), `touch` what customers feel, (customers, features).
        """
        at_work = np.flatnonzero(touch.any(axis=0))
        by_feature, by_action = np.ascontiguousarray(touch.T[at_work]), baseline.T.copy()
        weights = self.weights[:, :, at_work]
        moved = np.empty((len(by_action), AT_ONCE, len(touch)))  # the same memory again and again
        found = []
        for start in range(0, DRAWS, AT_ONCE):
            some = slice(start, start + AT_ONCE)
            np.matmul(weights[some], by_feature, out=moved.transpose(1, 0, 2))
            moved += by_action[:, np.newaxis]
            felt = spirits + np.matmul(touch, self.feelings[some, :, np.newaxis])[..., 0]
            found.append(stakes.measures(become_chances(moved), np.tanh(felt), self.counts[some]))
        return {name: np.concatenate([some[name] for some in found]) for name in found[0]}


@dataclass(frozen=True, slots=True)
class Stakes:
    """What of a fixed set of n customers turns chances into money; dollars a month.

    `usual` has shape (actions, n), chances without the scenario; all others (n,). `up` and `down`
    are what a bill changes by on a dearer and a cheaper plan.
    """

    bill: Floats
    bill_change: Floats
    up: Floats
    down: Floats
    usual: Floats

    def of(self, rows: NDArray[np.intp]) -> Stakes:
        """Those of some of the customers."""
        return Stakes(
            self.bill[rows],
            self.bill_change[rows],
            self.up[rows],
            self.down[rows],
            self.usual[:, rows],
        )

    def measures(self, moved: Floats, sentiment: Floats, weight: Floats) -> dict[str, Floats]:
        """Weighted means of what the chances `moved`, (actions, ..., n), mean against the usual.

        `sentiment` and `weight` have shape (..., n), each measure has (...).
        """
        churn = moved[CHURN] - self.usual[CHURN]
        parts = {
            "price": np.vecdot(weight, self.bill_change * (1.0 - moved[CHURN])),
            "churn": -np.vecdot(weight, self.bill * churn),
            "downgrade": np.vecdot(weight, self.down * (moved[DOWNGRADE] - self.usual[DOWNGRADE])),
            "upgrade": np.vecdot(weight, self.up * (moved[UPGRADE] - self.usual[UPGRADE])),
        }
        return {
            **parts,
            "total": np.asarray(sum(parts.values())),
            "at_risk": np.vecdot(weight, self.bill * (moved[CHURN] + moved[THREATEN])),
            "churn_uplift_points": 100 * np.vecdot(weight, _apart(churn)),
            "sentiment": np.vecdot(weight, sentiment),
        }


def estimates(point: Mapping[str, Floats], spread: Mapping[str, Floats]) -> dict[str, Estimate]:
    """Each measure with its interval, which holds the value, from its values in every world."""
    lows, highs = np.quantile(np.stack([spread[name] for name in point]), INTERVAL, axis=1)
    return {
        name: Estimate(value=value, low=min(low, value), high=max(high, value))
        for (name, value), low, high in zip(
            ((name, float(value)) for name, value in point.items()),
            lows.tolist(),
            highs.tolist(),
            strict=True,
        )
    }


def _apart(column: Floats) -> Floats:
    """The same numbers, not side by side in memory.

    The library that adds them up takes another order then, and figures that were published once
    keep their last digit.
    """
    apart: Floats = np.empty((*column.shape, 2))[..., 0]
    apart[...] = column
    return apart
