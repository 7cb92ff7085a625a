"""Reaction verbatims: what customers of a segment said about a past event, by its theme."""

from __future__ import annotations

from typing import assert_never

from data_generator.customers.segments import SEGMENT_IDS
from data_generator.draws import Uint16s
from data_generator.history.event_types import EventType
from data_generator.text.sentences import ByPolarity, closings, reactions

NEGATIVE_BELOW, POSITIVE_ABOVE = -0.03, 0.03  # change of sentiment


def reaction_verbatim(event_type: EventType, segment: int, change: float, draw: Uint16s) -> str:
    """What a customer of the segment said about the event, by how far it changed the sentiment.

    `draw` has one element.
    """
    polarity = int(change >= NEGATIVE_BELOW) + int(change > POSITIVE_ABOVE)
    statements = _theme(event_type).in_order[polarity]
    endings = closings().segments[SEGMENT_IDS[segment]].in_order[polarity][:2]
    turn = int(draw[0])
    ending = endings[turn // len(statements) % len(endings)]
    return f"{statements[turn % len(statements)]} {ending}"


def _theme(event_type: EventType) -> ByPolarity:
    match event_type.kind:
        case "price_change":
            theme = reactions().price
        case "new_plan":
            theme = reactions().plan
        case "value_add":
            theme = reactions().add_on
        case "credit" | "loyalty_reward":
            theme = reactions().reward
        case "policy_change" | "contract_change":
            theme = reactions().policy
        case "competitor_offer":
            theme = reactions().competitor
        case "network_change":
            outage = event_type.size_field == "outage_hours"
            theme = reactions().outage if outage else reactions().network
        case _:
            assert_never(event_type.kind)
    return theme
