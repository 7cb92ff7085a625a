"""Words: what customers said and what the carrier noted, composed from parts that fit together.

A verbatim is what happened (by topic and mood, sometimes naming the plan) and what it means to the
customer (by mood, in the segment's own manner). Parts are drawn unevenly, as people's words are:
some sentences are said by many, most by few.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from data_generator.customers.plans import PLAN_NAMES
from data_generator.customers.segments import SEGMENT_IDS
from data_generator.draws import Uint16s, choices, pick_by_group
from data_generator.text.closing_phrases import COMMON_CLOSINGS, SEGMENT_CLOSINGS
from data_generator.text.topics import CATEGORIES, NETWORK_TOPICS, POLARITIES, TOPICS, Topic

Codes = NDArray[np.int64]

RESOLUTION_NOTES: tuple[tuple[str, ...], ...] = (
    (
        "Resolved during the contact.",
        "Explained and settled to the customer's satisfaction.",
        "Solved; the customer confirmed.",
        "Settled with a one-off adjustment.",
    ),
    ("Passed on to a specialist.", "Handed to the next level for a decision."),
    ("Waiting for the customer's reply.", "Open until a check is done."),
    ("Could not be settled.", "The customer left without a solution."),
)
SUMMARY_OPENINGS = (
    "Customer on {plan} asked about {subject}.",
    "Contact about {subject} on the {plan} plan.",
    "{plan} customer raised {subject}.",
    "Looked into {subject} for a customer on {plan}.",
)
COMPLAINT_SUMMARY_OPENINGS = (
    "Customer on {plan} complained about {subject}.",
    "Complaint about {subject} on the {plan} plan.",
    "{plan} customer is upset about {subject}.",
    "Took down a complaint about {subject} from a customer on {plan}.",
)

# what topics a segment has more to say about than others, as a factor; chosen
TOPIC_WEIGHTS: dict[str, dict[str, float]] = {
    "S1": {"Data Overage": 2.5, "Discount": 2.5, "Price Complaint": 2.5, "Payment": 1.5},
    "S2": {"Slow Data": 3.0, "Add-on": 2.0, "5G": 1.5, "Network Complaint": 1.5},
    "S3": {"Line Management": 3.0, "Device Upgrade": 1.5},
    "S4": {"Rewards": 2.0, "Store Visit": 1.5, "Dropped Calls": 2.0, "Coverage": 0.7},
    "S5": {"Device Upgrade": 3.0, "5G": 3.0, "Network Complaint": 2.0},
    "S6": {"Coverage": 6.0, "Dropped Calls": 2.0, "Network Complaint": 4.0, "5G": 0.3},
    "S7": {"Plan Change": 2.0, "5G": 1.5, "Discount": 1.5, "Data Overage": 1.5},
    "S8": {"Service Complaint": 2.5, "Billing Complaint": 1.8, "Price Complaint": 1.5},
}
MAX_STATEMENTS, CLOSINGS = 4, 5
STATEMENT_DECAY = 0.6  # each next part of a kind is drawn this much more rarely than the one before


def topic_codes(
    segment: NDArray[np.integer],
    capped: NDArray[np.bool_],
    several_lines: NDArray[np.bool_],
    category: Codes,
    draw: Uint16s,
) -> Codes:
    """What a contact of a category is about, by who makes it on what kind of account."""
    account = segment.astype(np.int64) * 4 + capped * 2 + several_lines
    group = account * len(CATEGORIES) + category
    return pick_by_group(_topic_weights(), group, draw).astype(np.int64)


@cache
def _topic_weights() -> tuple[tuple[float, ...], ...]:
    """Weights of all topics by segment, capped plan, several lines and category, in this order.

    Only a capped plan has overage and only an account of several lines has lines to manage.
    """
    return tuple(
        tuple(
            TOPIC_WEIGHTS[segment].get(topic.subcategory, 1.0)
            * (topic.category == category)
            * (capped or topic.subcategory != "Data Overage")
            * (several_lines or topic.subcategory != "Line Management")
            for topic in TOPICS
        )
        for segment in SEGMENT_IDS
        for capped in (False, True)
        for several_lines in (False, True)
        for category in CATEGORIES
    )


@cache
def verbatims() -> tuple[str, ...]:
    """Every verbatim in the order of its code; rare combinations repeat a text."""
    return tuple(
        f"{statement} {closing}".strip().replace("{plan}", plan)
        for segment in SEGMENT_IDS
        for plan in PLAN_NAMES
        for topic in TOPICS
        for polarity in POLARITIES
        for statement in _padded(getattr(topic, polarity))
        for closing in _closings(segment, polarity, topic)
    )


def verbatim_codes(
    segment: NDArray[np.integer],
    plan: NDArray[np.integer],
    topic: Codes,
    polarity: Codes,
    draw: Uint16s,
) -> Codes:
    """Which verbatim is said, by who says it about what in which mood."""
    block = (
        (segment.astype(np.int64) * len(PLAN_NAMES) + plan) * len(TOPICS) + topic
    ) * 3 + polarity
    part = pick_by_group(_part_weights(), _statement_counts()[topic, polarity] - 1, draw)
    return block * (MAX_STATEMENTS * CLOSINGS) + part


def _closings(segment: str, polarity: str, topic: Topic) -> tuple[str, ...]:
    first, second, network = SEGMENT_CLOSINGS[segment][polarity]
    own = (first, network if topic.subcategory in NETWORK_TOPICS else second)
    return COMMON_CLOSINGS[polarity] + own


@cache
def summaries() -> tuple[str, ...]:
    """Every summary in the order of its code."""
    return tuple(
        f"{opening.format(plan=plan, subject=topic.subject)} {note}"
        for plan in PLAN_NAMES
        for topic in TOPICS
        for notes in RESOLUTION_NOTES
        for opening in (
            COMPLAINT_SUMMARY_OPENINGS if topic.category == "Complaint" else SUMMARY_OPENINGS
        )
        for note in _padded(notes)
    )


def summary_codes(
    plan: NDArray[np.integer], topic: Codes, status: NDArray[np.integer], draw: Uint16s
) -> Codes:
    """Which summary is noted."""
    block = (plan.astype(np.int64) * len(TOPICS) + topic) * len(RESOLUTION_NOTES) + status
    parts = len(SUMMARY_OPENINGS) * MAX_STATEMENTS
    picked = choices(tuple(_geometric(parts, 0.9)))[draw].astype(np.int64)
    return block * parts + picked


def _padded(parts: Sequence[str]) -> tuple[str, ...]:
    """The parts, the last one repeated up to the largest number of parts any topic has."""
    return tuple(parts) + (parts[-1],) * (MAX_STATEMENTS - len(parts))


@cache
def _statement_counts() -> Codes:
    return np.array(
        [[len(getattr(topic, polarity)) for polarity in POLARITIES] for topic in TOPICS]
    )


@cache
def _part_weights() -> tuple[tuple[float, ...], ...]:
    """Weights of event x tail for topics with one to four events."""
    return tuple(
        tuple(
            statement * closing
            for statement in (
                *_geometric(count, STATEMENT_DECAY),
                *[0.0] * (MAX_STATEMENTS - count),
            )
            for closing in _geometric(CLOSINGS, 0.8)
        )
        for count in range(1, MAX_STATEMENTS + 1)
    )


def _geometric(parts: int, factor: float) -> list[float]:
    return [factor**place for place in range(parts)]
