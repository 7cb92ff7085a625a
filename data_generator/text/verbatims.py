"""Verbatims: what customers said and what the carrier noted, composed from parts.

A verbatim is a statement of what happened (by topic and polarity, sometimes naming the plan) and a
closing (by polarity, of anybody or of the segment). Parts are drawn unevenly, as people's words
are: some sentences are said by many, most by few.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from data_generator.customers.plans import PLAN_NAMES
from data_generator.customers.segments import SEGMENT_IDS
from data_generator.draws import Uint16s, choices, pick_by_group
from data_generator.text.sentences import (
    CATEGORIES,
    MAX_STATEMENTS,
    POLARITIES,
    RESOLUTIONS,
    Topic,
    closings,
    support,
)

Codes = NDArray[np.int64]

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
CLOSINGS = 5  # of a segment in a polarity: three of anybody, two of its own
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
            for topic in support().topics
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
        for topic in support().topics
        for polarity, statements in enumerate(topic.in_order)
        for statement in _padded(statements)
        for closing in _closings(segment, polarity, topic)
    )


def verbatim_codes(
    segment: NDArray[np.integer],
    plan: NDArray[np.integer],
    topic: Codes,
    polarity: Codes,
    draw: Uint16s,
) -> Codes:
    """Which verbatim a customer leaves, by segment, plan, topic and polarity."""
    of_segment = segment.astype(np.int64) * len(PLAN_NAMES) + plan
    of_topic = of_segment * len(support().topics) + topic
    block = of_topic * len(POLARITIES) + polarity
    part = pick_by_group(_part_weights(), _statement_counts()[topic, polarity] - 1, draw)
    return block * (MAX_STATEMENTS * CLOSINGS) + part


def _closings(segment: str, polarity: int, topic: Topic) -> tuple[str, ...]:
    first, second, network = closings().segments[segment].in_order[polarity]
    common = closings().common.in_order[polarity]
    return (*common, first, network if topic.about_network else second)


@cache
def summaries() -> tuple[str, ...]:
    """Every summary in the order of its code."""
    parts = support().summaries
    return tuple(
        f"{opening.format(plan=plan, subject=topic.subject)} {note}"
        for plan in PLAN_NAMES
        for topic in support().topics
        for resolution in RESOLUTIONS
        for opening in (
            parts.complaint_openings if topic.category == "Complaint" else parts.openings
        )
        for note in _padded(parts.notes[resolution])
    )


def summary_codes(
    plan: NDArray[np.integer], topic: Codes, resolution: NDArray[np.integer], draw: Uint16s
) -> Codes:
    """Which summary is noted."""
    of_topic = plan.astype(np.int64) * len(support().topics) + topic
    block = of_topic * len(RESOLUTIONS) + resolution
    parts = len(support().summaries.openings) * MAX_STATEMENTS
    picked = choices(tuple(_geometric(parts, 0.9)))[draw].astype(np.int64)
    return block * parts + picked


def _padded(parts: Sequence[str]) -> tuple[str, ...]:
    """The parts, the last one repeated up to the largest number of parts any topic has."""
    return tuple(parts) + (parts[-1],) * (MAX_STATEMENTS - len(parts))


@cache
def _statement_counts() -> Codes:
    return np.array([list(map(len, topic.in_order)) for topic in support().topics])


@cache
def _part_weights() -> tuple[tuple[float, ...], ...]:
    """Weights of statement x closing for topics with one to four statements."""
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
