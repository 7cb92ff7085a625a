"""The competition table: carriers' shares, prices and coverage in each market. Modelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from data_generator.customers.traits import Counts
from data_generator.draws import TABLE_SIZE, Draws, Floats, Rows, Uint16s, reproducible_exp
from data_generator.places.geography import STATES
from data_generator.places.places import Places, places
from data_generator.schema.columns import Column, assemble, coded, days, decimals, integers, rounded
from data_generator.tables.bounded_normal import BoundedNormal, bounded_normal_columns
from data_generator.tables.percentages import HUNDRED_PERCENT, hundredths

CARRIERS = ("snowmobile", "vz", "att", "tmo", "regional")
NATIONAL_SHARES = np.array([0.18, 0.285, 0.255, 0.225, 0.055])  # chosen; the carrier's is given
LINES_PER_PERSON = 1.08  # wireless lines of all carriers; chosen
REVENUE_PER_LINE_DOLLARS = 34.0  # a month; chosen
PRICES = {"vz": 76.0, "att": 72.0, "tmo": 66.0, "regional": 52.0}  # one line a month; chosen
COVERAGE_LOST = {"snowmobile": 22.0, "vz": 9.0, "att": 12.0, "tmo": 20.0}  # points; chosen
NPS = {"snowmobile": 32, "vz": 28, "att": 20, "tmo": 30}  # -100 to 100; the carrier's is given
# the carrier is strongest where it comes from; chosen
HOME_MARKET_FACTOR = {
    "West": 1.2,
    "Midwest": 1.1,
    "Southwest": 1.0,
    "Southeast": 0.94,
    "Northeast": 0.9,
}
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
    people = np.bincount(where.market, where.population, len(markets)).astype(np.float64)
    in_country = np.bincount(where.market, where.population * (where.area_class >= 2), len(markets))
    price_level = 1 + 0.06 * draws.normal("price_level", markets)
    distributions = _coverage(in_country / people) | _standing() | _prices(price_level)
    columns = (
        bounded_normal_columns(draws, markets, distributions)
        | _size(where, draws, markets, people, price_level)
        | _promotion(draws, markets, as_of)
    )
    columns["dma_code"] = coded(where.market_codes, np.arange(len(markets)))
    columns["dma_name"] = coded(where.market_names, np.arange(len(markets)))
    return assemble("competitive_landscape", columns)


def _coverage(in_country: Floats) -> dict[str, BoundedNormal]:
    """Percent of people covered: less where more of them live in the country."""
    distributions = {
        f"{carrier}_coverage_pct": BoundedNormal(98.6 - points * in_country, 0.6, 55, 99.9)
        for carrier, points in COVERAGE_LOST.items()
    }
    return distributions | {"snowmobile_5g_pct": BoundedNormal(88 - 55 * in_country, 4, 8, 97)}


def _standing() -> dict[str, BoundedNormal]:
    distributions = {
        f"{carrier}_nps": BoundedNormal(score, 5, -60, 80) for carrier, score in NPS.items()
    }
    return distributions | {"yoy_market_growth": BoundedNormal(1.8, 1.1, -4, 8)}


def _prices(price_level: Floats) -> dict[str, BoundedNormal]:
    return {
        f"{carrier}_avg_price": BoundedNormal(price * price_level, 0.05 * price, 30, 140)
        for carrier, price in PRICES.items()
    }


def _size(
    where: Places, draws: Draws, markets: Rows, people: Floats, price_level: Floats
) -> dict[str, Column]:
    """Shares sum to 100; concentration is the Herfindahl index with a monopoly at 100."""
    home = np.array([HOME_MARKET_FACTOR[STATES[state].region] for state in where.market_states])
    scatter = [reproducible_exp(0.18 * draws.normal(f"{name}_share", markets)) for name in CARRIERS]
    weights = NATIONAL_SHARES * np.column_stack(scatter)
    weights[:, 0] *= home
    parts = hundredths(weights)
    lines = np.rint(people * LINES_PER_PERSON)
    revenue = lines * REVENUE_PER_LINE_DOLLARS * price_level
    shares = {
        f"{name}_market_share": decimals(parts[:, i], 5, 2) for i, name in enumerate(CARRIERS)
    }
    return shares | {
        "total_wireless_subs": integers(lines),
        "market_size_revenue": rounded(revenue, 12, 2),
        "snowmobile_subs": integers(lines * parts[:, 0] / HUNDRED_PERCENT),
        "market_concentration": rounded(100 * ((parts / HUNDRED_PERCENT) ** 2).sum(axis=1), 5, 2),
    }


def _promotion(draws: Draws, markets: Rows, as_of: date) -> dict[str, Column]:
    """A rival's offer that ended in the last month or runs up to three more."""
    who, what, until, heat = draws.four_uint16("promotion", markets)
    texts = [f"{name} {promotion}" for name in RIVAL_NAMES for promotion in PROMOTIONS]
    text = _one_of(RIVAL_NAMES, who) * len(PROMOTIONS) + _one_of(PROMOTIONS, what)
    ends = np.datetime64(as_of, "D") + (until.astype(np.int64) * 120 >> 16) - 30
    return {
        "price_war_intensity": coded(INTENSITIES, np.digitize(heat / TABLE_SIZE, (0.45, 0.82))),
        "recent_competitor_promo": coded(texts, text),
        "promo_end_date": days(ends),
    }


def _one_of(alternatives: Sequence[str], draw: Uint16s) -> Counts:
    return draw.astype(np.int64) * len(alternatives) >> 16
