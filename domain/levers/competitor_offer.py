"""Competitor offer: what a rival puts to our customers."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import Field, StrictFloat

from domain.levers.lever import Category, Effect, Lever, Size, beginning
from domain.levers.wording import money
from domain.values import Text

SIZE = Size("price_dollars", beginning(r"rival|competitor|they|their"))


@final
class CompetitorOffer(Lever):
    """A rival's move. Its pull is the monthly saving it offers plus the worth of its perks.

    `price_dollars` is the rival's monthly price for one line; `discount_percent` is off the
    customer's present bill; with neither, only the perks and the publicity count.
    """

    kind: Literal["competitor_offer"] = "competitor_offer"
    competitor: Annotated[Text, Field(max_length=60)] = "a competitor"
    price_dollars: Annotated[StrictFloat, Field(ge=0, le=1000)] | None = None
    discount_percent: Annotated[StrictFloat, Field(ge=0, le=100)] | None = None
    switching_bonus_dollars: Annotated[StrictFloat, Field(ge=0, le=5000)] = 0.0
    perks_monthly_worth_dollars: Annotated[StrictFloat, Field(ge=0, le=200)] = 0.0

    @property
    def category(self) -> Category:
        return "Competitive"

    @property
    def effect(self) -> Effect:
        return Effect("competitor_offer", better=True)

    @property
    def size(self) -> Size:
        return SIZE

    def describe(self) -> str:
        if self.price_dollars is not None:
            return f"{self.competitor} at {money(self.price_dollars)} a month"
        if self.discount_percent is not None:
            return f"{self.competitor} at {self.discount_percent:g} % off"
        return f"a new offer from {self.competitor}"
