"""The support table: one row per contact within the window, oldest first within a customer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_generator import segments, words
from data_generator.columns import (
    assemble,
    characters,
    coded,
    decimals,
    flags,
    integers,
    moments,
    owners,
)
from data_generator.draws import Draws, Floats, Quarter, exponential, happens, normal, pick_by_group
from data_generator.identifiers import record_id_text
from data_generator.population import ALLOWANCE_GB, MOST_RECORDS, Counts, Population
from data_generator.segments import of

CHANNELS = ("App", "Chat", "Call", "Email", "Store", "Social")
RESOLUTIONS = ("Resolved", "Escalated", "Pending", "Unresolved")
BY_MOOD = (  # chosen: how contacts end, by mood (unhappy, neutral, happy)
    (0.46, 0.20, 0.14, 0.20),
    (0.84, 0.06, 0.06, 0.04),
    (0.94, 0.02, 0.03, 0.01),
)
HOURS_BY_CHANNEL = np.array([6.0, 1.2, 0.8, 20.0, 0.9, 9.0])  # mean to resolution; chosen
OPENS_AT, OPEN_SECONDS = 8 * 3600, 13 * 3600
RATED, QUOTED = 0.45, 0.62  # chosen: contacts with a rating, with the customer's words
UNHAPPY_BELOW, HAPPY_ABOVE = -0.2, 0.2


def support_interactions_table(people: Population) -> pa.RecordBatch:
    """The rows of these customers, in their order."""
    owner = np.repeat(np.arange(len(people)), people.contacts)
    number = np.arange(len(owner)) - (np.cumsum(people.contacts) - people.contacts)[owner]
    row = people.rows[owner] * np.uint64(MOST_RECORDS + 1) + number.astype(np.uint64)
    draws = Draws(people.seed, "support_interactions")
    topic = _topic(people, owner, number, row, draws)
    complaint = np.array([t.category == "Complaint" for t in words.TOPICS])[topic]
    sentiment = _sentiment(people, owner, complaint, row, draws)
    mood = (sentiment >= UNHAPPY_BELOW).astype(np.int64) + (sentiment > HAPPY_ABOVE)
    columns = (
        _keys(people, owner, number)
        | _contact(people, owner, number, row, draws, topic)
        | _outcome(people, owner, row, draws, mood)
        | _words(people, owner, row, draws, topic, mood)
    )
    columns["sentiment_score"] = decimals(np.rint(100 * sentiment).astype(np.int64), 3, 2)
    return assemble("support_interactions", columns)


Owner = NDArray[np.intp]
Row = NDArray[np.uint64]


def _keys(people: Population, owner: Owner, number: Counts) -> dict[str, pa.Array]:
    text = record_id_text(people.id_text[owner], "interaction", number)
    return {
        "interaction_id": characters(text),
        "customer_id": owners(owner, people.id_text),
    }


def _topic(people: Population, owner: Owner, number: Counts, row: Row, draws: Draws) -> Counts:
    """Complaints are a customer's latest contacts; what anything is about depends on who asks."""
    what, about, _, _ = draws.quarters("topic", row)
    category = pick_by_group(segments.CATEGORIES, people.segment[owner], what).astype(np.int64)
    complains = number >= (people.contacts - people.complaints)[owner]
    category = np.where(complains, len(words.CATEGORIES) - 1, category)
    capped, several = np.isfinite(ALLOWANCE_GB)[people.plan], people.lines > 1
    return words.topic_codes(people.segment[owner], capped[owner], several[owner], category, about)


def _sentiment(
    people: Population, owner: Owner, complaint: NDArray[np.bool_], row: Row, draws: Draws
) -> Floats:
    """-1 to 1: the segment's usual tone, much lower in a complaint."""
    tone = of(segments.SENTIMENT, people.segment)[owner]
    tone = np.where(complaint, -0.62 + 0.15 * tone, tone)
    spread = np.where(complaint, 0.18, 0.34)
    return np.clip(tone + spread * normal()[draws.quarter("sentiment", row)], -1, 1)


def _contact(
    people: Population, owner: Owner, number: Counts, row: Row, draws: Draws, topic: Counts
) -> dict[str, pa.Array]:
    how, day, second, _ = draws.quarters("contact", row)
    channel = pick_by_group(segments.CHANNELS, people.segment[owner], how)
    category_index = {name: code for code, name in enumerate(words.CATEGORIES)}
    category = np.array([category_index[t.category] for t in words.TOPICS])[topic]
    return {
        "interaction_date": moments(_seconds(people, owner, number, day, second)),
        "channel": coded(CHANNELS, channel),
        "category": coded(words.CATEGORIES, category),
        "subcategory": coded([t.subcategory for t in words.TOPICS], topic),
        "intent": coded([t.intent for t in words.TOPICS], topic),
    }


def _seconds(
    people: Population, owner: Owner, number: Counts, day: Quarter, second: Quarter
) -> Counts:
    """Each contact falls into its own equal part of the window, in opening hours."""
    part = (number + day / 65_536) / people.contacts[owner]
    date = people.window_start[owner] + np.floor(part * people.window_days[owner]).astype(np.int64)
    in_day = OPENS_AT + (second.astype(np.int64) * OPEN_SECONDS >> 16)
    return date.astype("datetime64[s]").astype(np.int64) + in_day


def _outcome(
    people: Population, owner: Owner, row: Row, draws: Draws, mood: Counts
) -> dict[str, pa.Array]:
    end, hours, rating, first = draws.quarters("outcome", row)
    status = pick_by_group(BY_MOOD, mood, end)
    channel = pick_by_group(segments.CHANNELS, people.segment[owner], draws.quarter("contact", row))
    slow = np.array([1.0, 6.0, 0.0, 0.0])[status]
    taken = HOURS_BY_CHANNEL[channel] * slow * exponential()[hours]
    closed = status < 2
    at_once = (status == 0) & happens(np.array([0.45, 0.72, 0.85])[mood], first)
    stars = np.clip(np.array([1, 3, 4])[mood] + (rating >> 15), 1, 5)
    rated = happens(RATED, draws.quarter("rated", row))
    return {
        "resolution_status": coded(RESOLUTIONS, status),
        "resolution_time_hours": decimals(np.rint(100 * taken).astype(np.int64), 10, 2, closed),
        "first_contact_resolution": flags(at_once),
        "csat_score": integers(stars, rated),
    }


def _words(
    people: Population, owner: Owner, row: Row, draws: Draws, topic: Counts, mood: Counts
) -> dict[str, pa.Array]:
    said, quoted, noted, _ = draws.quarters("words", row)
    end = draws.quarters("outcome", row)[0]
    status = pick_by_group(BY_MOOD, mood, end)
    verbatim = words.verbatim_codes(people.segment[owner], people.plan[owner], topic, mood, said)
    summary = words.summary_codes(people.plan[owner], topic, status, noted)
    return {
        "interaction_summary": coded(words.summaries(), summary),
        "customer_verbatim": coded(words.verbatims(), verbatim, happens(QUOTED, quoted)),
    }
