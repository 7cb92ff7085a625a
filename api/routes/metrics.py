"""Metrics: what Prometheus scrapes."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from api.http.dependencies import ServicesOf
from api.http.permissions import ADMIN

router = APIRouter()


@router.get("/metrics", dependencies=[ADMIN], include_in_schema=False)
def scrape(services: ServicesOf) -> Response:
    """What this process did and how things stand, in the text format of Prometheus."""
    return Response(services.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
