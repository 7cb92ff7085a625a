"""The support table: one row per contact within the window, oldest first within a customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_generator.customers import segments
from data_generator.customers.plans import ALLOWANCE_GB
from data_generator.customers.population import Population
from data_generator.customers.segments import segment_figure
from data_generator.customers.traits import Codes, Counts
from data_generator.draws import (
    TABLE_SIZE,
    Floats,
    bernoulli,
    exponential,
    normal,
    pick_by_group,
)
from data_generator.schema.columns import (
    Column,
    assemble,
    coded,
    decimals,
    flags,
    integers,
    moments,
)
from data_generator.tables.records import Records, records_of
from data_generator.text import verbatims
from data_generator.text.sentences import CATEGORIES, RESOLUTIONS, support

CHANNELS = ("App", "Chat", "Call", "Email", "Store", "Social")
RESOLUTION_WEIGHTS = (  # chosen: by polarity (negative, neutral, positive)
    (0.46, 0.20, 0.14, 0.20),
    (0.84, 0.06, 0.06, 0.04),
    (0.94, 0.02, 0.03, 0.01),
)
HOURS_BY_CHANNEL = np.array([6.0, 1.2, 0.8, 20.0, 0.9, 9.0])  # mean to resolution; chosen
HOURS_BY_RESOLUTION = np.array([1.0, 6.0, 0.0, 0.0])  # as a factor; the open ones have no end
FIRST_CONTACT_RESOLUTION = np.array([0.45, 0.72, 0.85])  # of resolved contacts, by polarity; chosen
OPENS_AT_SECONDS, OPEN_SECONDS = 8 * 3600, 13 * 3600
RATED, QUOTED = 0.45, 0.62  # chosen: contacts with a rating, with a verbatim
NEGATIVE_BELOW, POSITIVE_ABOVE = -0.2, 0.2
COMPLAINT = CATEGORIES.index("Complaint")


@dataclass(frozen=True, slots=True)
class Contacts:
    """What contacts are like; codes as in the vocabularies, sentiment in hundredths."""

    topic: Counts
    channel: Codes
    sentiment: Counts
    polarity: Counts
    resolution: Codes


def support_interactions_table(people: Population) -> pa.RecordBatch:
    """The rows of these customers, in their order."""
    records = records_of(people, people.contacts, "support_interactions")
    contacts = _contacts(records)
    columns = (
        records.keys("interaction_id", "interaction")
        | _subject(contacts)
        | _outcome(records, contacts)
        | _texts(records, contacts)
    )
    columns["interaction_date"] = moments(_seconds(records))
    return assemble("support_interactions", columns)


def _contacts(records: Records) -> Contacts:
    category_draw, topic_draw, channel_draw, resolution_draw = records.draws.four_uint16(
        "contact", records.row
    )
    segment = records.people.segment[records.owner]
    category = pick_by_group(segments.CATEGORIES, segment, category_draw).astype(np.int64)
    category = np.where(_complains(records), COMPLAINT, category)
    capped, several = np.isfinite(ALLOWANCE_GB)[records.people.plan], records.people.lines > 1
    topic = verbatims.topic_codes(
        segment, capped[records.owner], several[records.owner], category, topic_draw
    )
    sentiment = _sentiment(records, category == COMPLAINT)
    polarity = (sentiment >= NEGATIVE_BELOW).astype(np.int64) + (sentiment > POSITIVE_ABOVE)
    return Contacts(
        topic=topic,
        channel=pick_by_group(segments.CHANNELS, segment, channel_draw),
        sentiment=np.rint(100 * sentiment).astype(np.int64),
        polarity=polarity,
        resolution=pick_by_group(RESOLUTION_WEIGHTS, polarity, resolution_draw),
    )


def _complains(records: Records) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Complaints are a customer's latest contacts."""
    others = records.people.contacts - records.people.complaints
    return np.asarray(records.number >= others[records.owner])


def _sentiment(records: Records, complaint: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """-1 to 1: the segment's baseline, much lower in a complaint."""
    baseline = segment_figure(segments.SENTIMENT, records.people.segment)[records.owner]
    mean = np.where(complaint, -0.62 + 0.15 * baseline, baseline)
    spread = np.where(complaint, 0.18, 0.34)
    scatter = normal()[records.draws.uint16("sentiment", records.row)]
    return np.clip(mean + spread * scatter, -1, 1)


def _seconds(records: Records) -> Counts:
    """Since 1970. Each contact has its own equal part of the window, within opening hours."""
    people, owner = records.people, records.owner
    draw = records.draws.uint16("interaction_date", records.row) / TABLE_SIZE
    time = (records.number + draw) / people.contacts[owner] * people.window_days[owner]
    day = np.floor(time)
    date = people.window_start[owner] + day.astype("timedelta64[D]")
    in_day = OPENS_AT_SECONDS + np.floor((time - day) * OPEN_SECONDS).astype(np.int64)
    return np.asarray(date.astype("datetime64[s]").astype(np.int64) + in_day)


def _subject(contacts: Contacts) -> dict[str, Column]:
    topics = support().topics
    return {
        "channel": coded(CHANNELS, contacts.channel),
        "category": coded([topic.category for topic in topics], contacts.topic),
        "subcategory": coded([topic.subcategory for topic in topics], contacts.topic),
        "intent": coded([topic.intent for topic in topics], contacts.topic),
        "sentiment_score": decimals(contacts.sentiment, 3, 2),
    }


def _outcome(records: Records, contacts: Contacts) -> dict[str, Column]:
    hours, stars, rated, first_contact = records.draws.four_uint16("outcome", records.row)
    mean = HOURS_BY_CHANNEL[contacts.channel] * HOURS_BY_RESOLUTION[contacts.resolution]
    duration = np.rint(100 * mean * exponential()[hours]).astype(np.int64)
    first = (contacts.resolution == 0) & bernoulli(
        FIRST_CONTACT_RESOLUTION[contacts.polarity], first_contact
    )
    score = np.array([1, 3, 4])[contacts.polarity] + (stars >> 15)
    return {
        "resolution_status": coded(RESOLUTIONS, contacts.resolution),
        "resolution_time_hours": decimals(duration, 10, 2, contacts.resolution < 2),
        "first_contact_resolution": flags(first),
        "csat_score": integers(score, bernoulli(RATED, rated)),
    }


def _texts(records: Records, contacts: Contacts) -> dict[str, Column]:
    verbatim_draw, quoted, summary_draw, _ = records.draws.four_uint16("words", records.row)
    segment = records.people.segment[records.owner]
    plan = records.people.plan[records.owner]
    verbatim = verbatims.verbatim_codes(
        segment, plan, contacts.topic, contacts.polarity, verbatim_draw
    )
    summary = verbatims.summary_codes(plan, contacts.topic, contacts.resolution, summary_draw)
    return {
        "interaction_summary": coded(verbatims.summaries(), summary),
        "customer_verbatim": coded(verbatims.verbatims(), verbatim, bernoulli(QUOTED, quoted)),
    }
