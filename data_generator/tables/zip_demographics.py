"""The ZIP demographics table: who lives in each of 42,000 places. Modelled, not census data."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_generator.draws import (
    Draws,
    Floats,
    lognormal,
    normal_cdf,
    reproducible_exp,
)
from data_generator.places.geography import STATES, state_figures
from data_generator.places.places import AREA_CLASSES, Places, places
from data_generator.schema.columns import Column, assemble, coded, decimals, integers, rounded
from data_generator.tables.percentages import HUNDRED_PERCENT, hundredths, percentages

AGES = ("18_24", "25_34", "35_44", "45_54", "55_64", "65_plus")
AGE_MIDDLES = np.array([21.5, 30.0, 40.0, 50.0, 60.0, 74.0])
# adults by age in Urban, Suburban, Rural, Remote places; chosen
AGE_WEIGHTS = np.array(
    [
        [0.14, 0.23, 0.18, 0.15, 0.14, 0.16],
        [0.11, 0.16, 0.18, 0.18, 0.17, 0.20],
        [0.10, 0.13, 0.15, 0.17, 0.20, 0.25],
        [0.08, 0.11, 0.13, 0.16, 0.22, 0.30],
    ]
)
INCOME_BUCKETS = ("under_25k", "25k_50k", "50k_75k", "75k_100k", "100k_150k", "150k_plus")
INCOME_EDGES = np.array([25e3, 50e3, 75e3, 100e3, 150e3])
INCOME_SPREAD = 0.78  # of the logarithm of household incomes within a place; chosen
INCOME_MEAN_TO_MEDIAN = 1.3555  # e to the power of INCOME_SPREAD squared over two


def zip_demographics_table(seed: int) -> pa.RecordBatch:
    """All 42,000 rows, ordered by ZIP code."""
    where = places(seed)
    draws = Draws(seed, "zip_demographics")
    return assemble(
        "zip_demographics",
        _identity(where)
        | _people(where, draws)
        | _income(where, draws)
        | _education(where, draws)
        | _housing(where, draws)
        | _households(where, draws)
        | _work(where, draws)
        | _origins(where, draws),
    )


def _identity(where: Places) -> dict[str, Column]:
    zips = np.arange(len(where))
    return {
        "zip_code": coded(where.zip_code, zips),
        "zip_name": coded(where.name, zips),
        "state_code": coded(where.state, zips),
        "state_name": coded([STATES[code].name for code in where.state], zips),
        "region": coded([STATES[code].region for code in where.state], zips),
        "dma_code": coded(where.market_codes, where.market),
        "dma_name": coded(where.market_names, where.market),
        "total_population": integers(where.population),
        "population_density": rounded(where.density, 10, 2),
        "land_area_sq_miles": rounded(where.area_sq_miles, 10, 2),
        "urban_rural_class": coded(AREA_CLASSES, where.area_class),
    }


def _people(where: Places, draws: Draws) -> dict[str, Column]:
    tilt = np.outer(0.18 * draws.normal("age", where.rows), np.linspace(-1, 1, len(AGES)))
    weights = AGE_WEIGHTS[where.area_class] * reproducible_exp(tilt)
    adults = hundredths(weights) / HUNDRED_PERCENT
    # the median of everybody lies below that of adults: a fifth to a quarter are children
    median = np.round(0.86 * adults @ AGE_MIDDLES, 1)
    names = tuple(f"pct_age_{age}" for age in AGES)
    return percentages(names, weights) | {"median_age": rounded(median, 4, 1)}


def _income(where: Places, draws: Draws) -> dict[str, Column]:
    """Incomes within a place are log-normal around its median."""
    scores = np.log(INCOME_EDGES[None, :] / where.income[:, None]) / INCOME_SPREAD
    below = normal_cdf(scores)
    ends = np.zeros((len(where), 1)), np.ones((len(where), 1))
    weights = np.diff(np.hstack((ends[0], below, ends[1])), axis=1)
    mean = where.income * INCOME_MEAN_TO_MEDIAN
    earners = 2.2 * lognormal(0.06)[draws.uint16("per_capita", where.rows)]
    return percentages(tuple(f"pct_income_{b}" for b in INCOME_BUCKETS), weights) | {
        "median_household_income": integers(where.income),
        "mean_household_income": integers(np.rint(mean / 100) * 100),
        "per_capita_income": integers(np.rint(mean / earners / 100) * 100),
    }


def _education(where: Places, draws: Draws) -> dict[str, Column]:
    """Highest degree of adults; high school stands for that or less, so that the four are all."""
    lift = 0.30 * where.income_score + 0.25 * draws.normal("education", where.rows)
    lift += np.array([0.25, 0.10, -0.25, -0.35])[where.area_class]
    steps = np.outer(lift, np.array([-1.0, -0.3, 0.6, 1.1]))
    weights = np.array([0.38, 0.28, 0.21, 0.13]) * reproducible_exp(steps)
    names = ("pct_high_school", "pct_some_college", "pct_bachelors", "pct_graduate_degree")
    return percentages(names, weights)


def _housing(where: Places, draws: Draws) -> dict[str, Column]:
    base = np.array([0.46, 0.70, 0.77, 0.78])[where.area_class]
    owned = np.clip(
        base + 0.05 * where.income_score + 0.06 * draws.normal("owned", where.rows), 0.12, 0.94
    )
    value = home_values(where, draws)
    rent = value * 0.0030 + 480
    return percentages(
        ("pct_owner_occupied", "pct_renter_occupied"), np.column_stack((owned, 1 - owned))
    ) | {
        "median_home_value": integers(value),
        "median_rent": integers(np.rint(rent / 10) * 10),
    }


def home_values(where: Places, draws: Draws) -> Floats:
    """Dollars: the state's value, higher where incomes and density are."""
    state = 1000 * state_figures("home_value", where.state)
    income = 1000 * state_figures("income", where.state)
    by_class = np.array([1.18, 1.06, 0.80, 0.72])[where.area_class]
    relative = where.income / income
    spread = lognormal(0.14)[draws.uint16("home_value", where.rows)]
    return np.asarray(np.rint(state * by_class * relative * spread / 1000) * 1000)


def _households(where: Places, draws: Draws) -> dict[str, Column]:
    """Families and people living alone are apart; couples and single parents make families."""
    family = np.array([0.57, 0.70, 0.67, 0.64])[where.area_class] + 0.04 * draws.normal(
        "family", where.rows
    )
    family = np.clip(family, 0.35, 0.88)
    married = np.clip(
        0.74 + 0.06 * where.income_score + 0.04 * draws.normal("married", where.rows), 0.45, 0.92
    )
    alone = (1 - family) * (0.78 + 0.1 * draws.fraction("alone", where.rows))
    family_part = np.rint(family * HUNDRED_PERCENT).astype(np.int64)
    married_part = np.rint(family * married * HUNDRED_PERCENT).astype(np.int64)
    size = 1.55 + 1.45 * family + 0.10 * draws.normal("size", where.rows)
    return {
        "avg_household_size": rounded(np.clip(size, 1.5, 4.2), 3, 1),
        "pct_family_households": decimals(family_part, 5, 2),
        "pct_married_couples": decimals(married_part, 5, 2),
        "pct_single_parent": decimals(family_part - married_part, 5, 2),
        "pct_living_alone": rounded(100 * alone, 5, 2),
    }


def _work(where: Places, draws: Draws) -> dict[str, Column]:
    at_work = np.array([66.0, 65.5, 60.0, 57.0])[where.area_class]
    at_work = at_work + 2.0 * where.income_score + 2.5 * draws.normal("work", where.rows)
    lift = 0.30 * where.income_score + np.array([0.1, 0.1, -0.2, -0.25])[where.area_class]
    steps = np.outer(lift, np.array([1.0, -0.8, -0.4]))
    weights = np.array([0.56, 0.24, 0.20]) * reproducible_exp(steps)
    names = ("pct_white_collar", "pct_blue_collar", "pct_service_industry")
    return percentages(names, weights) | {
        "labor_force_participation": rounded(np.clip(at_work, 35, 85), 5, 2)
    }


def _origins(where: Places, draws: Draws) -> dict[str, Column]:
    """The state's mix, more diverse in cities, scattered from place to place."""
    origins = ("white", "black", "hispanic", "asian")
    mix = np.column_stack([state_figures(origin, where.state) for origin in origins])
    rest = np.maximum(100 - mix.sum(axis=1, keepdims=True), 2)
    mix = np.hstack((mix + 0.3, rest))
    urban = np.array([1.5, 1.0, 0.5, 0.4])[where.area_class]
    mix[:, 1:] *= urban[:, None]
    columns = [lognormal(0.45)[draws.uint16(f"origin_{i}", where.rows)] for i in range(5)]
    names = ("pct_white", "pct_black", "pct_hispanic", "pct_asian", "pct_other_race")
    return percentages(names, mix * np.column_stack(columns))
