"""Estimates: what a simulation will take, asked before it is started."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from fastapi import APIRouter

from api.http.dependencies import CallerOf, ServicesOf
from api.http.openapi import problems
from api.http.permissions import READ
from api.representations.bodies import SimulationBody, as_the_client_wrote
from api.services import Services
from domain.callers import Caller
from domain.errors import InvalidInput
from domain.reactions import Engine
from domain.simulations import (
    Call,
    Range,
    RunEstimate,
    SimulationRequest,
    SimulationState,
    cost_of,
    estimate_tokens,
)

LOOKED_AT = 20  # the newest simulations, of which one with the same engine tells how long it takes
RECORDS = 50
NOTHING = Range(low=0, expected=0, high=0)

router = APIRouter(prefix="/simulations", tags=["Simulations"], responses=problems(422, 503))


@router.post(
    "/estimate",
    operation_id="estimate_simulation",
    dependencies=[READ],
    summary="Estimate a simulation",
    responses=problems(400, 408, 413, 415),
)
def estimate_simulation(
    body: SimulationBody, services: ServicesOf, caller: CallerOf
) -> RunEstimate:
    """What this body would take as a simulation. It is checked as that would be; nothing runs."""
    try:
        return estimate(services, caller, body.to_request())
    except InvalidInput as error:
        raise as_the_client_wrote(error, body.written()) from error


def estimate(services: Services, caller: Caller, request: SimulationRequest) -> RunEstimate:
    """The estimate of a request. Raises what planning it would raise."""
    plan = services.plan(request)
    calls = plan.calls
    model = services.reaction_model(request.engine)
    tokens = _tokens(services, request, calls) if model.asks else (NOTHING, NOTHING, NOTHING)
    price = services.price
    return RunEstimate(
        engine=model.engine,
        model=model.asks,
        reactions=len(calls),
        model_calls=tokens[0],
        input_tokens=tokens[1],
        output_tokens=tokens[2],
        cost_dollars=cost_of(tokens[1], tokens[2], price) if price else None,
        seconds=_seconds(services, caller, model.engine, len(calls)),
        left_out=plan.left_out,
    )


def _tokens(
    services: Services, request: SimulationRequest, calls: Sequence[Call]
) -> tuple[Range, Range, Range]:
    return estimate_tokens(request, calls, services.customers)


def _seconds(services: Services, caller: Caller, engine: Engine, reactions: int) -> float | None:
    """From the caller's newest simulation of the engine: the rate at which its reactions came."""
    newest, _ = services.store.page(
        LOOKED_AT, state=SimulationState.SUCCEEDED, tenant=caller.tenant
    )
    for simulation in newest:
        records = services.store.records(simulation.id, RECORDS)
        latencies = [
            record.latency_ms / 1000
            for record in records
            if record.latency_ms and record.reaction and record.reaction.provenance.engine == engine
        ]
        if latencies:
            at_once = min(services.settings.concurrency, simulation.counts.total)
            return round(max(median(latencies), reactions * median(latencies) / at_once), 3)
    return None
