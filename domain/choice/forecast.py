"""Forecast: what a group of customers does about a scenario, as figures."""

from __future__ import annotations

from dataclasses import dataclass

from domain.choice.exposure import Floats
from domain.reactions import ACTIONS, Action
from domain.values import Estimate


@dataclass(frozen=True, slots=True)
class RevenueChange:
    """Dollars a month per customer asked, against the status quo, by cause."""

    price: Estimate
    churn: Estimate
    downgrade: Estimate
    upgrade: Estimate
    total: Estimate


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature does to the action that gains most on the status quo.

    `logits` is the mean change of its utility; `percentage_points` what its chance loses when the
    feature is taken out alone.
    """

    feature: str
    logits: float
    percentage_points: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a group of customers does about a scenario.

    `mix`, `mix_at_mean` and `status_quo` have shape (7,). The second is what the mix were if the
    mean part-worths were known to be right: to be compared with others of the kind, never shown.
    """

    customers: int
    affected_share: float
    mix: Floats
    mix_at_mean: Floats
    status_quo: Floats
    sentiment: Estimate
    status_quo_sentiment: float
    churn_uplift_points: Estimate
    revenue: RevenueChange
    revenue_at_risk: Estimate
    monthly_bill_dollars: float
    contributions: tuple[Contribution, ...]

    @property
    def gained(self) -> Action:
        """The action that gains most on the status quo, whatever customers mostly do."""
        return ACTIONS[gaining(self.mix, self.status_quo)]

    @property
    def likely_action(self) -> Action:
        """The most probable action; the first in the order of ACTIONS on a tie."""
        return ACTIONS[int(self.mix.argmax())]


def gaining(mix: Floats, status_quo: Floats) -> int:
    """The place of the action that gains most on the status quo."""
    return int((mix - status_quo).argmax())
