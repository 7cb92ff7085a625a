"""A value removal takes something away."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from domain.levers import ValueRemoval


def test_it_is_described_as_gone() -> None:
    assert ValueRemoval(name="Hulu", monthly_worth_dollars=8).describe() == "no more Hulu"


def test_what_is_taken_away_was_worth_something_or_nothing_but_no_less() -> None:
    with pytest.raises(ValidationError):
        ValueRemoval(name="Hulu", monthly_worth_dollars=-1)
