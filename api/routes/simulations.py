"""Simulations: scenarios put to a panel as durable jobs that clients start and poll."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from api.bootstrap import Services
from api.dependencies import (
    Page,
    PageOf,
    PageWanted,
    ServicesOf,
    bad_cursor,
    write_cursor,
)
from api.openapi import ACCEPTED, POLLED, problems
from api.problems import bad_header, bad_query
from api.schemas import (
    ReactionItem,
    SimulationBody,
    SimulationBodyOut,
    as_the_client_wrote,
    reaction_item,
    simulation_out,
)
from domain.errors import InvalidInput, NotFound
from domain.simulations import Idempotency, Simulation, SimulationRequest, SimulationState

POLL_SECONDS = 2
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")

router = APIRouter(prefix="/simulations", tags=["Simulations"], responses=problems(422, 503))


@router.post(
    "",
    operation_id="start_simulation",
    summary="Start a simulation",
    status_code=202,
    responses={202: ACCEPTED, **problems(400, 408, 409, 413, 415, 429)},
)
async def start_simulation(
    body: SimulationBody,
    services: ServicesOf,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(description="1 to 255 visible ASCII characters; makes a retry safe."),
    ] = None,
) -> SimulationBodyOut:
    """Put scenarios to a panel. What this answers with 202 is on disk and survives a crash.

    Everything that can be checked is checked before. Poll the Location until the state is final.
    """
    request = body.to_request()
    idempotency = _idempotency(idempotency_key, request)
    try:
        simulation, replayed = await services.submit(request, idempotency)
    except InvalidInput as error:
        raise as_the_client_wrote(error, _written(body)) from error
    response.headers["Location"] = f"/simulations/{simulation.id}"
    response.headers["Retry-After"] = str(POLL_SECONDS)
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return simulation_out(simulation)


@router.get("", operation_id="list_simulations", summary="List the simulations")
def list_simulations(
    services: ServicesOf,
    page: PageOf,
    state: Annotated[SimulationState | None, Query(description="Only this state.")] = None,
    label: Annotated[
        str | None, Query(max_length=129, description="Only with this label: `name:value`.")
    ] = None,
) -> Page[SimulationBodyOut]:
    """Simulations, the newest first."""
    try:
        found, after = services.store.page(page.limit, page.after, state, _label(label))
    except InvalidInput as error:
        raise bad_cursor() from error
    items = [simulation_out(simulation) for simulation in found]
    return Page(items=items, next_cursor=write_cursor(after) if after else None)


@router.get(
    "/{simulation_id}",
    operation_id="get_simulation",
    summary="Get a simulation",
    responses={200: POLLED, **problems(404)},
)
def get_simulation(
    simulation_id: str, services: ServicesOf, response: Response
) -> SimulationBodyOut:
    """How far a simulation is and, once it is final, its summary."""
    simulation = _found(services, simulation_id)
    if not simulation.state.final:
        response.headers["Retry-After"] = str(POLL_SECONDS)
    return simulation_out(simulation)


@router.get(
    "/{simulation_id}/reactions",
    operation_id="list_reactions",
    summary="List the reactions of a simulation",
    responses=problems(404),
)
def list_reactions(simulation_id: str, services: ServicesOf, page: PageOf) -> Page[ReactionItem]:
    """Every reaction asked for, by index, whatever its status; readable while it runs."""
    _found(services, simulation_id)
    records = services.store.records(simulation_id, page.limit + 1, _index(page))
    items = [reaction_item(record) for record in records[: page.limit]]
    more = len(records) > len(items)
    return Page(items=items, next_cursor=write_cursor(str(items[-1].index)) if more else None)


def _written(body: SimulationBody) -> dict[str, str]:
    return {"/scenarios/0": "/scenario"} if body.scenario else {}


def _idempotency(key: str | None, request: SimulationRequest) -> Idempotency | None:
    """The client's key with the hash of what it asks for, however it was written down."""
    if key is None:
        return None
    if not IDEMPOTENCY_KEY.fullmatch(key):
        detail = "must have 1 to 255 visible ASCII characters"
        raise bad_header("Idempotency-Key", detail, "bad_key")
    canonical = json.dumps(request.model_dump(mode="json"), sort_keys=True)
    return Idempotency(key, hashlib.sha256(canonical.encode()).hexdigest())


def _label(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    name, colon, value = text.partition(":")
    if not (name and colon and value):
        raise bad_query("label", "must be name:value", "bad_label")
    return name, value


def _found(services: Services, simulation_id: str) -> Simulation:
    simulation = services.store.get(simulation_id)
    if simulation is None:
        raise NotFound("simulation", "list them with GET /simulations")
    return simulation


def _index(page: PageWanted) -> int:
    if page.after is None:
        return -1
    if not (page.after.isascii() and page.after.isdigit() and len(page.after) < 10):
        raise bad_cursor()
    return int(page.after)
