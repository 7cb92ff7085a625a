"""Price change: what customers pay for what they have goes up or down."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import ConfigDict, Field, StrictBool, StrictFloat, model_validator

from domain.json_rules import exactly_one, together
from domain.levers.lever import Category, Effect, Lever, Scope, Size, beginning
from domain.levers.wording import listed, money
from domain.values import Names

SIZE = Size("amount_dollars", beginning(r"price|rais|increas|rise|cut|bill|it"), "percent")


@final
class PriceChange(Lever):
    """A change of what customers pay. Exactly one of `amount_dollars` and `percent` is set.

    Positive raises the price. `plans` limits it to plans by name, `scope` to prepaid or postpaid
    customers. Recurring changes are per account and month; a one-off is a single charge or credit.
    """

    model_config = ConfigDict(json_schema_extra=together(exactly_one("amount_dollars", "percent")))

    kind: Literal["price_change"] = "price_change"
    amount_dollars: Annotated[StrictFloat, Field(ge=-500, le=500)] | None = None
    percent: Annotated[StrictFloat, Field(ge=-100, le=300)] | None = None
    per_line: StrictBool = False
    recurring: StrictBool = True
    plans: Names = ()
    scope: Scope = "all"

    @model_validator(mode="after")
    def _one_size(self) -> PriceChange:
        if (self.amount_dollars is None) == (self.percent is None):
            raise ValueError("give exactly one of amount_dollars and percent")
        return self

    @property
    def category(self) -> Category:
        return "Pricing"

    @property
    def effect(self) -> Effect:
        return Effect("price", better=(self.amount_dollars or self.percent or 0.0) < 0)

    @property
    def size(self) -> Size:
        return SIZE

    def describe(self) -> str:
        size = self.percent if self.percent is not None else self.amount_dollars or 0.0
        amount = f"{abs(size):g} %" if self.percent is not None else money(abs(size))
        direction = "more" if size > 0 else "less"
        each = " per line" if self.per_line else ""
        how_often = " a month" if self.recurring else ", once"
        scope = f" on {listed(self.plans)}" if self.plans else ""
        return f"{amount} {direction}{each}{how_often}{scope}"
