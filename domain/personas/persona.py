"""Persona: the agent that speaks for a segment, grounded in the segment's own figures and words."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field

from domain.errors import NotFound
from domain.values import Figure, SegmentId, Share, Value

UNKNOWN = "not known"  # what a text of a persona says where the data say nothing
PERSONA_NAMESPACE = uuid.UUID("6f3b1d0e-7a55-4d0b-9a55-0d5c1f7b2c11")


def persona_id(carrier_name: str, segment_id: str) -> str:
    """Identifier of the persona of a segment: the same for every rebuild of the same carrier."""
    return f"per_{uuid.uuid5(PERSONA_NAMESPACE, f'{carrier_name}/{segment_id}').hex[:16]}"


class Identity(Value):
    """Who speaks: a given name, not a real customer, with the segment's typical age and place.

    The age is null where nobody's is known.
    """

    name: str
    age: Annotated[int, Field(ge=18, le=120)] | None = None
    place: str
    tagline: str

    @property
    def introduction(self) -> str:
        """Name, age and place, as far as they are known: "Robin, about 34, from Denver"."""
        aged = "" if self.age is None else f", about {self.age}"
        return self.name + aged + ("" if self.place == UNKNOWN else f", from {self.place}")


class Composite(Value):
    """The typical customer of the segment in words a marketer would put on a slide."""

    age_range: str
    gender: str
    household_income: str
    household: str
    geography: str
    plan: str
    contract: str
    tenure: str
    arpu: str
    device: str


class Profile(Value):
    """How the segment uses the service and what moves it."""

    usage: str
    channels: tuple[str, ...]
    price_sensitivity: str
    loyalty: str
    pain_points: tuple[str, ...]
    value_drivers: tuple[str, ...]


class HotButtons(Value):
    """What makes the persona happy, what makes it angry, what it does not care about."""

    happy: tuple[str, ...]
    angry: tuple[str, ...]
    ignores: tuple[str, ...]


class Narrative(Value):
    """The persona in prose, composed from statistics; `sample_quotes` are customers' words."""

    background: str
    relationship_with_service: str
    financial_mindset: str
    communication_style: str
    decision_style: str
    emotional_triggers: tuple[str, ...]
    hot_buttons: HotButtons
    sample_quotes: tuple[str, ...]


class Persona(Value):
    """A persona. `version` grows by one whenever a rebuild changes anything but the version."""

    persona_id: str
    segment_id: SegmentId
    segment_name: str
    share: Share
    customers: Annotated[int, Field(ge=0)]
    identity: Identity
    composite: Composite
    profile: Profile
    narrative: Narrative
    statistics: dict[str, Figure]
    version: Annotated[int, Field(ge=1)]
    as_of: str
    written_by: str


@dataclass(frozen=True, slots=True)
class PersonaVersion:
    """A persona as it was kept: `definition` is its JSON, whichever version of ours wrote it."""

    persona_id: str
    version: int
    definition: str

    @classmethod
    def of(cls, persona: Persona) -> Self:
        """The persona as it will be kept."""
        return cls(persona.persona_id, persona.version, persona.model_dump_json())


def find_persona(personas: Sequence[Persona], persona_or_segment_id: str) -> Persona:
    """The persona of this id, or the one that speaks for the segment of this id.

    Raises NotFound, naming the ids there are.
    """
    for persona in personas:
        if persona_or_segment_id in (persona.persona_id, persona.segment_id):
            return persona
    known = ", ".join(f"{p.segment_id} ({p.persona_id})" for p in personas)
    raise NotFound("persona", f"use one of {known}" if known else "build personas first")
