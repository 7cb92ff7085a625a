"""Customers, a carrier and a model for the tests of the domain, all made up from a seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from domain.catalog import Carrier, Plan, SegmentProfile
from domain.choice.model import ChoiceModel
from domain.choice.part_worths import PRIOR
from domain.customers.respondents import FLOAT_COLUMNS, Respondents

PLANS = ("Brook", "River", "Ocean")
SEGMENTS = ("A", "B", "C")


@pytest.fixture(scope="session")
def carrier() -> Carrier:
    """Three plans, three segments, two rivals; nobody's real names."""
    return Carrier(
        name="Lagoon Mobile",
        tagline="Always afloat",
        headquarters="Nowhere",
        subscribers=1_000_000,
        market_share=0.1,
        monthly_churn=0.02,
        plans=(
            Plan(name="Brook", category="Prepaid", price_dollars=25, data_gb=2),
            Plan(name="River", category="Postpaid", price_dollars=55, data_gb=15),
            Plan(name="Ocean", category="Postpaid", price_dollars=95),
        ),
        segments=tuple(
            SegmentProfile(
                id=segment,
                name=f"Segment {segment}",
                tagline="As it comes",
                traits=("Plain",),
                signature={},
                given_names=("Robin",),
            )
            for segment in SEGMENTS
        ),
    )


@pytest.fixture(scope="session")
def draw_people() -> Callable[[int, int], Respondents]:
    """Draws n customers that differ in everything the choice model looks at."""
    return _draw_people


@pytest.fixture(scope="session")
def people() -> Respondents:
    return _draw_people(600, 7)


@pytest.fixture(scope="session")
def model(people: Respondents, carrier: Carrier) -> ChoiceModel:
    return ChoiceModel.calibrated(PRIOR, people, carrier)


def _draw_people(n: int, seed: int) -> Respondents:
    rng = np.random.default_rng(seed)
    plan = rng.integers(0, 3, n)
    columns = {name: rng.random(n).astype(np.float32) for name in FLOAT_COLUMNS}
    bill = np.array([25, 55, 95])[plan] * rng.uniform(0.8, 1.3, n)
    columns |= {
        "postpaid": (plan > 0).astype(np.float32),
        "monthly_bill_dollars": bill.astype(np.float32),
        "lines": rng.integers(1, 4, n).astype(np.float32),
        "satisfaction": rng.uniform(-1, 1, n).astype(np.float32),
        "tenure_months": rng.integers(0, 120, n).astype(np.float32),
        "contract_months_left": (rng.integers(0, 24, n) * (plan > 0)).astype(np.float32),
        "data_gb": rng.exponential(12, n).astype(np.float32),
        "data_allowance_gb": np.array([2, 15, 999], dtype=np.float32)[plan],
        "rural": rng.integers(0, 2, n).astype(np.float32),
        "complaints_12m": rng.poisson(0.4, n).astype(np.float32),
        "competitor_saving_dollars": rng.normal(0, 15, n).astype(np.float32),
        "rewards_member": rng.integers(0, 2, n).astype(np.float32),
    }
    return Respondents(
        segment_ids=SEGMENTS,
        plan_names=PLANS,
        state_codes=("MT", "TX"),
        segment=rng.integers(0, 3, n).astype(np.int16),
        plan=plan.astype(np.int16),
        state=rng.integers(0, 2, n).astype(np.int16),
        **columns,
    )
