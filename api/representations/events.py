"""Events: what clients who watch a simulation are sent, and the ids by which they go on later.

An id is twice the number of the call that ended last, so that it grows with every reaction, and
one more at the end: who has seen all of a simulation has seen its end or not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.sse import format_sse_event

from api.representations.bodies import reaction_item
from domain.simulations import CallRecord, Mark, Simulation

COME_BACK_MILLISECONDS = 2_000
RETRY = format_sse_event(retry=COME_BACK_MILLISECONDS)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a client is: the number of the last call it knows of, and whether it saw the end."""

    sequence: int = 0
    saw_end: bool = False

    @classmethod
    def of(cls, event_id: int) -> Place:
        """The place behind the event of this id."""
        return cls(event_id // 2, bool(event_id % 2))

    def nothing_left(self, mark: Mark) -> bool:
        """Whether there is nothing after it, for good."""
        return mark.state.final and self.saw_end and self.sequence == mark.sequence

    def within(self, mark: Mark) -> Place:
        """The same place, or the last there is: an id may be of another simulation."""
        return Place(min(self.sequence, mark.sequence))


@dataclass(frozen=True, slots=True)
class Page:
    """Events of calls that ended, as bytes, and the number of the last of them, 0 for none."""

    events: bytes
    last: int


def page_of(ended: Sequence[tuple[int, CallRecord]]) -> Page:
    """A reaction event for each call."""
    events = b"".join(
        format_sse_event(
            event="reaction", id=str(2 * number), data_str=reaction_item(record).model_dump_json()
        )
        for number, record in ended
    )
    return Page(events, ended[-1][0] if ended else 0)


def progress_event(simulation: Simulation, sequence: int) -> bytes:
    """How many calls are in which state."""
    counts = simulation.counts.model_dump()
    return _event("progress", 2 * sequence, progress=simulation.progress, counts=counts)


def state_event(simulation: Simulation, sequence: int) -> bytes:
    """The state it is in."""
    return _event("state", 2 * sequence, id=simulation.id, state=simulation.state)


def done_event(simulation: Simulation, sequence: int) -> bytes:
    """That nothing more will come, how it ended, and where the summary is."""
    return _event(
        "done",
        2 * sequence + 1,
        id=simulation.id,
        state=simulation.state,
        error=simulation.error and simulation.error.model_dump(),
        links={"self": f"/simulations/{simulation.id}"},
    )


def _event(name: str, event_id: int, **data: object) -> bytes:
    return format_sse_event(event=name, id=str(event_id), data_str=json.dumps(data))
