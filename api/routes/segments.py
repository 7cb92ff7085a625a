"""Segments: the groups the customers fall into."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import Page, PageOf, paged, services_of, unless_known
from api.openapi import NOT_MODIFIED, TAGGED, problems
from api.permissions import READ
from domain.errors import NotFound
from domain.segments import Segment

router = APIRouter(prefix="/segments", tags=["Segments"], responses=problems(422, 503))


@router.get(
    "",
    operation_id="list_segments",
    dependencies=[READ],
    summary="List the segments",
    response_model=Page[Segment],
    responses={200: TAGGED, 304: NOT_MODIFIED},
)
async def list_segments(request: Request, page: PageOf) -> Response:
    """Every segment found in the customer base, with its figures and where they come from."""
    services = services_of(request)
    found = await services.published.tagged(
        ("segments", page), lambda: paged(services.customers.segments(), lambda s: s.id, page)
    )
    return unless_known(request, found)


@router.get(
    "/{segment_id}",
    operation_id="get_segment",
    dependencies=[READ],
    summary="Get a segment",
    response_model=Segment,
    responses={200: TAGGED, 304: NOT_MODIFIED, **problems(404)},
)
async def get_segment(segment_id: str, request: Request) -> Response:
    """One segment by its id, such as S1."""
    services = services_of(request)
    found = await services.published.tagged(
        ("segment", segment_id), lambda: _segment(services.customers.segments(), segment_id)
    )
    return unless_known(request, found)


def _segment(known: Sequence[Segment], segment_id: str) -> Segment:
    for segment in known:
        if segment.id == segment_id:
            return segment
    raise NotFound("segment", f"use one of {', '.join(s.id for s in known)}")
