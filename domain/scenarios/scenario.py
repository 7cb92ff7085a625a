"""Scenario: the move put to customers, and the levers it consists of.

Money in levers is in dollars as customers see it. Signs are the customer's view of the world:
`amount_dollars=5` on a price change is a rise, a credit or a value add is always a gain.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StrictBool,
    StrictFloat,
    StrictInt,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from domain.json_rules import exactly_one, not_all_zero, together
from domain.values import NOT_BLANK, SAYS_SOMETHING, WHOLE, SegmentId, Text, Value

Category = Literal["Pricing", "Product", "Policy", "Competitive", "Retention", "Service", "General"]
Scope = Literal["all", "prepaid", "postpaid"]
Affinity = Literal["streaming", "music", "gaming", "roaming", "protection", "data", "general"]
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
Where = Literal["everywhere", "rural", "urban"]

ScenarioText = Annotated[
    str,
    Field(min_length=1, max_length=20_000, json_schema_extra={"pattern": SAYS_SOMETHING.pattern}),
    NOT_BLANK,
]
Names = Annotated[
    tuple[Annotated[Text, Field(min_length=1, max_length=60)], ...], Field(max_length=50)
]


class Lever(Value):
    """Part of every lever: the words of the scenario it was read from, None when it was given."""

    read_from: Annotated[Text, Field(max_length=400)] | None = None

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """As pydantic has it, and `kind` is needed: which lever it is, nothing else tells."""
        told = handler(core_schema)
        schema = handler.resolve_ref_schema(told)
        schema["required"] = ["kind", *schema.get("required", [])]
        return told


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


class ValueAdd(Lever):
    """Something included at no charge. `monthly_worth_dollars` is its street price."""

    kind: Literal["value_add"] = "value_add"
    name: Annotated[Text, Field(min_length=1, max_length=80)]
    monthly_worth_dollars: Annotated[StrictFloat, Field(ge=0, le=200)]
    affinity: Affinity = "general"
    plans: Names = ()
    scope: Scope = "all"


class ValueRemoval(Lever):
    """Something customers had that is taken away; `monthly_worth_dollars` is its street price."""

    kind: Literal["value_removal"] = "value_removal"
    name: Annotated[Text, Field(min_length=1, max_length=80)]
    monthly_worth_dollars: Annotated[StrictFloat, Field(ge=0, le=200)]
    affinity: Affinity = "general"
    plans: Names = ()
    scope: Scope = "all"


class Credit(Lever):
    """Money back: `amount_dollars` in each of `months` bills."""

    kind: Literal["credit"] = "credit"
    amount_dollars: Annotated[StrictFloat, Field(ge=0, le=1000)]
    months: Annotated[StrictInt, Field(ge=1, le=60), WHOLE] = 1
    plans: Names = ()
    scope: Scope = "all"


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


class NewPlan(Lever):
    """A plan nobody has yet, offered to all: customers weigh it against the plan they are on."""

    kind: Literal["new_plan"] = "new_plan"
    name: Annotated[Text, Field(max_length=60)] = "the new plan"
    price_dollars: Annotated[StrictFloat, Field(ge=0, le=1000)]
    data_gb: Annotated[StrictFloat, Field(ge=0, le=10_000)] | None = None
    perks_monthly_worth_dollars: Annotated[StrictFloat, Field(ge=0, le=200)] = 0.0
    lines: Annotated[StrictInt, Field(ge=1, le=10), WHOLE] = 1


class PolicyChange(Lever):
    """A rule made tighter or looser, in an area that touches some customers more than others."""

    kind: Literal["policy_change"] = "policy_change"
    area: PolicyArea = "general"
    direction: Literal["tighter", "looser"]


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


class ContractChange(Lever):
    """A new commitment of `months` asked of customers without one; 0 frees everyone."""

    kind: Literal["contract_change"] = "contract_change"
    months: Annotated[StrictInt, Field(ge=0, le=48), WHOLE]


class LoyaltyReward(Lever):
    """A reward for staying, worth `worth_dollars` once, for customers of at least some tenure."""

    kind: Literal["loyalty_reward"] = "loyalty_reward"
    worth_dollars: Annotated[StrictFloat, Field(ge=0, le=2000)]
    min_tenure_months: Annotated[StrictInt, Field(ge=0, le=600), WHOLE] = 0


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


class Audience(Value):
    """Which customers are asked: every filter that is not empty must hold."""

    segments: Annotated[tuple[SegmentId, ...], Field(max_length=64)] = ()
    plans: Names = ()
    states: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...], Field(max_length=60)
    ] = ()
    min_tenure_months: Annotated[StrictInt, Field(ge=0, le=600), WHOLE] | None = None
    max_tenure_months: Annotated[StrictInt, Field(ge=0, le=600), WHOLE] | None = None


class Scenario(Value):
    """A move put to customers. Levers not given are read from the text.

    `notice_days` is how long before it takes effect customers are told; None when not known.
    """

    text: ScenarioText
    category: Category | None = None
    audience: Audience | None = None
    levers: Annotated[tuple[AnyLever, ...], Field(max_length=20)] | None = None
    notice_days: Annotated[StrictInt, Field(ge=0, le=730), WHOLE] | None = None


class LeverReading(Value):
    """What was understood of a scenario text: its levers and its category."""

    levers: tuple[AnyLever, ...]
    category: Category
    notice_days: int | None = None


class TemplateParameter(Value):
    """A blank of a template. `choices` restricts text; `minimum` and `maximum` restrict numbers."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: Literal["dollars", "percent", "integer", "text"]
    description: str
    example: str | float | int
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


class ScenarioTemplate(Value):
    """A scenario with blanks: `text` holds `{name}` for each of its parameters."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    name: str
    category: Category
    description: str
    text: str
    parameters: tuple[TemplateParameter, ...]
