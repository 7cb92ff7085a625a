"""Customer base: what one build holds, as engines and plans look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.catalog import Carrier
from domain.customers import Respondents, Segment
from domain.personas.persona import Persona
from domain.reactions import Evidence


class CustomerBase(Protocol):
    """What the service knows of customers, frozen at one build of the data.

    Raises DatasetMissing when nothing has been built and Unavailable when it cannot be read.
    """

    @property
    def version(self) -> str:
        """The name of the build that is live now."""
        ...

    @property
    def as_of(self) -> str:
        """The day the data describe, ISO 8601."""
        ...

    @property
    def carrier(self) -> Carrier:
        """Whose customers they are, as the build was told."""
        ...

    def plans(self) -> Mapping[str, int]:
        """Customers by the plan that the data say they are on, in the order of the names."""
        ...

    def segments(self) -> Sequence[Segment]:
        """Every segment, ordered by id."""
        ...

    def personas(self) -> Sequence[Persona]:
        """The newest version of every persona, ordered by segment id."""
        ...

    def respondents(self) -> Respondents:
        """Every customer, ordered by customer id."""
        ...

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        """Words of the segment's customers fit to be quoted, most representative first."""
        ...

    def past_reactions(self, segment_id: str) -> Sequence[Evidence]:
        """What the segment did about past events, newest first; nothing without a history."""
        ...
