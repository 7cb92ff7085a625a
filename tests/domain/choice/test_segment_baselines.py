from __future__ import annotations

import numpy as np
import pytest

from domain.catalog import Carrier
from domain.choice import segment_baselines
from domain.choice.model import ChoiceModel
from domain.choice.segment_baselines import SegmentBaseline, SegmentBaselines
from domain.customers.respondents import Respondents


class Counted:
    """Makes baselines of everybody, and knows how many."""

    def __init__(self, model: ChoiceModel, people: Respondents, carrier: Carrier) -> None:
        self.made = 0
        self._baseline = SegmentBaseline.of(model, people, carrier)

    def __call__(self) -> SegmentBaseline:
        self.made += 1
        return self._baseline


@pytest.fixture
def make(model: ChoiceModel, people: Respondents, carrier: Carrier) -> Counted:
    return Counted(model, people, carrier)


def test_a_segments_baseline_is_worked_out_once(
    make: Counted, model: ChoiceModel, people: Respondents
) -> None:
    known = SegmentBaselines()

    asked = [known.of(segment, model, people, make) for segment in ("S1", "S1", "S2", "S1")]

    assert make.made == 2
    assert asked[0].people is people
    np.testing.assert_allclose(asked[0].status_quo.chances.sum(axis=0), 1.0)


def test_baselines_of_a_build_that_is_gone_are_not_used_again(
    make: Counted, model: ChoiceModel, people: Respondents
) -> None:
    known = SegmentBaselines()
    known.of("S1", model, people, make)

    known.of("S1", ChoiceModel(model.part_worths, model.constants), people, make)
    known.of("S1", model, people.where(np.arange(len(people))), make)

    assert make.made == 3


def test_no_more_customers_are_cached_than_there_is_room_for(
    make: Counted, model: ChoiceModel, people: Respondents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_baselines, "MOST_CUSTOMERS", len(people) + 1)
    known = SegmentBaselines()

    for segment in ("S1", "S2", "S1", "S2"):
        known.of(segment, model, people, make)

    assert make.made == 3  # S1 once, S2 whenever it is asked
