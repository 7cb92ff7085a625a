"""Exports: a finished simulation as a file to work with or to hand on."""

from __future__ import annotations

from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from api.http.dependencies import JSON, ServicesOf, SimulationOf
from api.http.openapi import Responses, problems
from api.http.permissions import READ
from api.operations.exporting import Format, export_pieces
from domain.errors import StateConflict

router = APIRouter(prefix="/simulations", tags=["Simulations"], responses=problems(422, 503))

FILE: Responses = {
    200: {
        "description": "The file, named in Content-Disposition.",
        "headers": {
            "Content-Disposition": {
                "description": "`attachment` with the name of the file.",
                "schema": {"type": "string"},
            }
        },
        "content": {  # a text first: openapi-python-client reads every file as the first kind
            "text/csv": {"schema": {"type": "string"}},
            JSON: {"schema": {"type": "object"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
            "text/html": {"schema": {"type": "string"}},
        },
    }
}


@router.get(
    "/{simulation_id}/export",
    operation_id="export_simulation",
    dependencies=[READ],
    summary="Export a simulation",
    response_class=StreamingResponse,
    responses={**FILE, **problems(404, 409, 410)},
)
def export_simulation(
    simulation: SimulationOf,
    services: ServicesOf,
    format: Annotated[  # noqa: A002 - the name clients know
        Format,
        Query(description="json: everything; csv, parquet: a row per reaction; html: a report."),
    ] = "json",
) -> StreamingResponse:
    """A simulation whose state is final, as a file. While it runs, read its reactions instead.

    `format` decides, not `Accept`: clients that were generated ask for JSON whatever they ask for.
    """
    media_type = JSON if format == "json" else services.exports[format].media_type
    if not simulation.state.final:
        raise StateConflict(
            f"the simulation is {simulation.state}; poll it until it is final, or read "
            f"/simulations/{simulation.id}/reactions"
        )
    pieces = export_pieces(services, simulation, format)
    # The first piece is made before the status is sent, so that what fails says so.
    return StreamingResponse(
        chain([next(pieces)], pieces),
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{simulation.id}.{format}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
