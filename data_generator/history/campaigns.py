"""Campaigns: sixty over the year, twenty waves of three, each with one offer and one channel."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_generator.history.response_law import OFFER_TYPES

WAVES, TRACKS = 20, 3
DAYS_BETWEEN_WAVES = 18
SENDING_DAYS = 5
CHANNELS = ("Email", "SMS", "App Push", "Direct Mail", "Call")
MONTH_NAMES = calendar.month_name[1:]


class Offer(NamedTuple):
    """An offer made again and again; `worths` in dollars are taken in turn."""

    offer_type: str
    campaign_type: str
    category: str
    name: str
    worths: tuple[int, ...]


TRACK_OFFERS: tuple[tuple[Offer, ...], ...] = (
    (
        Offer("Bill Credit", "Retention", "Price", "Thank-You Credit", (20, 30, 40, 50)),
        Offer("Monthly Discount", "Win-back", "Price", "Bill Saver", (5, 8, 10, 3)),
        Offer("Bonus Points", "Loyalty", "Rewards", "Rewards Boost", (10, 15, 25, 20)),
    ),
    (
        Offer("Free Streaming", "Cross-sell", "Entertainment", "Stream Pass", (10, 8, 14, 6)),
        Offer("Data Bonus", "Upsell", "Data", "Data Boost", (5, 10, 8, 12)),
        Offer("Monthly Discount", "Seasonal", "Price", "Seasonal Saver", (4, 6, 7, 9)),
    ),
    (
        Offer("Device Discount", "Upsell", "Device", "Upgrade Event", (60, 100, 80, 120)),
        Offer("Free Roaming", "Cross-sell", "Travel", "Travel Pass", (10, 15, 20, 12)),
        Offer("Bill Credit", "Loyalty", "Price", "Anniversary Credit", (15, 25, 35, 60)),
        Offer("Bonus Points", "Seasonal", "Rewards", "Double Points", (12, 18, 30, 22)),
    ),
)


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Columns of sixty campaigns, wave by wave; `starts` is the first day of sending."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    types: tuple[str, ...]
    categories: tuple[str, ...]
    channel: NDArray[np.int64]
    offer: NDArray[np.int64]
    worth_cents: NDArray[np.int64]
    starts: NDArray[np.datetime64]


@cache
def campaigns(as_of: np.datetime64) -> Campaigns:
    """The campaigns of the year before a day; the last is sent 19 to 23 days before it."""
    wave, track = np.divmod(np.arange(WAVES * TRACKS), TRACKS)
    starts = as_of - (DAYS_BETWEEN_WAVES * (WAVES - wave) + SENDING_DAYS)
    months = starts.astype("datetime64[M]").astype(int)
    slots = list(zip(wave.tolist(), track.tolist(), strict=True))
    offers = [TRACK_OFFERS[t][w % len(TRACK_OFFERS[t])] for w, t in slots]
    turns = [w // len(TRACK_OFFERS[t]) for w, t in slots]
    worths = [offer.worths[turn % 4] for offer, turn in zip(offers, turns, strict=True)]
    return Campaigns(
        ids=tuple(f"CMP-{1970 + month // 12}-{n:03d}" for n, month in enumerate(months, start=1)),
        names=tuple(
            f"{MONTH_NAMES[month % 12]} {offer.name} {1970 + month // 12}"
            for offer, month in zip(offers, months, strict=True)
        ),
        types=tuple(offer.campaign_type for offer in offers),
        categories=tuple(offer.category for offer in offers),
        channel=(2 * wave + track) % len(CHANNELS),
        offer=np.array([OFFER_TYPES.index(offer.offer_type) for offer in offers]),
        worth_cents=100 * np.array(worths),
        starts=starts,
    )
