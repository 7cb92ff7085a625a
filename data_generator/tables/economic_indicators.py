"""The economic table: prices, work and credit in each place. Modelled, it measures nothing."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from data_generator.draws import Draws
from data_generator.places.geography import state_figures
from data_generator.places.places import Places, places
from data_generator.schema.columns import Column, assemble, coded, days, integers
from data_generator.tables.bounded_normal import BoundedNormal, bounded_normal_columns
from data_generator.tables.percentages import percentages

# how far an index moves per point of the cost of living: housing most, food least; chosen
INDEX_SLOPES = {
    "cost_of_living_index": 1.0,
    "housing_cost_index": 1.9,
    "utilities_cost_index": 0.5,
    "transportation_index": 0.6,
    "groceries_index": 0.5,
    "healthcare_index": 0.6,
}


def economic_indicators_table(seed: int, as_of: date) -> pa.RecordBatch:
    """All 42,000 rows, ordered by ZIP code; data are as of the first day of the as-of month."""
    where = places(seed)
    draws = Draws(seed, "economic_indicators")
    month = np.datetime64(as_of, "M").astype("datetime64[D]")
    columns = (
        bounded_normal_columns(draws, where.rows, _prices(where))
        | bounded_normal_columns(draws, where.rows, _work(where))
        | bounded_normal_columns(draws, where.rows, _homes(where))
        | _credit(where, draws)
    )
    columns["zip_code"] = coded(where.zip_code, np.arange(len(where)))
    columns["data_as_of_date"] = days(np.full(len(where), month))
    return assemble("economic_indicators", columns)


def _prices(where: Places) -> dict[str, BoundedNormal]:
    """Indices with the country at 100."""
    cost = state_figures("cost", where.state)
    away = cost + np.array([6.0, 2.0, -5.0, -4.0])[where.area_class] + 3 * where.income_score - 100
    return {
        name: BoundedNormal(100 + slope * away, 2.0, 50, 320)
        for name, slope in INDEX_SLOPES.items()
    }


def _work(where: Places) -> dict[str, BoundedNormal]:
    """Percent of the labor force, of jobs, of people."""
    poverty = -where.income_score
    return {
        "unemployment_rate": BoundedNormal(4.2 + 0.9 * poverty, 0.7, 1.2, 18),
        "job_growth_rate_yoy": BoundedNormal(1.4 - 0.3 * poverty, 0.9, -6, 8),
        "poverty_rate": BoundedNormal(12.5 + 4.5 * poverty, 1.8, 1.5, 48),
        "food_insecurity_rate": BoundedNormal(12.0 + 3.2 * poverty, 1.2, 2, 40),
        "uninsured_rate": BoundedNormal(8.6 + 2.2 * poverty, 1.6, 1, 35),
    }


def _homes(where: Places) -> dict[str, BoundedNormal]:
    demand = np.array([0.4, 0.6, -0.2, -0.6])[where.area_class]
    return {
        "home_price_growth_yoy": BoundedNormal(3.8 + demand, 1.8, -8, 16),
        "rent_growth_yoy": BoundedNormal(3.2 + demand, 1.4, -6, 14),
        "vacancy_rate": BoundedNormal(
            np.array([7.0, 6.0, 13.0, 19.0])[where.area_class], 2.0, 1, 40
        ),
    }


def _credit(where: Places, draws: Draws) -> dict[str, Column]:
    """Shares of prime and subprime follow the score; what is between them is not written."""
    income = where.income_score
    score = np.clip(712 + 22 * income + 9 * draws.normal("avg_credit_score", where.rows), 580, 810)
    prime = np.clip(0.62 + (score - 712) / 260, 0.15, 0.93)
    weights = np.column_stack((prime, 0.52 * (1 - prime), 0.48 * (1 - prime)))
    shares = percentages(("pct_prime_credit", "pct_subprime_credit", "between"), weights)
    del shares["between"]
    online = 17 + 2.2 * income + np.array([2.0, 1.5, -1.0, -1.5])[where.area_class]
    distributions = {
        "avg_debt_to_income": BoundedNormal(34 - 1.5 * income, 2.5, 15, 60),
        "retail_sales_per_capita": BoundedNormal(15_500 + 2_600 * income, 1_100, 4_000, 60_000),
        "ecommerce_penetration": BoundedNormal(online, 1.6, 4, 45),
    }
    return (
        shares
        | {"avg_credit_score": integers(score)}
        | bounded_normal_columns(draws, where.rows, distributions)
    )
