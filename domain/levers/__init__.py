"""Levers: the kinds of move a scenario consists of, a module each, and what each says of itself.

Money in levers is in dollars as customers see it. Signs are the customer's view of the world:
`amount_dollars=5` on a price change is a rise, a credit or a value add is always a gain.
"""

from typing import Annotated

from pydantic import Field

from domain.levers.competitor_offer import CompetitorOffer
from domain.levers.contract_change import ContractChange
from domain.levers.credit import Credit
from domain.levers.lever import Affinity, Category, Effect, Scope, Size
from domain.levers.loyalty_reward import LoyaltyReward
from domain.levers.network_change import NetworkChange, Where
from domain.levers.new_plan import NewPlan
from domain.levers.policy_change import PolicyArea, PolicyChange
from domain.levers.price_change import PriceChange
from domain.levers.value_add import ValueAdd
from domain.levers.value_removal import ValueRemoval
from domain.levers.wording import NOTHING_MEASURABLE, money

__all__ = [
    "NOTHING_MEASURABLE",
    "Affinity",
    "AnyLever",
    "Category",
    "CompetitorOffer",
    "ContractChange",
    "Credit",
    "Effect",
    "LoyaltyReward",
    "NetworkChange",
    "NewPlan",
    "PolicyArea",
    "PolicyChange",
    "PriceChange",
    "Scope",
    "ScopedLever",
    "Size",
    "ValueAdd",
    "ValueRemoval",
    "Where",
    "money",
]

AnyLever = Annotated[
    PriceChange
    | ValueAdd
    | ValueRemoval
    | Credit
    | CompetitorOffer
    | NewPlan
    | PolicyChange
    | NetworkChange
    | ContractChange
    | LoyaltyReward,
    Field(discriminator="kind"),
]
ScopedLever = PriceChange | ValueAdd | ValueRemoval | Credit  # may be limited to some plans
