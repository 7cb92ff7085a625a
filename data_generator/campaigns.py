"""Campaigns: sixty over the year, twenty waves of three, each with one offer and one channel."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from data_generator.responses import OFFER_TYPES

WAVES, TRACKS = 20, 3
DAYS_BETWEEN_WAVES = 18
SENDING_DAYS = 5
TYPES = ("Retention", "Upsell", "Cross-sell", "Win-back", "Loyalty", "Seasonal")
CHANNELS = ("Email", "SMS", "App Push", "Direct Mail", "Call")
MONTH_NAMES = calendar.month_name[1:]

# offer, type, category, name after the month, dollars the offer is worth from wave to wave
TRACK_OFFERS: tuple[tuple[tuple[str, str, str, str, tuple[float, ...]], ...], ...] = (
    (
        ("Bill Credit", "Retention", "Price", "Thank-You Credit", (20, 30, 40, 50)),
        ("Monthly Discount", "Win-back", "Price", "Monthly Saver", (5, 8, 10, 3)),
        ("Bonus Points", "Loyalty", "Rewards", "Rewards Boost", (10, 15, 25, 20)),
    ),
    (
        ("Free Streaming", "Cross-sell", "Entertainment", "Stream Pass", (10, 8, 14, 6)),
        ("Data Bonus", "Upsell", "Data", "Data Boost", (5, 10, 8, 12)),
        ("Monthly Discount", "Seasonal", "Price", "Seasonal Saver", (4, 6, 7, 9)),
    ),
    (
        ("Device Discount", "Upsell", "Device", "Upgrade Event", (60, 100, 80, 120)),
        ("Free Roaming", "Cross-sell", "Travel", "Travel Pass", (10, 15, 20, 12)),
        ("Bill Credit", "Loyalty", "Price", "Anniversary Credit", (15, 25, 35, 60)),
        ("Bonus Points", "Seasonal", "Rewards", "Double Points", (12, 18, 30, 22)),
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
    """The campaigns of the year before a day; the last is sent 18 to 23 days before it."""
    plans = [_plan(wave, track) for wave in range(WAVES) for track in range(TRACKS)]
    back = DAYS_BETWEEN_WAVES * (WAVES - np.arange(WAVES)) + SENDING_DAYS
    starts = np.repeat(as_of - back, TRACKS)
    months = starts.astype("datetime64[M]").astype(int)
    years = 1970 + months // 12
    return Campaigns(
        ids=tuple(f"CMP-{y}-{n:03d}" for n, y in enumerate(years, start=1)),
        names=tuple(
            f"{MONTH_NAMES[month % 12]} {plan[3]} {year}"
            for plan, month, year in zip(plans, months, years, strict=True)
        ),
        types=tuple(plan[1] for plan in plans),
        categories=tuple(plan[2] for plan in plans),
        channel=np.array(
            [(w * 2 + t) % len(CHANNELS) for w in range(WAVES) for t in range(TRACKS)]
        ),
        offer=np.array([OFFER_TYPES.index(plan[0]) for plan in plans]),
        worth_cents=np.array(
            [
                round(100 * plan[4][(index // TRACKS) // len(TRACK_OFFERS[index % TRACKS]) % 4])
                for index, plan in enumerate(plans)
            ]
        ),
        starts=starts,
    )


def _plan(wave: int, track: int) -> tuple[str, str, str, str, tuple[float, ...]]:
    offers = TRACK_OFFERS[track]
    return offers[wave % len(offers)]
