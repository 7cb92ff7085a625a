"""Network change: coverage or speed gained or lost, or hours without service."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import ConfigDict, Field, StrictFloat, model_validator

from domain.json_rules import not_all_zero, together
from domain.levers.lever import Category, Effect, Lever

Where = Literal["everywhere", "rural", "urban"]


@final
class NetworkChange(Lever):
    """Better coverage or speed (`coverage_points` gained), or an outage of `outage_hours`."""

    model_config = ConfigDict(
        json_schema_extra=together(not_all_zero("coverage_points", "outage_hours"))
    )

    kind: Literal["network_change"] = "network_change"
    coverage_points: Annotated[StrictFloat, Field(ge=-100, le=100)] = 0.0
    outage_hours: Annotated[StrictFloat, Field(ge=0, le=720)] = 0.0
    technology: Literal["coverage", "5g"] = "coverage"
    where: Where = "everywhere"

    @model_validator(mode="after")
    def _says_something(self) -> NetworkChange:
        if self.coverage_points == 0 and self.outage_hours == 0:
            raise ValueError("give coverage_points or outage_hours")
        return self

    @property
    def category(self) -> Category:
        return "Service"

    @property
    def effect(self) -> Effect:
        return Effect("network", better=self.coverage_points > 0)

    @property
    def size(self) -> None:
        return None

    def describe(self) -> str:
        place = "" if self.where == "everywhere" else f" in {self.where} areas"
        if self.outage_hours:
            return f"{self.outage_hours:g} hours without service{place}"
        network = "5G" if self.technology == "5g" else "coverage"
        return f"{'better' if self.coverage_points > 0 else 'worse'} {network}{place}"
