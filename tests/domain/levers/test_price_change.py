"""A price change says by how much, for whom and how often."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from domain.levers import PriceChange


@pytest.mark.parametrize(
    ("lever", "description"),
    [
        (PriceChange(amount_dollars=5), "$5 more a month"),
        (PriceChange(amount_dollars=-2.5, per_line=True), "$2.50 less per line a month"),
        (PriceChange(percent=5), "5 % more a month"),
        (PriceChange(amount_dollars=20, recurring=False), "$20 more, once"),
        (PriceChange(amount_dollars=5, plans=("River",)), "$5 more a month on River"),
        (
            PriceChange(amount_dollars=5, plans=("Brook", "River", "Ocean")),
            "$5 more a month on Brook, River and Ocean",
        ),
    ],
)
def test_it_is_described_with_its_size_and_scope(lever: PriceChange, description: str) -> None:
    assert lever.describe() == description


@pytest.mark.parametrize(
    "sizes", [{}, {"amount_dollars": 5.0, "percent": 5.0}], ids=["none", "two"]
)
def test_it_has_exactly_one_size(sizes: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="exactly one of amount_dollars and percent"):
        PriceChange.model_validate(sizes)


def test_a_cut_is_the_opposite_of_a_rise() -> None:
    rise, cut = PriceChange(percent=5).effect, PriceChange(amount_dollars=-5).effect

    assert rise.changed == cut.changed
    assert (rise.better, cut.better) == (False, True)
