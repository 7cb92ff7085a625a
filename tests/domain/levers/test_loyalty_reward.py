"""A loyalty reward is worth something once, to those who have stayed long enough."""

from __future__ import annotations

from domain.levers import LoyaltyReward


def test_it_is_described_with_its_worth() -> None:
    lever = LoyaltyReward(worth_dollars=100, min_tenure_months=24)

    assert lever.describe() == "a $100 reward for staying"


def test_it_is_for_everybody_unless_it_says_for_whom() -> None:
    assert LoyaltyReward(worth_dollars=100).min_tenure_months == 0
