"""Listed: what a list shows of each item, a summary or, with `?view=full`, all of it.

An item is one model, with what every view has and, optional, what only the whole has: so a client
that was generated from the document need not choose between two.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from api.http.dependencies import Item, Page
from api.representations.bodies import CallCounts, SimulationBodyOut, simulation_out
from api.representations.links import SimulationLinks
from domain.personas import Composite, Identity, Narrative, Profile
from domain.reactions import Engine
from domain.simulations import (
    Budget,
    Failure,
    Labels,
    LeftOut,
    Replay,
    Simulation,
    SimulationRequest,
    SimulationState,
    Spent,
    Summary,
)
from domain.values import Figure, SegmentId, Share

LONGEST_TITLE = 120  # characters; chosen: a line of a list

Whole = TypeVar("Whole")
InFull = Annotated[Whole | None, Field(default=None, description="With `?view=full` only.")]

View = Literal["summary", "full"]
ViewWanted = Annotated[
    View,
    Query(description="summary: what a list needs; full: each item as its own address has it."),
]


class PersonaListed(BaseModel):
    """A persona in a list; what it is made of stands at its own address."""

    persona_id: str
    segment_id: SegmentId
    segment_name: str
    share: Share
    customers: int
    identity: Identity
    version: int
    as_of: str
    composite: InFull[Composite]
    profile: InFull[Profile]
    narrative: InFull[Narrative]
    statistics: InFull[dict[str, Figure]]
    written_by: InFull[str]


class SegmentListed(BaseModel):
    """A segment in a list; its figures stand at its own address."""

    id: SegmentId
    name: str
    tagline: str
    customers: int
    share: Share
    as_of: str
    traits: InFull[tuple[str, ...]]
    statistics: InFull[dict[str, Figure]]
    typical: InFull[dict[str, str]]


class SimulationListed(BaseModel):
    """A simulation in a list; what was asked and what came of it stand at `links.self`."""

    id: str
    state: SimulationState
    done: bool
    title: str = Field(description=f"The first {LONGEST_TITLE} characters of its first scenario.")
    scenario_count: int
    engine: Engine | None
    labels: Labels
    counts: CallCounts
    progress: Annotated[float, Field(ge=0, le=1)]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: Failure | None
    links: SimulationLinks
    request: InFull[SimulationRequest]
    summary: InFull[Summary]
    budget: InFull[Budget]
    spent: InFull[Spent]
    replay: InFull[Replay]
    left_out: InFull[tuple[LeftOut, ...]]


def simulation_listed(simulation: Simulation) -> SimulationListed:
    """A simulation as a list has it, whole."""
    request, shown = simulation.request, simulation_out(simulation)
    text = request.scenarios[0].text
    return SimulationListed(
        title=text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1]}…",
        scenario_count=len(request.scenarios),
        engine=request.engine,
        labels=request.labels,
        **{name: getattr(shown, name) for name in SimulationBodyOut.model_fields},
    )


def page_body(page: Page[Item], view: View, listed: type[BaseModel]) -> bytes:
    """The JSON of a page whose items are wholes, and `listed` what lists show of them."""
    if view == "full":
        return page.model_dump_json().encode()
    shown = {name for name, field in listed.model_fields.items() if field.is_required()}
    return page.model_dump_json(include={"items": {"__all__": shown}, "next_cursor": True}).encode()


def body_of(whole: BaseModel) -> bytes:
    """The JSON of one item, all of it."""
    return whole.model_dump_json().encode()
