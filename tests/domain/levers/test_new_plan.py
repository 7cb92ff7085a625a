"""A new plan has a price and, unless unlimited, an allowance."""

from __future__ import annotations

import pytest

from domain.levers import NewPlan


@pytest.mark.parametrize(
    ("lever", "description"),
    [
        (NewPlan(name="Horizon", price_dollars=65, data_gb=30), "Horizon for $65 with 30 GB"),
        (NewPlan(price_dollars=64.99), "the new plan for $64.99"),
    ],
)
def test_it_is_described_with_its_price(lever: NewPlan, description: str) -> None:
    assert lever.describe() == description
