from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from pydantic import TypeAdapter

from data_generator.carrier import reference_carrier
from data_generator.history.event_types import EVENT_TYPES
from data_generator.history.past_events import YEARS, Event, past_events
from domain.lever_parsing.parser import read_levers
from domain.levers import AnyLever

AS_OF = date(2026, 3, 1)
EVENTS = past_events(42, AS_OF)
LEVER: TypeAdapter[AnyLever] = TypeAdapter(AnyLever)


def test_sixty_events_and_more_lie_in_the_four_years_before_the_as_of_day() -> None:
    assert len(EVENTS) >= 60
    assert len({event.id for event in EVENTS}) == len(EVENTS)
    assert all(date(2022, 3, 1) <= event.day < AS_OF for event in EVENTS)
    assert list(EVENTS) == sorted(EVENTS, key=lambda event: event.day)


def test_every_move_is_made_in_every_year_and_in_several_sizes() -> None:
    made = Counter(event.event_type.name for event in EVENTS)
    assert set(made.values()) == {YEARS}
    for event_type in EVENT_TYPES:
        assert len(set(event_type.sizes)) == (
            2 if event_type.size_field == "direction" else YEARS
        ), event_type.name


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.id)
def test_what_customers_were_told_is_read_as_what_was_done(event: Event) -> None:
    reading = read_levers(event.text, reference_carrier())
    read = [lever.model_dump(exclude={"read_from"}) for lever in reading.levers]
    assert read == [LEVER.validate_python(event.lever).model_dump(exclude={"read_from"})]
    assert reading.category == event.event_type.category


def test_another_seed_moves_the_days_and_another_as_of_day_all_of_them() -> None:
    assert [event.day for event in past_events(7, AS_OF)] != [event.day for event in EVENTS]
    later = past_events(42, date(2027, 3, 1))
    assert [event.day.year for event in later] == [event.day.year + 1 for event in EVENTS]
