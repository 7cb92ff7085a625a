"""Segments: the groups the customers fall into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.http.dependencies import Page, PageOf, cached_answer, paged, services_of
from api.http.lists import SegmentListed, ViewWanted, body_of, page_body
from api.http.openapi import NOT_MODIFIED, TAGGED, problems
from api.http.permissions import READ
from domain.customers import Segment
from domain.errors import NotFound

SegmentInPath = Annotated[str, Path(description="The id of a segment.", examples=["S1"])]

router = APIRouter(prefix="/segments", tags=["Segments"], responses=problems(422, 503))


@router.get(
    "",
    operation_id="list_segments",
    dependencies=[READ],
    summary="List the segments",
    response_model=Page[SegmentListed],
    responses={200: TAGGED, 304: NOT_MODIFIED},
)
async def list_segments(request: Request, page: PageOf, view: ViewWanted = "summary") -> Response:
    """Every segment found in the customer base.

    With `view=full` come its figures and where each of them was read from.
    """
    customers = services_of(request).customers

    def written() -> bytes:
        return page_body(paged(customers.segments(), lambda s: s.id, page), view, SegmentListed)

    return await cached_answer(request, written)


@router.get(
    "/{segment_id}",
    operation_id="get_segment",
    dependencies=[READ],
    summary="Get a segment",
    response_model=Segment,
    responses={200: TAGGED, 304: NOT_MODIFIED, **problems(404)},
)
async def get_segment(segment_id: SegmentInPath, request: Request) -> Response:
    """One segment by its id, such as S1."""
    customers = services_of(request).customers
    return await cached_answer(request, lambda: body_of(_segment(customers.segments(), segment_id)))


def _segment(known: Sequence[Segment], segment_id: str) -> Segment:
    for segment in known:
        if segment.id == segment_id:
            return segment
    raise NotFound("segment", f"use one of {', '.join(s.id for s in known)}")
