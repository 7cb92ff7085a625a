"""Loyalty reward: what customers get for having stayed."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import Field, StrictFloat, StrictInt

from domain.levers.lever import Category, Effect, Lever, Size, beginning
from domain.levers.wording import money
from domain.values import WHOLE

SIZE = Size("worth_dollars", beginning(r"reward|loyal|bonus"))


@final
class LoyaltyReward(Lever):
    """A reward for staying, worth `worth_dollars` once, for customers of at least some tenure."""

    kind: Literal["loyalty_reward"] = "loyalty_reward"
    worth_dollars: Annotated[StrictFloat, Field(ge=0, le=2000)]
    min_tenure_months: Annotated[StrictInt, Field(ge=0, le=600), WHOLE] = 0

    @property
    def category(self) -> Category:
        return "Retention"

    @property
    def effect(self) -> Effect:
        return Effect("loyalty_reward", better=True)

    @property
    def size(self) -> Size:
        return SIZE

    def describe(self) -> str:
        return f"a {money(self.worth_dollars)} reward for staying"
