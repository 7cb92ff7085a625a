"""Event types: what the carrier and its rivals do once a year, each time in another size."""

from __future__ import annotations

from typing import Literal, NamedTuple

EventKind = Literal[
    "price_change",
    "new_plan",
    "value_add",
    "policy_change",
    "contract_change",
    "competitor_offer",
    "credit",
    "loyalty_reward",
    "network_change",
]
LeverFields = dict[str, str | float | bool | list[str]]


class EventType(NamedTuple):
    """An event and its sizes, first year first, in the unit of the lever's field `size_field`.

    `text` announces it to customers, with {size} for the size without its sign. `lever` holds
    the other fields as domain/levers spells them. A policy has the sizes -1,
    stricter, and 1. `day` counts from the start of a year of ours, which begins with the as-of day.
    """

    name: str
    day: int
    category: str
    text: str
    size_field: str
    sizes: tuple[float, float, float, float]
    kind: EventKind
    lever: LeverFields


EVENT_TYPES: tuple[EventType, ...] = (
    EventType(
        "postpaid-rise", 20, "Pricing",
        "We raise the price of all postpaid plans by ${size} a month.",
        "amount_dollars", (3, 2, 5, 4), "price_change", {"scope": "postpaid"},
    ),
    EventType(
        "percent-rise", 140, "Pricing", "All our prices go up by {size}%.",
        "percent", (4, 8, 3, 6), "price_change", {},
    ),
    EventType(
        "blizzard-rise", 230, "Pricing", "The Blizzard plan goes up by ${size} a month.",
        "amount_dollars", (5, 3, 10, 8), "price_change", {"plans": ["Blizzard"]},
    ),
    EventType(
        "prepaid-rise", 300, "Pricing", "Prepaid plans cost ${size} a month more.",
        "amount_dollars", (2, 1, 4, 3), "price_change", {"scope": "prepaid"},
    ),
    EventType(
        "price-cut", 85, "Pricing", "We lower the price of all plans by ${size} a month.",
        "amount_dollars", (-2, -5, -3, -8), "price_change", {},
    ),
    EventType(
        "prepaid-cut", 260, "Pricing", "We take ${size} a month off our prepaid plans.",
        "amount_dollars", (-3, -2, -5, -4), "price_change", {"scope": "prepaid"},
    ),
    EventType(
        "one-off-fee", 335, "Pricing", "We add a one-time charge of ${size} to the next bill.",
        "amount_dollars", (8, 5, 15, 10), "price_change", {"recurring": False},
    ),
    EventType(
        "small-plan", 50, "Product", "We launch a new plan for ${size} a month with 10 GB of data.",
        "price_dollars", (32, 45, 28, 38), "new_plan", {"data_gb": 10.0},
    ),
    EventType(
        "large-plan", 170, "Product",
        "We launch a new plan for ${size} a month with unlimited data.",
        "price_dollars", (85, 110, 95, 75), "new_plan", {},
    ),
    EventType(
        "streaming-perk", 205, "Product",
        "We include a streaming service worth ${size} a month at no charge.",
        "monthly_worth_dollars", (8, 6, 14, 10),
        "value_add", {"name": "streaming", "affinity": "streaming"},
    ),
    EventType(
        "data-perk", 280, "Product", "We include extra data worth ${size} a month at no charge.",
        "monthly_worth_dollars", (5, 10, 4, 8),
        "value_add", {"name": "extra data", "affinity": "data"},
    ),
    EventType(
        "roaming-perk", 110, "Product", "We include roaming worth ${size} a month at no charge.",
        "monthly_worth_dollars", (10, 5, 12, 8),
        "value_add", {"name": "roaming", "affinity": "roaming"},
    ),
    EventType(
        "slowing-rule", 65, "Policy", "Our data throttling policy becomes {size}.",
        "direction", (-1, 1, -1, 1), "policy_change", {"area": "data_throttling"},
    ),
    EventType(
        "late-fee-rule", 190, "Policy", "Our late fee policy becomes {size}.",
        "direction", (1, -1, 1, -1), "policy_change", {"area": "fees"},
    ),
    EventType(
        "commitment", 310, "Policy", "Who stays on a plan commits to {size} months.",
        "months", (12, 24, 6, 18), "contract_change", {},
    ),
    EventType(
        "rival-price", 35, "Competitive", "T-Mobile offers unlimited data for ${size} a month.",
        "price_dollars", (60, 50, 45, 55), "competitor_offer", {"competitor": "T-Mobile"},
    ),
    EventType(
        "rival-discount", 155, "Competitive", "Verizon takes {size}% off the bill of who switches.",
        "discount_percent", (15, 10, 25, 20),
        "competitor_offer", {"competitor": "Verizon"},
    ),
    EventType(
        "rival-bonus", 245, "Competitive", "AT&T pays a switching bonus of ${size}.",
        "switching_bonus_dollars", (200, 400, 100, 300),
        "competitor_offer", {"competitor": "AT&T"},
    ),
    EventType(
        "credit", 95, "Retention", "We give everybody a one-time credit of ${size}.",
        "amount_dollars", (20, 10, 40, 30), "credit", {"months": 1},
    ),
    EventType(
        "loyalty-reward", 325, "Retention",
        "Customers of two years or more get a loyalty reward worth ${size}.",
        "worth_dollars", (40, 20, 100, 60),
        "loyalty_reward", {"min_tenure_months": 24},
    ),
    EventType(
        "outage", 125, "Service", "The network was down for {size} hours.",
        "outage_hours", (6, 2, 24, 12), "network_change", {"where": "everywhere"},
    ),
    EventType(
        "rural-towers", 215, "Service",
        "New towers improve coverage in rural areas by {size} points.",
        "coverage_points", (3, 6, 4, 8), "network_change", {"where": "rural"},
    ),
    EventType(
        "5g-launch", 290, "Service", "We bring 5G to another {size}% of people in cities.",
        "coverage_points", (10, 20, 15, 5),
        "network_change", {"technology": "5g", "where": "urban"},
    ),
)  # fmt: skip
