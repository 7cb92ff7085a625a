"""The carrier whose customers we speak for: plans, add-ons, rivals and the segments it knows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from domain.values import Dollars, Probability, SegmentId, Share, Value

PlanCategory = Literal["Prepaid", "Postpaid"]


class Plan(Value):
    """A price plan. `data_gb` None means unlimited; `price_dollars` is per account and month."""

    name: str
    category: PlanCategory
    price_dollars: Dollars
    data_gb: float | None = None
    min_lines: Annotated[int, Field(ge=1)] = 1
    max_lines: Annotated[int, Field(ge=1)] = 1


class AddOn(Value):
    """Something sold beside a plan, priced per month unless `per_day`."""

    name: str
    price_dollars: Dollars
    per_day: bool = False


class Rival(Value):
    """A competitor, with every name a scenario might use for it."""

    name: str
    aliases: tuple[str, ...] = ()


class SegmentProfile(Value):
    """What is known of a segment before any data is seen.

    `signature` says how far the segment lies from the customer base on clustering features, in
    standard deviations; a discovered cluster takes the name of the profile it resembles most.
    """

    id: SegmentId
    name: str
    tagline: str
    traits: tuple[str, ...]
    signature: dict[str, float]
    given_names: Annotated[tuple[str, ...], Field(min_length=1)]


class Carrier(Value):
    """A carrier's configuration: everything the product knows of it that is not data."""

    name: str
    tagline: str
    headquarters: str
    subscribers: Annotated[int, Field(gt=0)]
    market_share: Share
    monthly_churn: Probability
    plans: Annotated[tuple[Plan, ...], Field(min_length=1)]
    add_ons: tuple[AddOn, ...] = ()
    rivals: tuple[Rival, ...] = ()
    segments: Annotated[tuple[SegmentProfile, ...], Field(min_length=2)]

    def plan(self, name: str) -> Plan | None:
        """The plan of this name, whatever its case, or None."""
        return next((p for p in self.plans if p.name.lower() == name.lower()), None)
