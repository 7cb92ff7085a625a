"""The campaign table: one row per offer sent to a customer, oldest first within a customer."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from data_generator.customers import segments
from data_generator.customers.population import MAX_RECORDS, Population
from data_generator.customers.traits import Counts
from data_generator.draws import (
    TABLE_SIZE,
    Choices,
    Draws,
    bernoulli,
    exponential,
    pick_by_group,
    poisson,
)
from data_generator.history.campaigns import (
    CHANNELS,
    SENDING_DAYS,
    TRACKS,
    WAVES,
    Campaigns,
    campaigns,
)
from data_generator.history.response_law import OFFER_TYPES, frustration, gain, response_law
from data_generator.schema.columns import Column, assemble, coded, decimals, flags, moments
from data_generator.tables.records import Records, records_of

RESPONSE_TYPES = ("Ignored", "Accepted", "Complained", "Declined")
IGNORED, ACCEPTED, COMPLAINED, DECLINED = range(4)
DELIVERY_RATE = 0.955  # chosen
DECLINE_RATE = 0.04  # of those who neither accept nor complain; chosen
# by channel, of those who let it pass; chosen
OPEN_RATES = np.array([0.30, 0.62, 0.44, 0.36, 0.40])
CLICK_RATE = 0.16  # of those who opened and let it pass; chosen
CONVERSION_RATE = 0.92  # acceptances that become a sale; chosen
MEAN_HOURS_TO_RESPOND, MAX_HOURS_TO_RESPOND = 18.0, 240.0
FIRST_SECOND_OF_SENDING = 9 * 3600
# chance of each of the three offers of a wave by segment: who is sent what; chosen
TARGETING_WEIGHTS: tuple[tuple[float, ...], ...] = (
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
    year = campaigns(people.as_of)
    first_wave = _first_wave(people, year)
    sent = _offers_sent(people, first_wave)
    records = records_of(people, sent, "campaign_responses")
    campaign = _campaign(records, first_wave, sent)
    sent_at = _sent_at(records, year, campaign)
    answer = _answer(records, year, campaign)
    columns = (
        records.keys("response_id", "response")
        | _campaign_columns(year, campaign)
        | _funnel(records, year.channel[campaign], answer)
        | _sale(records, year.worth_cents[campaign], answer)
    )
    columns["sent_at"] = moments(sent_at)
    columns["response_at"] = moments(sent_at + _seconds_to_respond(records), answer > 0)
    return assemble("campaign_responses", columns)


def _first_wave(people: Population, year: Campaigns) -> Counts:
    """The first wave that starts after the customer joined."""
    return np.asarray(np.searchsorted(year.starts[::TRACKS], people.customer_since, side="right"))


def _offers_sent(people: Population, first_wave: Counts) -> Counts:
    """How many of the waves since joining reach the customer."""
    draw = Draws(people.seed, "campaign_responses").uint16("sent", people.rows)
    waves = WAVES - first_wave
    group = people.segment.astype(np.int64) * (WAVES + 1) + waves
    count = _sent_tables()[group * TABLE_SIZE + draw].astype(np.int64)
    return np.asarray(np.minimum(count, waves))


@cache
def _sent_tables() -> Choices:
    """Tables of counts for zero to twenty waves, segment by segment."""
    return np.concatenate(
        [
            poisson(rate * waves / WAVES, MAX_RECORDS)
            for rate in segments.OFFERS_A_YEAR
            for waves in range(WAVES + 1)
        ]
    )


def _campaign(records: Records, first_wave: Counts, sent: Counts) -> Counts:
    """A different wave each time, spread over those since joining, and one of its offers."""
    people, owner = records.people, records.owner
    offset = records.draws.uint16("wave", people.rows) / TABLE_SIZE
    step = (records.number + offset[owner]) * (WAVES - first_wave)[owner] / sent[owner]
    draw = records.draws.uint16("track", records.row)
    track = pick_by_group(TARGETING_WEIGHTS, people.segment[owner], draw)
    return (first_wave[owner] + np.floor(step).astype(np.int64)) * TRACKS + track


def _campaign_columns(year: Campaigns, campaign: Counts) -> dict[str, Column]:
    return {
        "campaign_id": coded(year.ids, campaign),
        "campaign_name": coded(year.names, campaign),
        "campaign_type": coded(year.types, campaign),
        "campaign_category": coded(year.categories, campaign),
        "offer_type": coded(OFFER_TYPES, year.offer[campaign]),
        "offer_value": decimals(year.worth_cents[campaign], 10, 2),
        "channel": coded(CHANNELS, year.channel[campaign]),
    }


def _sent_at(records: Records, year: Campaigns, campaign: Counts) -> Counts:
    """Seconds since 1970, on one of the sending days between 9 and 18 h."""
    day, second, _, _ = records.draws.four_uint16("sent_at", records.row)
    date = year.starts[campaign] + (day.astype(np.int64) * SENDING_DAYS >> 16)
    in_day = FIRST_SECOND_OF_SENDING + second.astype(np.int64) // 2
    return date.astype("datetime64[s]").astype(np.int64) + in_day


def _answer(records: Records, year: Campaigns, campaign: Counts) -> Counts:
    """Codes of RESPONSE_TYPES by the response law, -1 where the offer was not delivered."""
    reached, answer, declines, _ = records.draws.four_uint16("answer", records.row)
    offer, worth = year.offer[campaign], year.worth_cents[campaign] / 100
    accept, complain = response_law().chances(
        gain(records.people, records.owner, offer, worth),
        offer,
        frustration(records.people)[records.owner],
    )
    passed = np.where(bernoulli(DECLINE_RATE, declines), DECLINED, IGNORED)
    point = answer / TABLE_SIZE
    reply = np.where(point < accept, ACCEPTED, passed)
    reply = np.where(point >= 1 - complain, COMPLAINED, reply)
    return np.where(bernoulli(DELIVERY_RATE, reached), reply, -1)


def _funnel(records: Records, channel: Counts, answer: Counts) -> dict[str, Column]:
    """Who responded clicked, who clicked opened, and who opened was reached."""
    opens, clicks, _, _ = records.draws.four_uint16("funnel", records.row)
    delivered, responded = answer >= 0, answer > 0
    opened = delivered & (responded | bernoulli(OPEN_RATES[channel], opens))
    return {
        "delivered": flags(delivered),
        "opened": flags(opened),
        "clicked": flags(opened & (responded | bernoulli(CLICK_RATE, clicks))),
        "responded": flags(responded),
        "response_type": coded(RESPONSE_TYPES, np.maximum(answer, IGNORED), delivered),
    }


def _sale(records: Records, worth_cents: Counts, answer: Counts) -> dict[str, Column]:
    """What a sale brings, in one and a half to four and a half times the offer's worth."""
    follows, size, _, _ = records.draws.four_uint16("sale", records.row)
    converted = (answer == ACCEPTED) & bernoulli(CONVERSION_RATE, follows)
    value = np.rint(worth_cents * (1.5 + 3 * size / TABLE_SIZE)).astype(np.int64)
    return {
        "converted": flags(converted),
        "conversion_value": decimals(np.where(converted, value, 0), 10, 2),
    }


def _seconds_to_respond(records: Records) -> Counts:
    draw = records.draws.uint16("response_at", records.row)
    hours = np.minimum(MEAN_HOURS_TO_RESPOND * exponential()[draw], MAX_HOURS_TO_RESPOND)
    return np.asarray(60 + np.rint(3600 * hours), dtype=np.int64)
