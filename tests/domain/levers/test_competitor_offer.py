"""A competitor's offer is named by its price, its discount, or at least by the competitor."""

from __future__ import annotations

import pytest

from domain.levers import CompetitorOffer


@pytest.mark.parametrize(
    ("lever", "description"),
    [
        (CompetitorOffer(competitor="Pelican", price_dollars=45), "Pelican at $45 a month"),
        (CompetitorOffer(competitor="Pelican", discount_percent=20), "Pelican at 20 % off"),
        (CompetitorOffer(switching_bonus_dollars=200), "a new offer from a competitor"),
    ],
)
def test_it_is_described_by_what_is_known_of_it(lever: CompetitorOffer, description: str) -> None:
    assert lever.describe() == description
