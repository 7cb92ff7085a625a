"""The competition table: carriers' shares, prices and coverage in each market. Modelled."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from data_generator.columns import assemble, coded, days, decimals, integers, rounded
from data_generator.draws import DECIMALS, Draws, Floats, Quarter, Rows, normal
from data_generator.geography import STATES
from data_generator.places import Places, places
from data_generator.population import Counts
from data_generator.shares import HUNDRED, hundredths

CARRIERS = ("snowmobile", "vz", "att", "tmo", "regional")
NATIONAL_SHARES = np.array([0.18, 0.285, 0.255, 0.225, 0.055])  # chosen; the carrier's is given
LINES_PER_PERSON = 1.08  # wireless lines of all carriers; chosen
REVENUE_PER_LINE_DOLLARS = 34.0  # a month; chosen
PRICES = {"vz": 76.0, "att": 72.0, "tmo": 66.0, "regional": 52.0}  # one line a month; chosen
INTENSITIES = ("Low", "Medium", "High")
RIVAL_NAMES = ("Verizon", "AT&T", "T-Mobile", "The regional carrier")
PROMOTIONS = (
    "takes half off the second line",
    "gives a new phone for an old one",
    "pays off the phone of those who switch",
    "includes a streaming service for a year",
    "adds a line free of charge",
    "guarantees its price for three years",
    "takes a quarter off the first six bills",
    "includes unlimited hotspot data",
)


def competitive_landscape_table(seed: int, as_of: date) -> pa.RecordBatch:
    """All 210 rows, ordered by market code."""
    where = places(seed)
    draws = Draws(seed, "competitive_landscape")
    markets = np.arange(len(where.market_names), dtype=np.uint64)
    people = np.bincount(where.market, where.population, minlength=len(markets))
    rural = np.bincount(where.market, where.population * (where.klass >= 2), len(markets)) / people
    columns = (
        _size(where, draws, markets, people)
        | _coverage(draws, markets, rural)
        | _standing(draws, markets)
        | _promotion(draws, markets, as_of)
    )
    return assemble("competitive_landscape", columns)


def _size(where: Places, draws: Draws, markets: Rows, people: Floats) -> dict[str, pa.Array]:
    """Shares sum to 100; concentration is the Herfindahl index with a monopoly at 100."""
    home = {"West": 1.2, "Midwest": 1.1, "Southwest": 1.0, "Southeast": 0.94, "Northeast": 0.9}
    weights = np.tile(NATIONAL_SHARES, (len(markets), 1))
    for i, carrier in enumerate(CARRIERS):
        weights[:, i] *= np.round(
            np.exp(0.18 * _noise(draws, f"{carrier}_share", markets)), DECIMALS
        )
    weights[:, 0] *= [home[STATES[state].region] for state in where.market_states]
    parts = hundredths(weights)
    lines = np.rint(people * LINES_PER_PERSON)
    price_level = 1 + 0.06 * _noise(draws, "price_level", markets)
    columns = {
        "dma_code": coded(where.market_codes.tolist(), np.arange(len(markets))),
        "dma_name": coded(where.market_names, np.arange(len(markets))),
        "total_wireless_subs": integers(lines),
        "market_size_revenue": rounded(lines * REVENUE_PER_LINE_DOLLARS * price_level, 12, 2),
        "yoy_market_growth": rounded(1.8 + 1.1 * _noise(draws, "growth", markets), 5, 2),
        "snowmobile_subs": integers(lines * parts[:, 0] / HUNDRED),
        "market_concentration": rounded(100 * ((parts / HUNDRED) ** 2).sum(axis=1), 5, 2),
    }
    for i, carrier in enumerate(CARRIERS):
        columns[f"{carrier}_market_share"] = decimals(parts[:, i], 5, 2)
    for carrier, price in PRICES.items():
        spread = 1 + 0.05 * _noise(draws, f"{carrier}_price", markets)
        columns[f"{carrier}_avg_price"] = rounded(price * price_level * spread, 6, 2)
    return columns


def _coverage(draws: Draws, markets: Rows, rural: Floats) -> dict[str, pa.Array]:
    """Percent of people covered: less where more of them live in the country."""
    lost = {"snowmobile": 22.0, "vz": 9.0, "att": 12.0, "tmo": 20.0}
    columns = {}
    for carrier, points in lost.items():
        covered = 99.4 - points * rural - np.abs(0.8 * _noise(draws, f"{carrier}_cover", markets))
        columns[f"{carrier}_coverage_pct"] = rounded(np.clip(covered, 55, 99.9), 5, 2)
    on_5g = 88 - 55 * rural + 4 * _noise(draws, "5g", markets)
    columns["snowmobile_5g_pct"] = rounded(np.clip(on_5g, 8, 97), 5, 2)
    return columns


def _standing(draws: Draws, markets: Rows) -> dict[str, pa.Array]:
    """Net promoter scores, -100 to 100; the carrier's is 32 in the country."""
    means = {"snowmobile": 32, "vz": 28, "att": 20, "tmo": 30}
    return {
        f"{carrier}_nps": integers(mean + 5 * _noise(draws, f"{carrier}_nps", markets))
        for carrier, mean in means.items()
    }


def _promotion(draws: Draws, markets: Rows, as_of: date) -> dict[str, pa.Array]:
    who, what, until, heat = draws.quarters("promotion", markets)
    rival, offer = _one_of(len(RIVAL_NAMES), who), _one_of(len(PROMOTIONS), what)
    texts = [f"{name} {promotion}" for name in RIVAL_NAMES for promotion in PROMOTIONS]
    ends = np.datetime64(as_of, "D") + (until.astype(np.int64) * 120 >> 16) - 30
    return {
        "price_war_intensity": coded(INTENSITIES, np.digitize(heat / 65_536, (0.45, 0.82))),
        "recent_competitor_promo": coded(texts, rival * len(PROMOTIONS) + offer),
        "promo_end_date": days(ends),
    }


def _one_of(alternatives: int, draw: Quarter) -> Counts:
    return draw.astype(np.int64) * alternatives >> 16


def _noise(draws: Draws, column: str, markets: Rows) -> Floats:
    return normal()[draws.quarter(column, markets)]
