"""Usage: what reactions took of a language model, what that costs, and how much it may be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StrictFloat, StrictInt, model_validator

from domain.reactions import Reaction
from domain.rules import at_least_one, together
from domain.values import WHOLE, Value

Count = Annotated[int, Field(ge=0)]

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a model takes, dollars per million tokens."""

    input_dollars: float
    output_dollars: float

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """Dollars for so many tokens."""
        return (input_tokens * self.input_dollars + output_tokens * self.output_dollars) / MILLION


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


class Spent(Value):
    """What a simulation has taken of a language model so far, failed calls included.

    A failed call counts as one call to the model; the tokens it took are not known. `cost_dollars`
    is 0 when no price was told.
    """

    calls: Count = 0
    tokens: Count = 0
    cost_dollars: Annotated[float, Field(ge=0)] = 0.0


FAILED = Spent(calls=1)


class Budget(Value):
    """How much of a language model a simulation may take in all, what retries take included.

    Once it is used up no new call starts. Calls under way finish, so that a little more may be
    spent: at most what they take.
    """

    model_config = ConfigDict(
        json_schema_extra=together(at_least_one("max_calls", "max_tokens", "max_cost_dollars"))
    )

    max_calls: Annotated[StrictInt, Field(ge=1, le=2**53 - 1), WHOLE] | None = None
    max_tokens: Annotated[StrictInt, Field(ge=1, le=2**53 - 1), WHOLE] | None = None
    max_cost_dollars: Annotated[StrictFloat, Field(gt=0, le=1e12)] | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if all(limit is None for limit, _ in self._limits(Spent())):
            raise ValueError("give at least one of max_calls, max_tokens and max_cost_dollars")
        return self

    def used_up(self, spent: Spent) -> bool:
        """Whether no further call may start."""
        return any(limit is not None and taken >= limit for limit, taken in self._limits(spent))

    def room(self, spent: Spent, over: int, under_way: int) -> int | None:
        """How many more calls may start, None for any number.

        `over` calls took what was spent, so that one takes their mean; before the first is over
        one goes alone, to learn what a call takes.
        """
        rooms = [] if self.max_calls is None else [self.max_calls - spent.calls]
        for limit, taken in self._limits(spent)[1:]:
            if limit is not None and not over:
                rooms.append(1)
            elif limit is not None and taken:
                rooms.append(math.ceil((limit - taken) * over / taken))
        return max(0, min(rooms) - under_way) if rooms else None

    def _limits(self, spent: Spent) -> tuple[tuple[float | None, float], ...]:
        return (
            (self.max_calls, spent.calls),
            (self.max_tokens, spent.tokens),
            (self.max_cost_dollars, spent.cost_dollars),
        )


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
        cost_dollars=None if price is None else price.cost(input_tokens, output_tokens),
    )


def spent_on(reaction: Reaction, price: Price | None) -> Spent:
    """What one reaction took, nothing when no model was asked or its reply was kept."""
    usage = usage_of([reaction], price)
    return Spent(
        calls=usage.calls,
        tokens=usage.input_tokens + usage.output_tokens,
        cost_dollars=usage.cost_dollars or 0.0,
    )
