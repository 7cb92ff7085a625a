"""The carrier whose customers we speak for: plans, add-ons, rivals and the segments it knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

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
    """A carrier's configuration: everything the product knows of it that is not data.

    A carrier that knows its segments describes them; one that does not gives a `segment_count`, and
    they are numbered by size when they are first found, and named by their figures. `currency`, ISO
    4217, is what all its amounts are in, those of fields that end in `_dollars` too.
    """

    name: str
    tagline: str = ""
    headquarters: str = ""
    subscribers: Annotated[int, Field(gt=0)]
    market_share: Share | None = None
    monthly_churn: Probability
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    plans: Annotated[tuple[Plan, ...], Field(min_length=1)]
    add_ons: tuple[AddOn, ...] = ()
    rivals: tuple[Rival, ...] = ()
    segments: tuple[SegmentProfile, ...] = ()
    segment_count: Annotated[int, Field(ge=2, le=32)] | None = None

    @model_validator(mode="after")
    def _segments_are_known_or_counted(self) -> Self:
        if (self.segment_count is None) == (not self.segments) or len(self.segments) == 1:
            raise ValueError("give two or more `segments`, or the `segment_count` to look for")
        return self

    @property
    def signatures(self) -> dict[str, dict[str, float]]:
        """The signature of each segment by id; all empty where only their number is known."""
        if self.segment_count is None:
            return {profile.id: profile.signature for profile in self.segments}
        return {f"S{number}": {} for number in range(1, self.segment_count + 1)}

    def plan(self, name: str) -> Plan | None:
        """The plan of this name, whatever its case, or None."""
        return next((p for p in self.plans if p.name.lower() == name.lower()), None)

    def unknown(self, plans: Mapping[str, int]) -> dict[str, int]:
        """Of customers by plan name, those on plans this carrier does not have."""
        return {name: customers for name, customers in plans.items() if self.plan(name) is None}

    def over(self, built: Carrier) -> Carrier:
        """This carrier over a build made for another: its segments are those that were found."""
        found = built.model_dump(include={"segments", "segment_count"})
        return Carrier.model_validate({**self.model_dump(), **found})
