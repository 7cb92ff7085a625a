"""A value add is something on top, and the opposite of a removal."""

from __future__ import annotations

from domain.levers import ValueAdd, ValueRemoval


def test_it_is_described_as_free() -> None:
    assert ValueAdd(name="Hulu", monthly_worth_dollars=8).describe() == "Hulu at no extra charge"


def test_it_is_the_opposite_of_a_removal() -> None:
    added = ValueAdd(name="Hulu", monthly_worth_dollars=8).effect
    removed = ValueRemoval(name="Hulu", monthly_worth_dollars=8).effect

    assert added.changed == removed.changed
    assert (added.better, removed.better) == (True, False)
