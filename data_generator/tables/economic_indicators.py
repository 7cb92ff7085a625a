"""The economic table: prices, work and credit in each place. Modelled, it measures nothing."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from data_generator.columns import assemble, coded, days, integers, rounded
from data_generator.draws import Draws, Floats
from data_generator.geography import STATES
from data_generator.places import Places, places
from data_generator.shares import percentages
from data_generator.tables.zip_demographics import noise


def economic_indicators_table(seed: int, as_of: date) -> pa.RecordBatch:
    """All 42,000 rows, ordered by ZIP code; data are as of the first day of the as-of month."""
    where = places(seed)
    draws = Draws(seed, "economic_indicators")
    month = np.full(len(where), np.datetime64(as_of, "M").astype("datetime64[D]"))
    columns = _prices(where, draws) | _work(where, draws) | _homes(where, draws)
    columns |= _credit(where, draws)
    columns["zip_code"] = coded(where.zip_code.tolist(), np.arange(len(where)))
    columns["data_as_of_date"] = days(month)
    return assemble("economic_indicators", columns)


def _prices(where: Places, draws: Draws) -> dict[str, pa.Array]:
    """Indices with the country at 100; housing moves most, food least."""
    cost = np.array([STATES[s].cost for s in where.state])
    cost = cost + np.array([6.0, 2.0, -5.0, -4.0])[where.klass] + 3.0 * where.income_score
    away = cost - 100
    pull = {
        "cost_of_living_index": 1.0,
        "housing_cost_index": 1.9,
        "utilities_cost_index": 0.5,
        "transportation_index": 0.6,
        "groceries_index": 0.5,
        "healthcare_index": 0.6,
    }
    return {
        name: rounded(np.maximum(100 + factor * away + 2 * noise(where, draws, name), 50), 5, 1)
        for name, factor in pull.items()
    }


def _work(where: Places, draws: Draws) -> dict[str, pa.Array]:
    poor = -where.income_score
    return {
        "unemployment_rate": _bounded(4.2 + 0.9 * poor, 0.7, where, draws, "jobless", 4, 1.2, 18),
        "job_growth_rate_yoy": _bounded(1.4 - 0.3 * poor, 0.9, where, draws, "jobs", 5, -6, 8),
        "poverty_rate": _bounded(12.5 + 4.5 * poor, 1.8, where, draws, "poverty", 5, 1.5, 48),
        "food_insecurity_rate": _bounded(12.0 + 3.2 * poor, 1.2, where, draws, "food", 5, 2, 40),
        "uninsured_rate": _bounded(8.6 + 2.2 * poor, 1.6, where, draws, "uninsured", 5, 1, 35),
    }


def _homes(where: Places, draws: Draws) -> dict[str, pa.Array]:
    crowd = np.array([0.4, 0.6, -0.2, -0.6])[where.klass]
    empty = np.array([7.0, 6.0, 13.0, 19.0])[where.klass]
    return {
        "home_price_growth_yoy": _bounded(3.8 + crowd, 1.8, where, draws, "prices", 5, -8, 16),
        "rent_growth_yoy": _bounded(3.2 + crowd, 1.4, where, draws, "rents", 5, -6, 14),
        "vacancy_rate": _bounded(empty, 2.0, where, draws, "vacancy", 5, 1, 40),
    }


def _credit(where: Places, draws: Draws) -> dict[str, pa.Array]:
    score = np.clip(712 + 22 * where.income_score + 9 * noise(where, draws, "credit"), 580, 810)
    prime = np.clip(0.62 + (score - 712) / 260, 0.15, 0.93)
    subprime = (1 - prime) * 0.52
    between = 1 - prime - subprime
    shares = percentages(
        ("pct_prime_credit", "pct_subprime_credit", "between"),
        np.column_stack((prime, subprime, between)),
    )
    del shares["between"]
    spending = 15_500 + 2_600 * where.income_score + 1_100 * noise(where, draws, "retail")
    online = 17 + 2.2 * where.income_score + np.array([2.0, 1.5, -1.0, -1.5])[where.klass]
    return shares | {
        "avg_credit_score": integers(score),
        "avg_debt_to_income": _bounded(
            34 - 1.5 * where.income_score, 2.5, where, draws, "debt", 5, 15, 60
        ),
        "retail_sales_per_capita": integers(np.maximum(np.rint(spending / 10) * 10, 4000)),
        "ecommerce_penetration": _bounded(online, 1.6, where, draws, "online", 5, 4, 45),
    }


def _bounded(  # noqa: PLR0913 - mean, spread and bounds of one law, with what it is drawn from
    mean: Floats,
    spread: float,
    where: Places,
    draws: Draws,
    column: str,
    precision: int,
    low: float,
    high: float,
) -> pa.Array:
    return rounded(np.clip(mean + spread * noise(where, draws, column), low, high), precision, 2)
