"""Value removal: something customers had ends."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import Field, StrictFloat

from domain.levers.lever import Affinity, Category, Effect, Lever, Scope, Size, beginning
from domain.values import Names, Text

SIZE = Size("monthly_worth_dollars", beginning(r"perk|worth"))


@final
class ValueRemoval(Lever):
    """Something customers had that is taken away; `monthly_worth_dollars` is its street price."""

    kind: Literal["value_removal"] = "value_removal"
    name: Annotated[Text, Field(min_length=1, max_length=80)]
    monthly_worth_dollars: Annotated[StrictFloat, Field(ge=0, le=200)]
    affinity: Affinity = "general"
    plans: Names = ()
    scope: Scope = "all"

    @property
    def category(self) -> Category:
        return "Product"

    @property
    def effect(self) -> Effect:
        return Effect("value", better=False)

    @property
    def size(self) -> Size:
        return SIZE

    def describe(self) -> str:
        return f"no more {self.name}"
