"""Every kind of event has a place in the catalogue, attributes, outcomes and verbatims."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date
from typing import get_args

import numpy as np
import pytest

from data_generator.customers.population import Population
from data_generator.history.event_attributes import event_attributes, status_quo
from data_generator.history.event_outcomes import action_chances
from data_generator.history.event_types import EVENT_TYPES, EventKind
from data_generator.history.past_events import Event
from data_generator.text.reaction_verbatims import reaction_verbatim
from domain.levers import AnyLever

KINDS = get_args(EventKind)
NEVER_IN_THE_PAST = {"value_removal"}
DRAW = np.zeros(1, dtype=np.uint16)


@pytest.fixture(scope="module")
def people() -> Population:
    return Population(42, date(2026, 3, 1), 0, 1_000)


def test_the_kinds_are_those_of_levers() -> None:
    levers = get_args(get_args(AnyLever)[0])
    kinds = {lever.model_fields["kind"].default for lever in levers}
    assert set(KINDS) == kinds - NEVER_IN_THE_PAST


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_event_has_all_its_parts(people: Population, kind: str) -> None:
    event_types = [event_type for event_type in EVENT_TYPES if event_type.kind == kind]
    assert event_types
    for event_type in event_types:
        event = Event(0, event_type, date(2025, 3, 1), event_type.sizes[0])
        attributes = event_attributes(event, people)
        assert any(values.any() for values in astuple(attributes)), event_type.name
        baseline = action_chances(status_quo(people), people)
        assert (action_chances(attributes, people) != baseline).any(), event_type.name
        for change in (-0.1, 0.0, 0.1):
            texts = [reaction_verbatim(event_type, segment, change, DRAW) for segment in range(8)]
            assert len(set(texts)) == 8
