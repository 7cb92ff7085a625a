"""Events of a simulation as they happen, over server-sent events."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from api.http.dependencies import (
    COUNTED_AS_STREAM,
    EVENT_STREAM,
    ServicesOf,
    SimulationOf,
    whole_pattern,
)
from api.http.openapi import NOTHING_LEFT, STREAMED, problems
from api.http.permissions import READ
from api.http.streams import Stream
from api.representations.events import Place
from api.representations.problems import bad_header
from domain.simulations import Mark

EVENT_ID = re.compile(r"[0-9]{0,18}")  # browsers send none as nothing

LastEventId = Annotated[
    Annotated[str, Field(json_schema_extra=whole_pattern(EVENT_ID))] | None,
    Header(description="Id of the last event seen; only what came after it is sent."),
]

router = APIRouter(prefix="/simulations", tags=["Simulations"], responses=problems(422, 503))


@router.get(
    "/{simulation_id}/events",
    operation_id="watch_simulation",
    dependencies=[READ, COUNTED_AS_STREAM],
    summary="Watch a simulation",
    response_class=StreamingResponse,
    response_model=None,
    responses={200: STREAMED, 204: NOTHING_LEFT, **problems(404, 410, 429)},
)
async def watch_simulation(
    simulation: SimulationOf,
    services: ServicesOf,
    last_event_id: LastEventId = None,
) -> Response:
    """Server-sent events, from the first reaction on, until the simulation is final.

    `state` and `progress` tell how it stands, `reaction` has one reaction, `done` is the last. Ids
    never fall, and any process of the service goes on behind any of them. A comment is sent every
    15 seconds when nothing else is. Who comes back after `done` is told with 204 to stop. A caller
    who has as many streams open as it may gets 429; polling costs none.
    """
    place = _place(last_event_id)
    marks = await run_in_threadpool(services.store.marks, [simulation.id])
    mark = marks.get(simulation.id, Mark(simulation.state, 0))
    if place.nothing_left(mark):
        return Response(status_code=204)
    events = services.watches.events(simulation.id, place.within(mark))
    return Stream(events, EVENT_STREAM)


def _place(event_id: str | None) -> Place:
    if not event_id:
        return Place()
    if not EVENT_ID.fullmatch(event_id):
        raise bad_header("Last-Event-ID", "not an id of these events", "bad_event_id")
    return Place.of(int(event_id))
