"""The lifestyle table: how people in each place use technology and media. Modelled."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_generator.draws import Draws, Floats, exponent
from data_generator.places.places import Places, places
from data_generator.schema.columns import Column, assemble, coded, rounded
from data_generator.tables.bounded_normal import Law, figures
from data_generator.tables.percentages import percentages

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
NEWS_SOURCE_BASE = np.array([1.0, 0.8, 0.9, 0.0, 0.0, -0.3])  # chosen
NEWS_SOURCE_YOUTH = np.array([0.3, 1.0, -0.9, -0.3, 0.5, -0.9])  # chosen


def lifestyle_segments_table(seed: int) -> pa.RecordBatch:
    """All 42,000 rows, ordered by ZIP code; indices are 0 to 100, percentages 0 to 100."""
    where = places(seed)
    draws = Draws(seed, "lifestyle_segments")
    young = np.array([0.7, 0.1, -0.5, -0.8])[where.klass] + 0.5 * draws.normal("youth", where.rows)
    laws = (
        _technology(where, young)
        | _media(young)
        | _attitudes(where, young)
        | _telecom(where, young)
    )
    columns = (
        figures(draws, where.rows, laws)
        | _clusters(where, draws, young)
        | _phones(where, draws, young)
        | _news(where, draws, young)
        | _channels(where, draws, young)
    )
    columns["zip_code"] = coded(where.zip_code, np.arange(len(where)))
    return assemble("lifestyle_segments", columns)


def _technology(where: Places, young: Floats) -> dict[str, Law]:
    rich = where.income_score
    return {
        "tech_adoption_score": Law(52 + 10 * rich + 9 * young, 4, 1, 99),
        "smartphone_penetration": Law(87 + 3 * rich + 3 * young, 1.5, 40, 99.5),
        "smart_home_adoption": Law(28 + 8 * rich + 2 * young, 3, 1, 95),
        "streaming_penetration": Law(70 + 4 * rich + 9 * young, 4, 10, 99),
        "cord_cutter_rate": Law(42 + 2 * rich + 9 * young, 4, 3, 95),
        "mobile_banking_pct": Law(62 + 4 * rich + 8 * young, 4, 8, 98),
        "online_shopping_pct": Law(66 + 5 * rich + 5 * young, 4, 10, 98),
    }


def _media(young: Floats) -> dict[str, Law]:
    """Hours a day on screens, hours a week of streaming and games, percent of people."""
    return {
        "avg_daily_screen_time": Law(4.6 + 0.7 * young, 0.3, 1, 12),
        "social_media_heavy_pct": Law(34 + 9 * young, 3, 3, 90),
        "streaming_hours_week": Law(12 + 2.5 * young, 1.0, 1, 50),
        "gaming_hours_week": Law(5.2 + 1.8 * young, 0.6, 0.2, 40),
    }


def _attitudes(where: Places, young: Floats) -> dict[str, Law]:
    rich = where.income_score
    return {
        "price_sensitivity_index": Law(52 - 14 * rich + 2 * young, 5, 1, 99),
        "deal_seeker_index": Law(50 - 12 * rich + 4 * young, 5, 1, 99),
        "brand_loyalty_index": Law(52 + 3 * rich - 9 * young, 5, 1, 99),
        "eco_consciousness": Law(48 + 6 * rich + 6 * young, 6, 1, 99),
        "early_adopter_index": Law(44 + 11 * rich + 9 * young, 5, 1, 99),
        "switching_propensity": Law(24 - 2 * rich + 6 * young, 2.5, 2, 80),
        "competitor_awareness": Law(55 + 4 * rich + 5 * young, 4, 5, 95),
    }


def _telecom(where: Places, young: Floats) -> dict[str, Law]:
    rich = where.income_score
    families = np.array([-6.0, 9.0, 2.0, 0.0])[where.klass]
    return {
        "avg_data_usage_gb": Law(20 + 2 * rich + 4 * young, 1.5, 2, 80),
        "avg_lines_per_account": Law(1.8 + families / 25, 0.1, 1, 4),
        "family_plan_propensity": Law(34 + families + 3 * rich, 3, 3, 90),
        "premium_plan_propensity": Law(22 + 8 * rich + 2 * young, 3, 1, 80),
        "prepaid_propensity": Law(20 - 7 * rich + 2 * young, 3, 1, 80),
    }


def _clusters(where: Places, draws: Draws, young: Floats) -> dict[str, Column]:
    """The two likeliest lifestyles, and the chance that two people there differ in theirs."""
    scores = LEANINGS[:, :4].T[where.klass]
    scores = scores + np.outer(where.income_score, LEANINGS[:, 4]) + np.outer(young, LEANINGS[:, 5])
    scores += 0.5 * np.column_stack([draws.normal(name, where.rows) for name in LIFESTYLES])
    ranked = np.argsort(-scores, axis=1, kind="stable")
    weights = exponent(scores - scores.max(axis=1, keepdims=True))
    shares = weights / weights.sum(axis=1, keepdims=True)
    return {
        "primary_lifestyle": coded(LIFESTYLES, ranked[:, 0]),
        "secondary_lifestyle": coded(LIFESTYLES, ranked[:, 1]),
        "lifestyle_diversity": rounded(1 - (shares**2).sum(axis=1), 3, 2),
    }


def _phones(where: Places, draws: Draws, young: Floats) -> dict[str, Column]:
    mean = 0.54 + 0.07 * where.income_score + 0.03 * young
    iphone = np.clip(mean + 0.03 * draws.normal("pct_iphone", where.rows), 0.05, 0.95)
    return percentages(("pct_iphone", "pct_android"), np.column_stack((iphone, 1 - iphone)))


def _news(where: Places, draws: Draws, young: Floats) -> dict[str, Column]:
    appetite = 1 - 0.5 * young + 0.6 * draws.normal("news_consumption", where.rows)
    scores = NEWS_SOURCE_BASE + np.outer(young, NEWS_SOURCE_YOUTH)
    scores += 0.5 * np.column_stack([draws.normal(name, where.rows) for name in NEWS_SOURCES])
    return {
        "news_consumption": coded(NEWS, np.clip(np.rint(appetite), 0, 2).astype(np.int64)),
        "primary_news_source": coded(NEWS_SOURCES, np.argmax(scores, axis=1)),
    }


def _channels(where: Places, draws: Draws, young: Floats) -> dict[str, Column]:
    parts = ("digital", "phone", "store", "chat")
    weights = np.array([0.42, 0.26, 0.18, 0.14]) * exponent(
        np.outer(young, np.array([0.30, -0.35, -0.25, 0.20]))
    )
    scatter = np.column_stack([draws.normal(f"channel_{part}", where.rows) for part in parts])
    names = tuple(f"pref_channel_{part}" for part in parts)
    return percentages(names, weights * np.clip(1 + 0.08 * scatter, 0.5, 1.5))
