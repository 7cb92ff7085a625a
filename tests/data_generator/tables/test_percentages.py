from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data_generator.tables.percentages import HUNDRED_PERCENT, hundredths, percentages

weights = arrays(np.float64, (7, 5), elements=st.floats(0.001, 1e6))


@given(weights)
def test_shares_always_sum_to_exactly_one_hundred(drawn: np.ndarray[tuple[int, int]]) -> None:
    parts = hundredths(drawn)
    assert np.all(parts.sum(axis=1) == HUNDRED_PERCENT)
    assert np.all(parts >= 0)


@given(weights)
def test_no_share_is_off_by_a_whole_hundredth(drawn: np.ndarray[tuple[int, int]]) -> None:
    exact = drawn / drawn.sum(axis=1, keepdims=True) * HUNDRED_PERCENT
    assert np.abs(hundredths(drawn) - exact).max() < 1


def test_what_is_missing_goes_to_the_largest_remainders() -> None:
    assert hundredths(np.array([[1.0, 1.0, 1.0]])).tolist() == [[3334, 3333, 3333]]


def test_percentages_are_decimal_columns() -> None:
    columns = percentages(("own", "rent"), np.array([[2.0, 1.0]]))
    values = [float(column[0].as_py()) for column in columns.values()]
    assert values == pytest.approx([66.67, 33.33])
