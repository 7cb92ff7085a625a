"""Health: whether the process lives, whether it can answer, and what it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from api.http.dependencies import ServicesOf
from api.http.errors import RETRY_SECONDS
from api.representations.bodies import Alive, Build, Part, Readiness, Version, WhoseCustomers
from api.services import Services
from api.telemetry.gauges import DISTRIBUTION
from domain.errors import DatasetMissing, Unavailable

DRAINING = "it was told to stop; send requests to another instance"

router = APIRouter(tags=["Health"])


@router.get("/healthz", operation_id="check_health", summary="Is the process alive?")
async def check_health() -> Alive:
    """Always 200 while the process runs; asks nothing of any other part."""
    return Alive()


@router.get(
    "/readyz",
    operation_id="check_readiness",
    summary="Can the service answer?",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "A part cannot be used; it says why."}},
)
def check_readiness(services: ServicesOf) -> JSONResponse:
    """Whether there is customer data to speak from and a place to keep simulations.

    A service that was told to stop is not ready, although it still answers for a moment.
    """
    draining = services.supervisor.draining
    parts = {
        "service": Part(status="draining", detail=DRAINING) if draining else Part(status="ok"),
        "data": _state_of(services.customers.personas),
        "store": _state_of(lambda: services.store.page(1)),
    }
    ready = all(part.status == "ok" for part in parts.values())
    readiness = Readiness(status="ready" if ready else "not ready", parts=parts)
    headers = None if ready else {"Retry-After": str(RETRY_SECONDS)}
    return JSONResponse(readiness.model_dump(), 200 if ready else 503, headers)


@router.get("/version", operation_id="get_version", summary="What runs here?")
def get_version(request: Request, services: ServicesOf) -> Version:
    """The version of the service, the engines it can use, its default first, and its data."""
    return Version(
        service=DISTRIBUTION,
        version=request.app.version,
        engines=list(services.reaction_models),
        build=_build(services),
    )


def _build(services: Services) -> Build | None:
    try:
        carrier = services.customers.carrier
        return Build(
            id=services.customers.version,
            as_of=date.fromisoformat(services.customers.as_of),
            carrier=WhoseCustomers(
                name=carrier.name,
                subscribers=carrier.subscribers,
                currency=carrier.currency,
                plans=[plan.name for plan in carrier.plans],
            ),
            unknown_plans=carrier.unknown(services.customers.plans()),
        )
    except (DatasetMissing, Unavailable):
        return None


def _state_of(use: Callable[[], object]) -> Part:
    try:
        use()
    except DatasetMissing as error:
        return Part(status="missing", detail=str(error))
    except Unavailable as error:
        return Part(status="unavailable", detail=str(error))
    return Part(status="ok")
