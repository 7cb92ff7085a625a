"""Panel: whom a scenario is put to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from domain.scenarios import Audience
from domain.values import (
    WHOLE,
    Names,
    SegmentId,
    Value,
)

# Chosen: of fewer customers no number is told. No panel asks fewer of a segment, no summary has a
# smaller cell, and sql/09 holds the same number.
FEWEST_RESPONDENTS = 30


class Panel(Value):
    """Whom we ask. Empty means every persona, and no `respondents_per_segment` every customer."""

    segments: Annotated[tuple[SegmentId, ...], Field(max_length=64)] = ()
    personas: Names = ()
    audience: Audience | None = None
    respondents_per_segment: (
        Annotated[StrictInt, Field(ge=FEWEST_RESPONDENTS, le=1_000_000), WHOLE] | None
    ) = None
