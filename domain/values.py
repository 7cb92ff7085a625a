"""Constrained values that carry their meaning in their name."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Sentiment = Annotated[float, Field(ge=-1.0, le=1.0)]
Dollars = Annotated[float, Field(ge=-1e12, le=1e12)]
SegmentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]


class Value(BaseModel):
    """A frozen value at a trust edge: unknown fields are refused, NaN and infinity never enter."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Estimate(Value):
    """A figure with its 90 % interval, all three in the unit of the field that holds it."""

    value: float
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Estimate:
        if not self.low <= self.value <= self.high:
            raise ValueError("an estimate lies inside its interval")
        return self


class Source(Value):
    """Where a figure came from: the table, the filter put on it and the rows it rests on."""

    table: str
    filter: str
    rows: Annotated[int, Field(ge=0)]


class Figure(Value):
    """A number of the customer base with its unit and where it came from."""

    value: float
    unit: str
    source: Source
