"""Usage: what reactions took of a language model, what that costs, and how much it may be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StrictFloat, StrictInt, model_validator

from domain.json_rules import at_least_one, together
from domain.reactions import Reaction
from domain.values import WHOLE, Value

Count = Annotated[int, Field(ge=0)]

MILLION = 1_000_000
DECIMALS = 9  # of dollars: below what a token costs, above what adding many up leaves


@dataclass(frozen=True, slots=True)
class Price:
    """What a model takes, dollars per million tokens."""

    input_dollars: float
    output_dollars: float

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """Dollars for so many tokens."""
        return (input_tokens * self.input_dollars + output_tokens * self.output_dollars) / MILLION


class Usage(Value):
    """What a simulation took of a language model, whatever came of it.

    `calls` are requests made: corrections, retries and failures included. `estimated_calls` of them
    are those whose tokens nobody told; they count as the most they can have been. `cached` replies
    cost nothing and are no calls. `cost_dollars` is None when no price was told.
    """

    calls: Count = 0
    cached: Count = 0
    input_tokens: Count = 0
    output_tokens: Count = 0
    estimated_calls: Count = 0
    cost_dollars: Annotated[float, Field(ge=0)] | None = None


class Spent(Value):
    """What a simulation, or a call of it, has taken of a language model so far.

    `calls` are requests made, whatever came of them. `tokens` are those of prompts and replies,
    `output_tokens` those of replies; `estimated_calls` are requests whose tokens nobody told, which
    count as the most they can have been. `cost_dollars` is 0 when no price was told.
    """

    calls: Count = 0
    tokens: Count = 0
    output_tokens: Count = 0
    estimated_calls: Count = 0
    cost_dollars: Annotated[float, Field(ge=0)] = 0.0

    def __add__(self, other: Spent) -> Spent:
        """Both together."""
        return Spent(
            calls=self.calls + other.calls,
            tokens=self.tokens + other.tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            estimated_calls=self.estimated_calls + other.estimated_calls,
            cost_dollars=self.cost_dollars + other.cost_dollars,
        )


NOTHING = Spent()


class Budget(Value):
    """How much of a language model a simulation may take in all, what retries take included.

    Every request counts when it is made, whatever comes of it. Once it is used up none is made;
    those under way finish, so that tokens and dollars may exceed it by what these take.
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
        """How many more calls of the simulation may start, None for any number.

        `spent` has the requests of those `under_way` in it. `over` calls took what was spent, so
        that one takes their mean; before the first is over one goes alone, to learn what one takes.
        """
        rooms = [] if self.max_calls is None else [self.max_calls - spent.calls]
        for limit, taken in self._limits(spent)[1:]:
            if limit is not None and not over:
                rooms.append(1 - under_way)
            elif limit is not None and taken:
                rooms.append(math.ceil((limit - taken) * over / taken) - under_way)
        return max(0, min(rooms)) if rooms else None

    def _limits(self, spent: Spent) -> tuple[tuple[float | None, float], ...]:
        return (
            (self.max_calls, spent.calls),
            (self.max_tokens, spent.tokens),
            (self.max_cost_dollars, spent.cost_dollars),
        )


def usage_of(spent: Spent, reactions: Iterable[Reaction], price: Price | None) -> Usage:
    """What was spent, with how many of the reactions were had from replies kept before."""
    return Usage(
        calls=spent.calls,
        cached=sum(reaction.provenance.cached for reaction in reactions),
        input_tokens=max(0, spent.tokens - spent.output_tokens),
        output_tokens=spent.output_tokens,
        estimated_calls=spent.estimated_calls,
        cost_dollars=None if price is None else round(spent.cost_dollars, DECIMALS),
    )
