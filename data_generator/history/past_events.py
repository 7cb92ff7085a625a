"""Past events: what the carrier and its rivals did in the four years before the as-of day.

Each type of event comes once a year, each time in another size and not in the order of the sizes,
so that the effect of a size is not that of a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from data_generator.draws import Draws
from data_generator.history.event_types import EVENT_TYPES, EventType, LeverFields

YEARS = 4
MAX_DELAY_DAYS = 14  # an event comes up to this many days later, by the seed


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a type. `number` counts events by their place in the catalogue."""

    number: int
    event_type: EventType
    day: date
    size: float

    @property
    def id(self) -> str:
        """Unique: no type comes twice in a calendar month."""
        return f"{self.day:%Y-%m}-{self.event_type.name}"

    @property
    def text(self) -> str:
        """What was announced to customers."""
        return self.event_type.text.replace("{size}", self._size_text)

    @property
    def lever(self) -> LeverFields:
        """The event in the fields of its kind in domain/levers."""
        size: str | float = self.size
        if self.event_type.size_field == "direction":
            size = "tighter" if self.size < 0 else "looser"
        kind: LeverFields = {"kind": self.event_type.kind}
        return kind | self.event_type.lever | {self.event_type.size_field: size}

    @property
    def _size_text(self) -> str:
        if self.event_type.size_field == "direction":
            return "stricter" if self.size < 0 else "looser"
        return f"{abs(self.size):g}"


def past_events(seed: int, as_of: date) -> tuple[Event, ...]:
    """Every event of the four years before the as-of day, oldest first."""
    draws = Draws(seed, "moves")  # a name that the bytes of every seed depend on
    numbers = np.arange(YEARS * len(EVENT_TYPES), dtype=np.uint64)
    later = (draws.uint16("day", numbers).astype(np.int64) * MAX_DELAY_DAYS >> 16).tolist()
    events = [
        Event(
            number=number,
            event_type=EVENT_TYPES[number // YEARS],
            day=_day(as_of, number % YEARS, EVENT_TYPES[number // YEARS].day + later[number]),
            size=EVENT_TYPES[number // YEARS].sizes[number % YEARS],
        )
        for number in numbers.tolist()
    ]
    return tuple(sorted(events, key=lambda event: (event.day, event.number)))


def _day(as_of: date, year: int, day: int) -> date:
    """A day of one of the four years, each of 365 days, that end on the day before the as-of."""
    return as_of - timedelta(days=365 * (YEARS - year) - day)
