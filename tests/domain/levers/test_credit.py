"""A credit is money back, once or in several bills."""

from __future__ import annotations

import pytest

from domain.levers import Credit


@pytest.mark.parametrize(
    ("lever", "description"),
    [
        (Credit(amount_dollars=20), "$20 back on the bill"),
        (Credit(amount_dollars=2.5, months=6), "$2.50 back on the bill for 6 months"),
    ],
)
def test_it_is_described_with_its_months(lever: Credit, description: str) -> None:
    assert lever.describe() == description
