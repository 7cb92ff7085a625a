"""Scenario: the move put to customers, as a text and the levers it consists of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from domain.levers import AnyLever, Category
from domain.scenarios.understanding import (
    NothingBecause,
    ReadingStatus,
    Understanding,
    UnreadSpan,
)
from domain.values import NOT_BLANK, SAYS_SOMETHING, WHOLE, Names, SegmentId, Value

ScenarioText = Annotated[
    str,
    Field(min_length=1, max_length=20_000, json_schema_extra={"pattern": SAYS_SOMETHING.pattern}),
    NOT_BLANK,
]


class Audience(Value):
    """Which customers are asked: every filter that is not empty must hold."""

    segments: Annotated[tuple[SegmentId, ...], Field(max_length=64)] = ()
    plans: Names = ()
    states: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...], Field(max_length=60)
    ] = ()
    min_tenure_months: Annotated[StrictInt, Field(ge=0, le=600), WHOLE] | None = None
    max_tenure_months: Annotated[StrictInt, Field(ge=0, le=600), WHOLE] | None = None


class Scenario(Value):
    """A move put to customers. Levers not given are read from the text.

    `notice_days` is how long before it takes effect customers are told; None when not known.
    """

    text: ScenarioText
    category: Category | None = None
    audience: Audience | None = None
    levers: Annotated[tuple[AnyLever, ...], Field(max_length=20)] | None = None
    notice_days: Annotated[StrictInt, Field(ge=0, le=730), WHOLE] | None = None


class LeverReading(Value):
    """What was understood of a scenario text: its levers, its category, and what was not.

    `status` is `partial` when words that bear on a move are `unread`, `nothing` without a lever.
    """

    levers: tuple[AnyLever, ...]
    category: Category
    notice_days: int | None = None
    status: ReadingStatus = "read"
    unread: tuple[UnreadSpan, ...] = ()
    nothing_because: NothingBecause | None = None

    @property
    def understanding(self) -> Understanding:
        """How far the text was read, as it travels with what is made of the levers."""
        return Understanding(
            status=self.status, unread=self.unread, nothing_because=self.nothing_because
        )


class TemplateParameter(Value):
    """A blank of a template. `choices` restricts text; `minimum` and `maximum` restrict numbers."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: Literal["dollars", "percent", "integer", "text"]
    description: str
    example: str | float | int
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


class ScenarioTemplate(Value):
    """A scenario with blanks: `text` holds `{name}` for each of its parameters."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    name: str
    category: Category
    description: str
    text: str
    parameters: tuple[TemplateParameter, ...]
