"""Credit: money back on the bill."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import Field, StrictFloat, StrictInt

from domain.levers.lever import Category, Effect, Lever, Scope, Size, beginning
from domain.levers.wording import money
from domain.values import WHOLE, Names

SIZE = Size("amount_dollars", beginning(r"credit|refund|rebate|money back"))


@final
class Credit(Lever):
    """Money back: `amount_dollars` in each of `months` bills."""

    kind: Literal["credit"] = "credit"
    amount_dollars: Annotated[StrictFloat, Field(ge=0, le=1000)]
    months: Annotated[StrictInt, Field(ge=1, le=60), WHOLE] = 1
    plans: Names = ()
    scope: Scope = "all"

    @property
    def category(self) -> Category:
        return "Retention"

    @property
    def effect(self) -> Effect:
        return Effect("credit", better=True)

    @property
    def size(self) -> Size:
        return SIZE

    def describe(self) -> str:
        months = f" for {self.months} months" if self.months > 1 else ""
        return f"{money(self.amount_dollars)} back on the bill{months}"
