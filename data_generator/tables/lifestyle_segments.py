"""The lifestyle table: how people in each place use technology and media. Modelled."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_generator.draws import Draws, Floats, reproducible_exp
from data_generator.places.places import Places, places
from data_generator.schema.columns import Column, assemble, coded, rounded
from data_generator.tables.bounded_normal import BoundedNormal, bounded_normal_columns
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
# logits of each lifestyle on Urban, Suburban, Rural, Remote, then on income and on youth; chosen
LIFESTYLE_LOGITS = np.array(
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
    youth = np.array([0.7, 0.1, -0.5, -0.8])[where.area_class] + 0.5 * draws.normal(
        "youth", where.rows
    )
    distributions = (
        _technology(where, youth)
        | _media(youth)
        | _attitudes(where, youth)
        | _telecom(where, youth)
    )
    columns = (
        bounded_normal_columns(draws, where.rows, distributions)
        | _clusters(where, draws, youth)
        | _phones(where, draws, youth)
        | _news(where, draws, youth)
        | _channels(where, draws, youth)
    )
    columns["zip_code"] = coded(where.zip_code, np.arange(len(where)))
    return assemble("lifestyle_segments", columns)


def _technology(where: Places, youth: Floats) -> dict[str, BoundedNormal]:
    income = where.income_score
    return {
        "tech_adoption_score": BoundedNormal(52 + 10 * income + 9 * youth, 4, 1, 99),
        "smartphone_penetration": BoundedNormal(87 + 3 * income + 3 * youth, 1.5, 40, 99.5),
        "smart_home_adoption": BoundedNormal(28 + 8 * income + 2 * youth, 3, 1, 95),
        "streaming_penetration": BoundedNormal(70 + 4 * income + 9 * youth, 4, 10, 99),
        "cord_cutter_rate": BoundedNormal(42 + 2 * income + 9 * youth, 4, 3, 95),
        "mobile_banking_pct": BoundedNormal(62 + 4 * income + 8 * youth, 4, 8, 98),
        "online_shopping_pct": BoundedNormal(66 + 5 * income + 5 * youth, 4, 10, 98),
    }


def _media(youth: Floats) -> dict[str, BoundedNormal]:
    """Hours a day on screens, hours a week of streaming and games, percent of people."""
    return {
        "avg_daily_screen_time": BoundedNormal(4.6 + 0.7 * youth, 0.3, 1, 12),
        "social_media_heavy_pct": BoundedNormal(34 + 9 * youth, 3, 3, 90),
        "streaming_hours_week": BoundedNormal(12 + 2.5 * youth, 1.0, 1, 50),
        "gaming_hours_week": BoundedNormal(5.2 + 1.8 * youth, 0.6, 0.2, 40),
    }


def _attitudes(where: Places, youth: Floats) -> dict[str, BoundedNormal]:
    income = where.income_score
    return {
        "price_sensitivity_index": BoundedNormal(52 - 14 * income + 2 * youth, 5, 1, 99),
        "deal_seeker_index": BoundedNormal(50 - 12 * income + 4 * youth, 5, 1, 99),
        "brand_loyalty_index": BoundedNormal(52 + 3 * income - 9 * youth, 5, 1, 99),
        "eco_consciousness": BoundedNormal(48 + 6 * income + 6 * youth, 6, 1, 99),
        "early_adopter_index": BoundedNormal(44 + 11 * income + 9 * youth, 5, 1, 99),
        "switching_propensity": BoundedNormal(24 - 2 * income + 6 * youth, 2.5, 2, 80),
        "competitor_awareness": BoundedNormal(55 + 4 * income + 5 * youth, 4, 5, 95),
    }


def _telecom(where: Places, youth: Floats) -> dict[str, BoundedNormal]:
    income = where.income_score
    families = np.array([-6.0, 9.0, 2.0, 0.0])[where.area_class]
    return {
        "avg_data_usage_gb": BoundedNormal(20 + 2 * income + 4 * youth, 1.5, 2, 80),
        "avg_lines_per_account": BoundedNormal(1.8 + families / 25, 0.1, 1, 4),
        "family_plan_propensity": BoundedNormal(34 + families + 3 * income, 3, 3, 90),
        "premium_plan_propensity": BoundedNormal(22 + 8 * income + 2 * youth, 3, 1, 80),
        "prepaid_propensity": BoundedNormal(20 - 7 * income + 2 * youth, 3, 1, 80),
    }


def _clusters(where: Places, draws: Draws, youth: Floats) -> dict[str, Column]:
    """The two likeliest lifestyles, and the chance that two people there differ in theirs."""
    scores = LIFESTYLE_LOGITS[:, :4].T[where.area_class]
    scores = (
        scores
        + np.outer(where.income_score, LIFESTYLE_LOGITS[:, 4])
        + np.outer(youth, LIFESTYLE_LOGITS[:, 5])
    )
    scores += 0.5 * np.column_stack([draws.normal(name, where.rows) for name in LIFESTYLES])
    ranked = np.argsort(-scores, axis=1, kind="stable")
    weights = reproducible_exp(scores - scores.max(axis=1, keepdims=True))
    shares = weights / weights.sum(axis=1, keepdims=True)
    return {
        "primary_lifestyle": coded(LIFESTYLES, ranked[:, 0]),
        "secondary_lifestyle": coded(LIFESTYLES, ranked[:, 1]),
        "lifestyle_diversity": rounded(1 - (shares**2).sum(axis=1), 3, 2),
    }


def _phones(where: Places, draws: Draws, youth: Floats) -> dict[str, Column]:
    mean = 0.54 + 0.07 * where.income_score + 0.03 * youth
    iphone = np.clip(mean + 0.03 * draws.normal("pct_iphone", where.rows), 0.05, 0.95)
    return percentages(("pct_iphone", "pct_android"), np.column_stack((iphone, 1 - iphone)))


def _news(where: Places, draws: Draws, youth: Floats) -> dict[str, Column]:
    appetite = 1 - 0.5 * youth + 0.6 * draws.normal("news_consumption", where.rows)
    scores = NEWS_SOURCE_BASE + np.outer(youth, NEWS_SOURCE_YOUTH)
    scores += 0.5 * np.column_stack([draws.normal(name, where.rows) for name in NEWS_SOURCES])
    return {
        "news_consumption": coded(NEWS, np.clip(np.rint(appetite), 0, 2).astype(np.int64)),
        "primary_news_source": coded(NEWS_SOURCES, np.argmax(scores, axis=1)),
    }


def _channels(where: Places, draws: Draws, youth: Floats) -> dict[str, Column]:
    parts = ("digital", "phone", "store", "chat")
    weights = np.array([0.42, 0.26, 0.18, 0.14]) * reproducible_exp(
        np.outer(youth, np.array([0.30, -0.35, -0.25, 0.20]))
    )
    scatter = np.column_stack([draws.normal(f"channel_{part}", where.rows) for part in parts])
    names = tuple(f"pref_channel_{part}" for part in parts)
    return percentages(names, weights * np.clip(1 + 0.08 * scatter, 0.5, 1.5))
