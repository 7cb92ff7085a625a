"""Constrained values that carry their meaning in their name."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

# Patterns are told in the OpenAPI document, where others read them: no \w, \d or \s, which mean
# other characters in ECMA 262 than here, and none of the characters written out beyond 16 bits.
# What str.strip() takes away, written out.
_WHITE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
SAYS_SOMETHING = re.compile(rf"^[{_WHITE}]*[^\x00{_WHITE}][^\x00]*$")

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Sentiment = Annotated[float, Field(ge=-1.0, le=1.0)]
Dollars = Annotated[float, Field(ge=-1e12, le=1e12)]
SegmentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]  # no store keeps NUL
Names = Annotated[
    tuple[Annotated[Text, Field(min_length=1, max_length=60)], ...], Field(max_length=50)
]


def _not_blank(text: str) -> str:
    if not SAYS_SOMETHING.search(text):
        raise ValueError("the text is blank")
    return text


def whole(number: object) -> object:
    """5.0 as 5: JSON Schema has one number with two ways to write it."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


# After a Field with its limits, which pydantic tells of wrongly when they come last.
NOT_BLANK = AfterValidator(_not_blank)
WHOLE = BeforeValidator(whole)


class Value(BaseModel):
    """A frozen value at a trust edge: unknown fields are refused, NaN and infinity never enter."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def with_(self, **changes: object) -> Self:
        """This value with some fields changed, as valid as any. Raises ValidationError.

        Pydantic's `model_copy` takes any change unchecked: half an emoji of a language model's
        came through it into an answer, which could then neither be sent nor stored. Values within
        are not checked again, so that this takes microseconds.
        """
        told = {name: getattr(self, name) for name in self.model_fields_set}
        return self.model_validate({**told, **changes})


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
