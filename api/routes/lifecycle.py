"""The life of a simulation after it was accepted: cancelled, retried, replayed, deleted."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from api.http.dependencies import ServicesOf, SimulationOf, simulation_now
from api.http.openapi import ACCEPTED, POLLED, problems
from api.http.permissions import RUN
from api.representations.bodies import RetryBody, SimulationBodyOut, simulation_out
from api.routes.simulations import POLL_SECONDS, IdempotencyKey, accepted, read_key
from domain.simulations import Idempotency

router = APIRouter(
    prefix="/simulations", tags=["Simulations"], responses=problems(404, 410, 422, 503)
)


@router.post(
    "/{simulation_id}/cancel",
    operation_id="cancel_simulation",
    dependencies=[RUN],
    summary="Cancel a simulation",
    status_code=202,
    responses={202: POLLED},
)
async def cancel_simulation(
    simulation: SimulationOf, services: ServicesOf, response: Response
) -> SimulationBodyOut:
    """No reaction is begun any more; those under way are stopped, wherever they run.

    What was had stays readable, summarized once the state is `cancelled`. To cancel again, or what
    is final already, changes nothing.
    """
    cancelled = await asyncio.to_thread(services.store.cancel, simulation.id)
    services.supervisor.wake()
    now = simulation_now(cancelled)
    if not now.state.final:
        response.headers["Retry-After"] = str(POLL_SECONDS)
    return simulation_out(now)


@router.post(
    "/{simulation_id}/retry",
    operation_id="retry_simulation",
    dependencies=[RUN],
    summary="Retry what was not had",
    status_code=202,
    responses={202: ACCEPTED, **problems(400, 408, 409, 413, 415, 429)},
)
async def retry_simulation(
    simulation: SimulationOf,
    services: ServicesOf,
    response: Response,
    body: RetryBody | None = None,
) -> SimulationBodyOut:
    """Reactions that failed or were cancelled are asked for again; the others stay as they are.

    A new `budget` replaces the one before; what was spent before counts against it.
    """
    retried = await services.retry(simulation, body.budget if body else None)
    return accepted(simulation_now(retried), response)


@router.post(
    "/{simulation_id}/replay",
    operation_id="replay_simulation",
    dependencies=[RUN],
    summary="Ask the same once more",
    status_code=202,
    responses={202: ACCEPTED, **problems(409, 429)},
)
async def replay_simulation(
    simulation: SimulationOf,
    services: ServicesOf,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> SimulationBodyOut:
    """A new simulation of the same request, seed and personas, compared with this one at its end.

    `replay.identical` tells whether every reaction came out with the same bytes, but for what
    having it took: the choice engine repeats itself, a language model where its reply was kept.
    """
    key = read_key(idempotency_key)
    route = "/simulations/replay"
    promise = Idempotency(key, simulation.id, route) if key else None
    replay, replayed = await services.replay(simulation, promise)
    return accepted(replay, response, replayed=replayed)


@router.delete(
    "/{simulation_id:simulation}",
    operation_id="delete_simulation",
    dependencies=[RUN],
    summary="Delete a simulation",
    status_code=204,
    responses=problems(409),
)
async def delete_simulation(simulation: SimulationOf, services: ServicesOf) -> None:
    """Remove a final simulation and all its reactions for good; its id answers 410 from then on."""
    await asyncio.to_thread(services.store.delete, simulation.id)
