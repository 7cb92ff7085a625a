"""A network change is a gain, a loss or an outage, somewhere."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from domain.levers import NetworkChange


@pytest.mark.parametrize(
    ("lever", "description"),
    [
        (NetworkChange(coverage_points=5), "better coverage"),
        (NetworkChange(coverage_points=-5, where="rural"), "worse coverage in rural areas"),
        (
            NetworkChange(coverage_points=5, technology="5g", where="urban"),
            "better 5G in urban areas",
        ),
        (NetworkChange(outage_hours=4), "4 hours without service"),
    ],
)
def test_it_is_described_with_its_place(lever: NetworkChange, description: str) -> None:
    assert lever.describe() == description


def test_it_changes_something() -> None:
    with pytest.raises(ValidationError, match="give coverage_points or outage_hours"):
        NetworkChange(where="rural")


def test_an_outage_is_for_the_worse() -> None:
    assert not NetworkChange(outage_hours=4).effect.better
    assert NetworkChange(coverage_points=4).effect.better
