"""Segments: the groups the customers fall into."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import Page, PageOf, ServicesOf, paged, tagged
from api.openapi import NOT_MODIFIED, TAGGED, problems
from domain.errors import NotFound
from domain.segments import Segment

router = APIRouter(prefix="/segments", tags=["Segments"], responses=problems(422, 503))


@router.get(
    "",
    operation_id="list_segments",
    summary="List the segments",
    response_model=Page[Segment],
    responses={200: TAGGED, 304: NOT_MODIFIED},
)
def list_segments(request: Request, services: ServicesOf, page: PageOf) -> Response:
    """Every segment found in the customer base, with its figures and where they come from."""
    return tagged(request, paged(services.customers.segments(), lambda s: s.id, page))


@router.get(
    "/{segment_id}",
    operation_id="get_segment",
    summary="Get a segment",
    response_model=Segment,
    responses={200: TAGGED, 304: NOT_MODIFIED, **problems(404)},
)
def get_segment(segment_id: str, request: Request, services: ServicesOf) -> Response:
    """One segment by its id, such as S1."""
    known = services.customers.segments()
    segment = next((s for s in known if s.id == segment_id), None)
    if segment is None:
        raise NotFound("segment", f"use one of {', '.join(s.id for s in known)}")
    return tagged(request, segment)
