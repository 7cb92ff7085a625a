"""Usage: what reactions took of a language model, and what that costs at a price that was told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from domain.reactions import Reaction
from domain.values import Value

Count = Annotated[int, Field(ge=0)]

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a model takes, dollars per million tokens."""

    input_dollars: float
    output_dollars: float


class Usage(Value):
    """What the reactions of a simulation took of a language model.

    `calls` to the model, corrections included, and how many replies were `cached` and cost
    nothing. What calls without a reaction spent is not known and not counted. `cost_dollars` is
    None when no price was told.
    """

    calls: Count = 0
    cached: Count = 0
    input_tokens: Count = 0
    output_tokens: Count = 0
    cost_dollars: Annotated[float, Field(ge=0)] | None = None


def usage_of(reactions: Iterable[Reaction], price: Price | None) -> Usage:
    """The sum over those reactions that a model was asked for."""
    asked = [r.provenance for r in reactions if r.provenance.prompt_hash is not None]
    input_tokens = sum(p.input_tokens for p in asked)
    output_tokens = sum(p.output_tokens for p in asked)
    return Usage(
        calls=sum(p.attempts for p in asked if not p.cached),
        cached=sum(p.cached for p in asked),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_dollars=None if price is None else _cost(input_tokens, output_tokens, price),
    )


def _cost(input_tokens: int, output_tokens: int, price: Price) -> float:
    return (input_tokens * price.input_dollars + output_tokens * price.output_dollars) / MILLION
