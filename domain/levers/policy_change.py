"""Policy change: a rule of the carrier made tighter or looser."""

from __future__ import annotations

from typing import Literal, final

from domain.levers.lever import Category, Effect, Lever

PolicyArea = Literal[
    "data_throttling",
    "fees",
    "autopay",
    "roaming",
    "device_unlock",
    "upgrade_eligibility",
    "returns",
    "general",
]


@final
class PolicyChange(Lever):
    """A rule made tighter or looser, in an area that touches some customers more than others."""

    kind: Literal["policy_change"] = "policy_change"
    area: PolicyArea = "general"
    direction: Literal["tighter", "looser"]

    @property
    def category(self) -> Category:
        return "Policy"

    @property
    def effect(self) -> Effect:
        return Effect(f"{self.area} policy", better=self.direction == "looser")

    @property
    def size(self) -> None:
        return None

    def describe(self) -> str:
        area = self.area.replace("_", " ").replace("general", "account")
        return f"{self.direction} {area} rules"
