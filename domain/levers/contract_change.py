"""Contract change: a commitment asked of customers, or given up."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import Field, StrictInt

from domain.levers.lever import Category, Effect, Lever
from domain.values import WHOLE


@final
class ContractChange(Lever):
    """A new commitment of `months` asked of customers without one; 0 frees everyone."""

    kind: Literal["contract_change"] = "contract_change"
    months: Annotated[StrictInt, Field(ge=0, le=48), WHOLE]

    @property
    def category(self) -> Category:
        return "Policy"

    @property
    def effect(self) -> Effect:
        return Effect("contract", better=self.months == 0)

    @property
    def size(self) -> None:
        return None

    def describe(self) -> str:
        return f"a {self.months}-month contract" if self.months else "no contract any more"
