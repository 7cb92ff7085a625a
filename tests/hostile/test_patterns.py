"""No text can make a regular expression of ours take more than time in proportion to its length."""

from __future__ import annotations

import pytest

from tests.hostile.pattern_sources import strays
from tests.hostile.patterns import Made, all_patterns, growth
from tests.long import in_the_long_run

MOST_GROWTH = 2.5  # times the CPU for a text of twice the length

# Taken from reports of expressions that were brought down, one or two of each shape.
BAD = [
    r"^(a+)+$",
    r"^(a|aa)+$",
    r"^(?:a|a?)+$",
    r"^([a-zA-Z]+)*$",
    r"(.*a){12}$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"\s+$",
    r"^\W*(?:hi|hello)?\W*(?:there)?\W*$",
    r"\s*\^\s*",
    r"<!--.*-->x",
    r"^(\w+\s?)*$",
    r"[^\x00]*[^\x00 ][^\x00]*$",
    r"^[^:]+:[^:]*:?[^:]*:?[^:]*$",
    r"(?:\d+,?)+;",
    r"^(?:(?:\"[^\"]*\"|'[^']*')\s*)*\s*$x?!",
    r"^\s*([^#]*?)\s*(?:#.*)?!$",
]
GOOD = [
    r"\s++$",
    r"^\W*+(?:hi|hello)?\W*+(?:there)?\W*+$",
    r"\bwhat (?:\w{1,12} ){0,3}if\b",
    r"^(?:[A-Za-z0-9_-]{4})*[A-Za-z0-9_-]{2,4}$",
    r"\b(?:no|without)\b(?! doubt)",
]


@in_the_long_run
def test_every_pattern_takes_time_in_proportion_to_the_text() -> None:
    found = {made: growth(made) for made in all_patterns()}
    assert len(found) > 150  # nothing hides
    slow = {made.where: grown for made, grown in found.items() if grown[0] > MOST_GROWTH}
    assert not slow


def test_no_pattern_is_made_where_that_test_would_not_see_it() -> None:
    assert strays() == []


@in_the_long_run
@pytest.mark.parametrize("pattern", BAD)
def test_a_pattern_that_can_be_brought_down_is_found(pattern: str) -> None:
    assert growth(Made("here", pattern))[0] > MOST_GROWTH


@in_the_long_run
@pytest.mark.parametrize("pattern", GOOD)
def test_a_pattern_that_cannot_is_left_alone(pattern: str) -> None:
    assert growth(Made("here", pattern))[0] <= MOST_GROWTH
