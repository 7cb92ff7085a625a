"""Concessions: moves that cost about the same, to know which would please some customers most."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from domain.choice.attributes import attributes_of
from domain.customers import Respondents
from domain.levers import AnyLever, Credit, LoyaltyReward, NetworkChange, ValueAdd

CONCESSION_DOLLARS = 3.0  # chosen: worth a month of each concession compared, so they cost alike
YEARLY = 12 * CONCESSION_DOLLARS

CONCESSIONS: Mapping[str, AnyLever] = {
    f"A one-time credit of ${YEARLY:.0f}": Credit(amount_dollars=YEARLY),
    f"A streaming perk worth ${CONCESSION_DOLLARS:.0f} a month": ValueAdd(
        name="a streaming perk",
        monthly_worth_dollars=CONCESSION_DOLLARS,
        affinity="streaming",
    ),
    f"A loyalty reward of ${YEARLY:.0f}": LoyaltyReward(worth_dollars=YEARLY),
    "Five points more coverage where it is thin": NetworkChange(coverage_points=5, where="rural"),
}


def most_pleasing(people: Respondents, weights: NDArray[np.float64]) -> str:
    """The concession that moves the sentiment index most, by its `weights` of shape (features,).

    Gains add up, so that it is the same whatever scenario it comes beside.
    """

    def pleases(offer: str) -> float:
        return float((attributes_of((CONCESSIONS[offer],), people).features @ weights).mean())

    return max(CONCESSIONS, key=pleases)
