from __future__ import annotations

import numpy as np
import pytest

from domain.catalog import Carrier
from domain.choice import segment_baselines as crowds
from domain.choice.model import ChoiceModel
from domain.choice.segment_baselines import Crowd, Crowds
from domain.customers.respondents import Respondents


class Counted:
    """Makes crowds of everybody, and knows how many."""

    def __init__(self, model: ChoiceModel, people: Respondents, carrier: Carrier) -> None:
        self.made = 0
        self._crowd = Crowd.of(model, people, carrier)

    def __call__(self) -> Crowd:
        self.made += 1
        return self._crowd


@pytest.fixture
def make(model: ChoiceModel, people: Respondents, carrier: Carrier) -> Counted:
    return Counted(model, people, carrier)


def test_a_segments_crowd_is_worked_out_once(
    make: Counted, model: ChoiceModel, people: Respondents
) -> None:
    known = Crowds()

    asked = [known.of(segment, model, people, make) for segment in ("S1", "S1", "S2", "S1")]

    assert make.made == 2
    assert asked[0].people is people
    np.testing.assert_allclose(asked[0].group.usual.sum(axis=0), 1.0)


def test_crowds_of_a_build_that_is_gone_are_not_asked_again(
    make: Counted, model: ChoiceModel, people: Respondents
) -> None:
    known = Crowds()
    known.of("S1", model, people, make)

    known.of("S1", ChoiceModel(model.part_worths, model.constants), people, make)
    known.of("S1", model, people.where(np.arange(len(people))), make)

    assert make.made == 3


def test_no_more_customers_are_kept_than_there_is_room_for(
    make: Counted, model: ChoiceModel, people: Respondents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowds, "MOST_KEPT", len(people) + 1)
    known = Crowds()

    for segment in ("S1", "S2", "S1", "S2"):
        known.of(segment, model, people, make)

    assert make.made == 3  # S1 once, S2 whenever it is asked
