"""Simulations: scenarios put to a panel as durable jobs that clients start and poll."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated

from fastapi import APIRouter, Header, Query
from pydantic import Field
from starlette.responses import Response

from api.http.dependencies import (
    COUNTED_AS_STREAM,
    JSON,
    NDJSON,
    CallerOf,
    MediaTypeOf,
    Page,
    PageOf,
    PageWanted,
    ServicesOf,
    SimulationOf,
    bad_cursor,
    whole_pattern,
    write_cursor,
)
from api.http.lists import SimulationListed, ViewWanted, page_body, simulation_listed
from api.http.openapi import ACCEPTED, LISTED_OR_STREAMED, POLLED, problems
from api.http.permissions import READ, RUN
from api.http.streams import Stream
from api.http.waiting import PatienceOf
from api.operations.record_pages import reaction_lines
from api.representations.bodies import (
    ReactionItem,
    SimulationBody,
    SimulationBodyOut,
    as_the_client_wrote,
    reaction_item,
    simulation_out,
)
from api.representations.problems import bad_header, bad_query
from domain.errors import InvalidInput
from domain.simulations import (
    UNFIT_FOR_LABELS,
    Idempotency,
    Simulation,
    SimulationRequest,
    SimulationState,
)

POLL_SECONDS = 2
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
# A colon with something before and after it, found at the first place where one may be.
LABEL = re.compile(rf"[^{UNFIT_FOR_LABELS}][^:{UNFIT_FOR_LABELS}]*:[^{UNFIT_FOR_LABELS}]+")

IdempotencyKey = Annotated[
    Annotated[str, Field(json_schema_extra=whole_pattern(IDEMPOTENCY_KEY))] | None,
    Header(description="1 to 255 visible ASCII characters; makes a retry safe."),
]
LabelWanted = Annotated[str, Field(max_length=129, json_schema_extra=whole_pattern(LABEL))]

router = APIRouter(prefix="/simulations", tags=["Simulations"], responses=problems(422, 503))


@router.post(
    "",
    operation_id="start_simulation",
    dependencies=[RUN],
    summary="Start a simulation",
    status_code=202,
    responses={202: ACCEPTED, **problems(400, 408, 409, 413, 415, 429)},
)
async def start_simulation(
    body: SimulationBody,
    services: ServicesOf,
    caller: CallerOf,
    patience: PatienceOf,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> SimulationBodyOut:
    """Put scenarios to a panel. What this answers with 202 is on disk and survives a crash.

    Everything that can be checked is checked before. Poll the Location until it is `done`. With
    `wait` the answer comes when it is, or after so many seconds as the simulation is by then.
    """
    request = body.to_request()
    idempotency = _idempotency(idempotency_key, request)
    try:
        begun, replayed = await services.submit(request, idempotency, tenant=caller.tenant)
    except InvalidInput as error:
        raise as_the_client_wrote(error, body.written()) from error
    return accepted(await patience.waited(begun), response, replayed=replayed)


@router.get(
    "",
    operation_id="list_simulations",
    dependencies=[READ],
    summary="List the simulations",
    response_model=Page[SimulationListed],
)
def list_simulations(
    services: ServicesOf,
    caller: CallerOf,
    page: PageOf,
    state: Annotated[SimulationState | None, Query(description="Only this state.")] = None,
    label: Annotated[
        LabelWanted | None, Query(description="Only with this label: `name:value`.")
    ] = None,
    view: ViewWanted = "summary",
) -> Response:
    """Simulations, the newest first: how they stand, or with `view=full` all of them."""
    try:
        found, after = services.store.page(
            page.limit, page.after, state, _label(label), tenant=caller.tenant
        )
    except InvalidInput as error:
        raise bad_cursor() from error
    shown = Page[SimulationListed](
        items=[simulation_listed(simulation) for simulation in found],
        next_cursor=write_cursor(after) if after else None,
    )
    return Response(page_body(shown, view, SimulationListed), media_type=JSON)


@router.get(
    "/{simulation_id:simulation}",
    operation_id="get_simulation",
    dependencies=[READ],
    summary="Get a simulation",
    responses={200: POLLED, **problems(404, 410)},
)
def get_simulation(simulation: SimulationOf, response: Response) -> SimulationBodyOut:
    """How far a simulation is and, once it is final, its summary."""
    if not simulation.state.final:
        response.headers["Retry-After"] = str(POLL_SECONDS)
    return simulation_out(simulation)


@router.get(
    "/{simulation_id}/reactions",
    operation_id="list_reactions",
    dependencies=[READ, COUNTED_AS_STREAM],
    summary="List the reactions of a simulation",
    response_model=Page[ReactionItem],
    responses={200: LISTED_OR_STREAMED, **problems(404, 410, 429)},
)
def list_reactions(
    simulation: SimulationOf, services: ServicesOf, page: PageOf, media_type: MediaTypeOf
) -> Page[ReactionItem] | Response:
    """Every reaction asked for, by index, whatever its status; readable while it runs.

    With `Accept: application/x-ndjson` all of them, a line each, whatever the `limit`.
    """
    if media_type == NDJSON:
        return Stream(reaction_lines(services.store, simulation.id, _index(page)), NDJSON)
    records = services.store.records(simulation.id, page.limit + 1, _index(page))
    items = [reaction_item(record) for record in records[: page.limit]]
    more = len(records) > len(items)
    return Page(items=items, next_cursor=write_cursor(str(items[-1].index)) if more else None)


def accepted(
    simulation: Simulation, response: Response, *, replayed: bool = False
) -> SimulationBodyOut:
    """A simulation that was put on disk, and where and when to look for it."""
    response.headers["Location"] = f"/simulations/{simulation.id}"
    if not simulation.state.final:
        response.headers["Retry-After"] = str(POLL_SECONDS)
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return simulation_out(simulation)


def read_key(key: str | None) -> str | None:
    """The client's key; 422 on one that cannot be kept."""
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        detail = "must have 1 to 255 visible ASCII characters"
        raise bad_header("Idempotency-Key", detail, "bad_key")
    return key


def _idempotency(key: str | None, request: SimulationRequest) -> Idempotency | None:
    """The client's key with the hash of what it asks for, however it was written down."""
    if (key := read_key(key)) is None:
        return None
    canonical = json.dumps(request.model_dump(mode="json"), sort_keys=True)
    return Idempotency(key, hashlib.sha256(canonical.encode()).hexdigest())


def _label(text: str | None) -> str | None:
    if text is not None and LABEL.fullmatch(text) is None:
        raise bad_query("label", "must be name:value", "bad_label")
    return text


def _index(page: PageWanted) -> int:
    if page.after is None:
        return -1
    if not (page.after.isascii() and page.after.isdigit() and len(page.after) < 10):
        raise bad_cursor()
    return int(page.after)
