"""The lifestyle table: how people in each place use technology and media. Modelled."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_generator.columns import assemble, coded, integers, rounded
from data_generator.draws import DECIMALS, Draws, Floats
from data_generator.places import Places, places
from data_generator.shares import percentages
from data_generator.tables.zip_demographics import noise

LIFESTYLES = (
    "Urban Tech Elite",
    "Suburban Family Focus",
    "Budget Maximizers",
    "Silver Streamers",
    "Rural Reliability",
    "Young & Mobile",
    "Small Biz Hustlers",
    "Connected Seniors",
    "Digital Minimalists",
    "Premium Professionals",
)
# how each lifestyle leans on Urban, Suburban, Rural, Remote, then on income and on youth; chosen
LEANINGS = np.array(
    [
        [1.6, 0.4, -1.5, -2.0, 0.9, 0.6],
        [-0.4, 1.6, 0.0, -0.6, 0.6, 0.0],
        [0.6, 0.3, 0.3, 0.0, -1.4, 0.2],
        [-0.2, 0.5, 0.2, 0.0, 0.1, -0.8],
        [-2.5, -0.8, 1.7, 1.6, -0.1, -0.3],
        [1.2, 0.2, -0.8, -1.2, -0.3, 1.4],
        [0.4, 0.4, 0.2, 0.0, 0.2, 0.1],
        [-0.2, 0.3, 0.3, 0.2, 0.0, -1.1],
        [-0.8, -0.3, 0.8, 1.3, -0.3, -0.6],
        [0.6, 0.9, -0.8, -1.2, 1.5, 0.1],
    ]
)
NEWS = ("Low", "Medium", "High")
NEWS_SOURCES = ("Online News", "Social Media", "Television", "Radio", "Podcasts", "Newspaper")


def lifestyle_segments_table(seed: int) -> pa.RecordBatch:
    """All 42,000 rows, ordered by ZIP code; indices are 0 to 100, percentages 0 to 100."""
    where = places(seed)
    draws = Draws(seed, "lifestyle_segments")
    young = _youth(where, draws)
    columns = (
        _clusters(where, draws, young)
        | _technology(where, draws, young)
        | _media(where, draws, young)
        | _attitudes(where, draws, young)
        | _channels(where, draws, young)
        | _telecom(where, draws, young)
    )
    columns["zip_code"] = coded(where.zip_code.tolist(), np.arange(len(where)))
    return assemble("lifestyle_segments", columns)


def _youth(where: Places, draws: Draws) -> Floats:
    """How young a place feels, about -2 to 2."""
    base = np.array([0.7, 0.1, -0.5, -0.8])[where.klass]
    return base + 0.5 * noise(where, draws, "youth")


def _index(where: Places, draws: Draws, column: str, mean: Floats, spread: float) -> pa.Array:
    return integers(np.clip(mean + spread * noise(where, draws, column), 1, 99))


def _percent(where: Places, draws: Draws, column: str, mean: Floats, spread: float) -> pa.Array:
    value = np.clip(mean + spread * noise(where, draws, column), 0.5, 99.5)
    return rounded(value, 5, 2)


def _tenths(
    where: Places, draws: Draws, column: str, mean: Floats, spread: float, precision: int
) -> pa.Array:
    value = mean + spread * noise(where, draws, column)
    return rounded(np.clip(value, 0.2, 99.0), precision, 1)


def _clusters(where: Places, draws: Draws, young: Floats) -> dict[str, pa.Array]:
    scores = LEANINGS[:, :4].T[where.klass]
    scores = scores + np.outer(where.income_score, LEANINGS[:, 4]) + np.outer(young, LEANINGS[:, 5])
    scores += 0.5 * np.column_stack([noise(where, draws, name) for name in LIFESTYLES])
    ranked = np.argsort(-scores, axis=1, kind="stable")
    weights = np.round(np.exp(scores - scores.max(axis=1, keepdims=True)), DECIMALS)
    shares = weights / weights.sum(axis=1, keepdims=True)
    diversity = 1 - (shares**2).sum(axis=1)
    return {
        "primary_lifestyle": coded(LIFESTYLES, ranked[:, 0]),
        "secondary_lifestyle": coded(LIFESTYLES, ranked[:, 1]),
        "lifestyle_diversity": rounded(diversity, 3, 2),
    }


def _technology(where: Places, draws: Draws, young: Floats) -> dict[str, pa.Array]:
    rich = where.income_score
    iphone = np.clip(0.54 + 0.07 * rich + 0.03 * young + 0.03 * noise(where, draws, "iphone"), 0, 1)
    return percentages(("pct_iphone", "pct_android"), np.column_stack((iphone, 1 - iphone))) | {
        "tech_adoption_score": _index(where, draws, "tech", 52 + 10 * rich + 9 * young, 4),
        "smartphone_penetration": _percent(
            where, draws, "smartphone", 87 + 3 * rich + 3 * young, 1.5
        ),
        "smart_home_adoption": _percent(where, draws, "home", 28 + 8 * rich + 2 * young, 3),
        "streaming_penetration": _percent(where, draws, "stream", 70 + 4 * rich + 9 * young, 4),
        "cord_cutter_rate": _percent(where, draws, "cord", 42 + 2 * rich + 9 * young, 4),
        "mobile_banking_pct": _percent(where, draws, "bank", 62 + 4 * rich + 8 * young, 4),
        "online_shopping_pct": _percent(where, draws, "shop", 66 + 5 * rich + 5 * young, 4),
    }


def _media(where: Places, draws: Draws, young: Floats) -> dict[str, pa.Array]:
    news = np.clip(np.rint(1 - 0.5 * young + 0.6 * noise(where, draws, "news")), 0, 2)
    lean = np.array([0.3, 1.0, -0.9, -0.3, 0.5, -0.9])
    scores = np.array([1.0, 0.8, 0.9, 0.0, 0.0, -0.3]) + np.outer(young, lean)
    scores += 0.5 * np.column_stack([noise(where, draws, name) for name in NEWS_SOURCES])
    return {
        "avg_daily_screen_time": _tenths(where, draws, "screen", 4.6 + 0.7 * young, 0.3, 4),
        "social_media_heavy_pct": _percent(where, draws, "social", 34 + 9 * young, 3),
        "streaming_hours_week": _tenths(where, draws, "hours", 12 + 2.5 * young, 1.0, 4),
        "gaming_hours_week": _tenths(where, draws, "gaming", 5.2 + 1.8 * young, 0.6, 4),
        "news_consumption": coded(NEWS, news.astype(np.int64)),
        "primary_news_source": coded(NEWS_SOURCES, np.argmax(scores, axis=1)),
    }


def _attitudes(where: Places, draws: Draws, young: Floats) -> dict[str, pa.Array]:
    rich = where.income_score
    return {
        "price_sensitivity_index": _index(where, draws, "price", 52 - 14 * rich + 2 * young, 5),
        "deal_seeker_index": _index(where, draws, "deals", 50 - 12 * rich + 4 * young, 5),
        "brand_loyalty_index": _index(where, draws, "loyal", 52 + 3 * rich - 9 * young, 5),
        "eco_consciousness": _index(where, draws, "eco", 48 + 6 * rich + 6 * young, 6),
        "early_adopter_index": _index(where, draws, "early", 44 + 11 * rich + 9 * young, 5),
        "switching_propensity": _percent(where, draws, "switch", 24 - 2 * rich + 6 * young, 2.5),
        "competitor_awareness": _percent(where, draws, "rivals", 55 + 4 * rich + 5 * young, 4),
    }


def _channels(where: Places, draws: Draws, young: Floats) -> dict[str, pa.Array]:
    lean = np.outer(young, np.array([0.30, -0.35, -0.25, 0.20]))
    weights = np.array([0.42, 0.26, 0.18, 0.14]) * np.round(np.exp(lean), DECIMALS)
    parts = ("digital", "phone", "store", "chat")
    scatter = [noise(where, draws, f"channel_{part}") for part in parts]
    weights = weights * np.clip(1 + 0.08 * np.column_stack(scatter), 0.5, 1.5)
    return percentages(tuple(f"pref_channel_{part}" for part in parts), weights)


def _telecom(where: Places, draws: Draws, young: Floats) -> dict[str, pa.Array]:
    rich = where.income_score
    families = np.array([-6.0, 9.0, 2.0, 0.0])[where.klass]
    lines = 1.8 + families / 25
    return {
        "avg_data_usage_gb": _tenths(where, draws, "data", 20 + 2 * rich + 4 * young, 1.5, 5),
        "avg_lines_per_account": _tenths(where, draws, "lines", lines, 0.1, 3),
        "family_plan_propensity": _percent(where, draws, "family", 34 + families + 3 * rich, 3),
        "premium_plan_propensity": _percent(where, draws, "premium", 22 + 8 * rich + 2 * young, 3),
        "prepaid_propensity": _percent(where, draws, "prepaid", 20 - 7 * rich + 2 * young, 3),
    }
