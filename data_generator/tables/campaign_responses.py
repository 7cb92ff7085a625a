"""The campaign table: one row per offer sent to a customer, oldest first within a customer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_generator import segments
from data_generator.campaigns import (
    CHANNELS,
    SENDING_DAYS,
    TRACKS,
    WAVES,
    Campaigns,
    campaigns,
)
from data_generator.columns import assemble, characters, coded, decimals, flags, moments, owners
from data_generator.draws import Draws, Floats, exponential, happens, pick_by_group, poisson
from data_generator.identifiers import record_id_text
from data_generator.population import MOST_RECORDS, Counts, Population
from data_generator.responses import OFFER_TYPES, frustration, gain, response_law

RESPONSE_TYPES = ("Ignored", "Accepted", "Complained", "Declined")
DELIVERED, DECLINES = 0.955, 0.04  # chosen
OPENS = np.array([0.30, 0.62, 0.44, 0.36, 0.40])  # by channel, of those who let it pass; chosen
CLICKS = 0.16  # of those who opened and let it pass; chosen
FOLLOWS_THROUGH = 0.92  # acceptances that become a sale; chosen
MEAN_HOURS_TO_RESPOND, MOST_HOURS_TO_RESPOND = 18.0, 240.0
# chance of each of the three offers of a wave by segment: who is sent what
TARGETS: tuple[tuple[float, ...], ...] = (
    (0.50, 0.30, 0.20),
    (0.26, 0.48, 0.26),
    (0.34, 0.32, 0.34),
    (0.48, 0.20, 0.32),
    (0.20, 0.36, 0.44),
    (0.46, 0.28, 0.26),
    (0.28, 0.46, 0.26),
    (0.60, 0.22, 0.18),
)


def campaign_responses_table(people: Population) -> pa.RecordBatch:
    """The rows of these customers, in their order."""
    all_campaigns = campaigns(people.as_of)
    first_wave, sent = _offers_sent(people, all_campaigns)
    owner = np.repeat(np.arange(len(people)), sent)
    number = np.arange(len(owner)) - (np.cumsum(sent) - sent)[owner]
    row = people.rows[owner] * np.uint64(MOST_RECORDS + 1) + number.astype(np.uint64)
    draws = Draws(people.seed, "campaign_responses")
    campaign = _campaign(people, first_wave, sent, owner, number, draws, row)
    sent_at = _sent_at(all_campaigns, campaign, draws, row)
    columns = (
        _keys(people, owner, number)
        | _campaign_columns(all_campaigns, campaign)
        | _response(people, all_campaigns, owner, campaign, sent_at, draws, row)
    )
    return assemble("campaign_responses", columns)


def _offers_sent(people: Population, year: Campaigns) -> tuple[Counts, Counts]:
    """First wave after joining, and how many of the waves since reach the customer."""
    starts = year.starts[::TRACKS]
    first = np.searchsorted(starts, people.customer_since, side="right")
    waves = WAVES - first
    draw = Draws(people.seed, "campaign_responses").quarter("sent", people.rows)
    group = people.segment.astype(np.int64) * (WAVES + 1) + waves
    return first, np.minimum(_sent_tables()[(group << 16) + draw].astype(np.int64), waves)


def _sent_tables() -> NDArray[np.uint8]:
    return np.concatenate(
        [
            poisson(rate * waves / WAVES, MOST_RECORDS)
            for rate in segments.OFFERS_A_YEAR
            for waves in range(WAVES + 1)
        ]
    )


def _campaign(
    people: Population,
    first_wave: Counts,
    sent: Counts,
    owner: NDArray[np.intp],
    number: Counts,
    draws: Draws,
    row: NDArray[np.uint64],
) -> Counts:
    """A different wave each time, spread over those since joining, and one of its offers."""
    offset = Draws(people.seed, "campaign_responses").quarter("wave", people.rows) / 65_536
    waves = WAVES - first_wave
    step = np.floor((number + offset[owner]) * waves[owner] / sent[owner]).astype(np.int64)
    track = pick_by_group(TARGETS, people.segment[owner], draws.quarter("track", row))
    return (first_wave[owner] + step) * TRACKS + track


def _keys(people: Population, owner: NDArray[np.intp], number: Counts) -> dict[str, pa.Array]:
    text = record_id_text(people.id_text[owner], "response", number)
    return {
        "response_id": characters(text),
        "customer_id": owners(owner, people.id_text),
    }


def _campaign_columns(year: Campaigns, campaign: Counts) -> dict[str, pa.Array]:
    return {
        "campaign_id": coded(year.ids, campaign),
        "campaign_name": coded(year.names, campaign),
        "campaign_type": coded(year.types, campaign),
        "campaign_category": coded(year.categories, campaign),
        "offer_type": coded(OFFER_TYPES, year.offer[campaign]),
        "offer_value": decimals(year.worth_cents[campaign], 10, 2),
        "channel": coded(CHANNELS, year.channel[campaign]),
    }


def _sent_at(year: Campaigns, campaign: Counts, draws: Draws, row: NDArray[np.uint64]) -> Counts:
    """Seconds since 1970, on one of the sending days between 9 and 18 h."""
    day, second, _, _ = draws.quarters("sent_at", row)
    date = year.starts[campaign] + (day.astype(np.int64) * SENDING_DAYS >> 16)
    return date.astype("datetime64[s]").astype(np.int64) + 32_400 + (second.astype(np.int64) >> 1)


def _response(
    people: Population,
    year: Campaigns,
    owner: NDArray[np.intp],
    campaign: Counts,
    sent_at: Counts,
    draws: Draws,
    row: NDArray[np.uint64],
) -> dict[str, pa.Array]:
    reached, opens, clicks, declines = draws.quarters("funnel", row)
    answer, wait, follows, size = draws.quarters("answer", row)
    delivered = happens(DELIVERED, reached)
    accept, complain = _chances(people, year, owner, campaign)
    point = answer / 65_536
    kind = np.where(point < accept, 1, np.where(point >= 1 - complain, 2, 0))
    kind = np.where((kind == 0) & happens(DECLINES, declines), 3, kind) * delivered
    responded = kind > 0
    channel = year.channel[campaign]
    opened = delivered & (responded | happens(OPENS[channel], opens))
    clicked = opened & (responded | happens(CLICKS, clicks))
    hours = np.minimum(MEAN_HOURS_TO_RESPOND * exponential()[wait], MOST_HOURS_TO_RESPOND)
    converted = (kind == 1) & happens(FOLLOWS_THROUGH, follows)
    value = np.rint(year.worth_cents[campaign] * (1.5 + 3 * size / 65_536)).astype(np.int64)
    return {
        "sent_at": moments(sent_at),
        "delivered": flags(delivered),
        "opened": flags(opened),
        "clicked": flags(clicked),
        "responded": flags(responded),
        "response_type": coded(RESPONSE_TYPES, kind, delivered),
        "response_at": moments(sent_at + np.rint(3600 * hours).astype(np.int64) + 60, responded),
        "converted": flags(converted),
        "conversion_value": decimals(np.where(converted, value, 0), 10, 2),
    }


def _chances(
    people: Population, year: Campaigns, owner: NDArray[np.intp], campaign: Counts
) -> tuple[Floats, Floats]:
    offer = year.offer[campaign]
    worth = year.worth_cents[campaign] / 100
    return response_law().chances(
        gain(people, owner, offer, worth), offer, frustration(people)[owner]
    )
