"""New plan: one that customers may move to."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import Field, StrictFloat, StrictInt

from domain.levers.lever import Category, Effect, Lever, Size, beginning
from domain.levers.wording import money
from domain.values import WHOLE, Text

SIZE = Size("price_dollars", beginning(r"plan"))


@final
class NewPlan(Lever):
    """A plan nobody has yet, offered to all: customers weigh it against the plan they are on."""

    kind: Literal["new_plan"] = "new_plan"
    name: Annotated[Text, Field(max_length=60)] = "the new plan"
    price_dollars: Annotated[StrictFloat, Field(ge=0, le=1000)]
    data_gb: Annotated[StrictFloat, Field(ge=0, le=10_000)] | None = None
    perks_monthly_worth_dollars: Annotated[StrictFloat, Field(ge=0, le=200)] = 0.0
    lines: Annotated[StrictInt, Field(ge=1, le=10), WHOLE] = 1

    @property
    def category(self) -> Category:
        return "Product"

    @property
    def effect(self) -> Effect:
        return Effect("new_plan", better=True)

    @property
    def size(self) -> Size:
        return SIZE

    def describe(self) -> str:
        data = "" if self.data_gb is None else f" with {self.data_gb:g} GB"
        return f"{self.name} for {money(self.price_dollars)}{data}"
