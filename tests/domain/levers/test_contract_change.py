"""A contract change binds customers for some months, or frees them."""

from __future__ import annotations

import pytest

from domain.levers import ContractChange


@pytest.mark.parametrize(
    ("lever", "description", "better"),
    [
        (ContractChange(months=24), "a 24-month contract", False),
        (ContractChange(months=0), "no contract any more", True),
    ],
)
def test_no_months_at_all_are_freedom(
    lever: ContractChange, description: str, better: bool
) -> None:
    assert (lever.describe(), lever.effect.better) == (description, better)
