"""Segment: customers grouped by measured behaviour."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.values import Figure, SegmentId, Share, Value


class Segment(Value):
    """A discovered segment. `statistics` holds its figures by name, each with its provenance.

    `typical` holds the most frequent value of what is not a number (plan, device brand, market).
    """

    id: SegmentId
    name: str
    tagline: str
    traits: tuple[str, ...]
    customers: Annotated[int, Field(ge=0)]
    share: Share
    statistics: dict[str, Figure]
    typical: dict[str, str]
    as_of: str
