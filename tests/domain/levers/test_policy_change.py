"""A policy change makes the rules of an area tighter or looser."""

from __future__ import annotations

import pytest

from domain.levers import PolicyChange


@pytest.mark.parametrize(
    ("lever", "description"),
    [
        (
            PolicyChange(area="data_throttling", direction="tighter"),
            "tighter data throttling rules",
        ),
        (PolicyChange(direction="looser"), "looser account rules"),
    ],
)
def test_it_is_described_with_its_area(lever: PolicyChange, description: str) -> None:
    assert lever.describe() == description


def test_only_rules_of_one_area_are_alike() -> None:
    looser, tighter = (
        PolicyChange(area="fees", direction="looser").effect,
        PolicyChange(area="fees", direction="tighter").effect,
    )

    assert looser == (tighter.changed, not tighter.better)
    assert PolicyChange(area="autopay", direction="looser").effect.changed != looser.changed
