"""Marginals: whether a data set has the shares, bills and volumes its segments are known by.

From 100,000 customers on, shares may be off by half a point, bills and volumes by 3 %. Smaller sets
may be off by three standard errors more, because fewer customers scatter more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data_generator.customers.plans import PLAN_NAMES
from data_generator.customers.segments import ARPU_DOLLARS, PLANS, SEGMENT_IDS, SHARE

SHARE_TOLERANCE, RELATIVE_TOLERANCE = 0.005, 0.03
LARGE_SAMPLE = 100_000  # customers from which no sampling error is allowed
ROWS_PER_CUSTOMER = {  # the reference carrier's, and how much one customer's differ from it
    "monthly_usage": (9.29, 0.45),
    "support_interactions": (2.11, 0.95),
    "campaign_responses": (5.29, 0.60),
}


@dataclass(frozen=True, slots=True)
class Marginal:
    """A figure of the data set: what it is, should be, and how far off it may be."""

    name: str
    kind: str
    observed: float
    expected: float
    tolerance: float

    @property
    def deviates(self) -> bool:
        """Whether it is further off than it may be; so is one that cannot be computed."""
        return not abs(self.observed - self.expected) <= self.tolerance


def segment_marginals(rows: Sequence[tuple[int, int, float, float]]) -> Iterator[Marginal]:
    """From rows of segment (0 to 7), customers, mean and standard deviation of monthly ARPU."""
    customers = sum(count for _, count, _, _ in rows)
    observed = {segment: (count, mean, spread) for segment, count, mean, spread in rows}
    for segment, name in enumerate(SEGMENT_IDS):
        count, mean, spread = observed.get(segment, (0, float("nan"), 0.0))
        yield _share("segment", name, count, customers, SHARE[segment])
        arpu = ARPU_DOLLARS[segment]
        scatter = _sampling_error(spread, count, customers)
        yield Marginal(name, "ARPU", mean, arpu, RELATIVE_TOLERANCE * arpu + scatter)


def plan_marginals(count: dict[str, int]) -> Iterator[Marginal]:
    """From customers by plan name."""
    customers = sum(count.values())
    for plan, share in zip(PLAN_NAMES, np.array(SHARE) @ np.array(PLANS), strict=True):
        yield _share("plan", plan, count.get(plan, 0), customers, float(share))


def volume_marginals(rows: dict[str, int]) -> Iterator[Marginal]:
    """From rows by table."""
    customers = rows["customers"]
    for table, (per_customer, spread) in ROWS_PER_CUSTOMER.items():
        allowed = RELATIVE_TOLERANCE + _sampling_error(spread, customers, customers)
        observed = _ratio(rows[table], customers)
        yield Marginal(table, "volume", observed, per_customer, allowed * per_customer)


def _share(kind: str, name: str, count: int, customers: int, expected: float) -> Marginal:
    scatter = _sampling_error((expected * (1 - expected)) ** 0.5, customers, customers)
    return Marginal(name, kind, _ratio(count, customers), expected, SHARE_TOLERANCE + scatter)


def _ratio(count: int, customers: int) -> float:
    return count / customers if customers else float("nan")


def _sampling_error(spread: float, count: int, customers: int) -> float:
    """Three standard errors of a mean of `count`, nothing in large sets."""
    return 0.0 if customers >= LARGE_SAMPLE else 3 * spread / max(count, 1) ** 0.5
