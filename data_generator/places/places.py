"""Places: 42,000 real ZIP codes with modelled people, each in its real state and nearest market.

Names, states, coordinates and kinds come from the public `zipcodes` package. Everything else is
modelled from how close ZIP codes lie to each other and from rough state priors; it is not census
data and measures nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_generator.draws import Draws, Floats, Rows, lognormal, reproducible, reproducible_exp
from data_generator.places.geography import HOME_STATES, MARKET_CITIES, state_figures
from data_generator.places.neighbors import Neighbors, neighbors
from data_generator.places.zip_records import coordinates, zip_records

COUNTRY_POPULATION = 333e6  # rounded, all people of the states and territories
EARTH_RADIUS_MILES = 3958.8
AREA_CLASSES = ("Urban", "Suburban", "Rural", "Remote")
# people per square mile; chosen, see class shares
AREA_CLASS_FLOORS = np.array([2_500.0, 300.0, 7.0])
FIRST_MARKET_CODE = 101
NEIGHBORS = 8

# chosen: people in a ZIP code by the land it covers, both on logarithmic scales
AREA_KNOTS = np.array([0.3, 1.0, 4.0, 15.0, 40.0, 100.0, 300.0, 3000.0])
POPULATION_KNOTS = np.array([26e3, 32e3, 34e3, 24e3, 9e3, 3.2e3, 1.1e3, 350.0])


@dataclass(frozen=True, slots=True)
class Places:
    """Columns of 42,000 ZIP codes ordered by code; `market` and `area_class` are codes.

    Density is people per square mile, incomes and home values are dollars, `income_score` is
    the ZIP's log income in standard deviations from the mean person's.
    """

    rows: Rows  # for draws: the ZIP code as a number, so that a place keeps its character
    zip_code: tuple[str, ...]
    name: tuple[str, ...]
    state: tuple[str, ...]
    habitable: NDArray[np.bool_]
    market: NDArray[np.intp]
    area_class: NDArray[np.int8]
    population: NDArray[np.int64]
    area_sq_miles: Floats
    density: Floats
    income: NDArray[np.int64]
    income_score: Floats
    market_names: tuple[str, ...]
    market_states: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.zip_code)

    @property
    def market_codes(self) -> tuple[str, ...]:
        """Three digits per market, in the order of the market names."""
        last = FIRST_MARKET_CODE + len(self.market_names)
        return tuple(str(code) for code in range(FIRST_MARKET_CODE, last))


_places_by_seed: dict[int, Places] = {}


def places(seed: int) -> Places:
    """Every place, with the same people for the same seed; made when first asked for."""
    if seed not in _places_by_seed:
        with _collector_paused():
            cache_places(seed, _model_places(seed))
    return _places_by_seed[seed]


def cache_places(seed: int, all_places: Places) -> None:
    """Store the places of a seed that another process made; making them takes a second."""
    _places_by_seed[seed] = all_places


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the collector of cycles: the records have none, and it took a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _model_places(seed: int) -> Places:
    records = zip_records()
    vectors, known = coordinates(records)
    standard = np.array([r["zip_code_type"] == "STANDARD" and r["active"] for r in records])
    state = tuple(r["state"] for r in records)
    settled = standard & known
    names, centers, market_states = _market_centers(records, vectors)
    around = neighbors(vectors[settled], vectors, NEIGHBORS + 1)
    area = _area_sq_miles(around)
    draws = Draws(seed, "places")
    rows = np.array([int(r["zip_code"]) for r in records], dtype=np.uint64)
    population, density, area = _population(draws, rows, area, settled, around)
    area_class = np.sum(density[:, None] < AREA_CLASS_FLOORS, axis=1).astype(np.int8)
    county = np.unique([f"{r['state']}/{r['county']}" for r in records], return_inverse=True)[1]
    income = _income(draws, rows, state, county, area_class)
    return Places(
        rows=rows,
        zip_code=tuple(r["zip_code"] for r in records),
        name=tuple(r["city"] for r in records),
        state=state,
        habitable=settled & np.array([code in HOME_STATES for code in state]),
        market=neighbors(centers, vectors).nearest,
        area_class=area_class,
        population=population,
        area_sq_miles=area,
        density=density,
        income=income,
        income_score=_standard_score(np.log(income), population),
        market_names=names,
        market_states=market_states,
    )


def _market_centers(
    records: list[dict[str, Any]], vectors: Floats
) -> tuple[tuple[str, ...], Floats, tuple[str, ...]]:
    """Names, unit vectors and states of the markets: the first ZIP code of each city."""
    first: dict[tuple[str, str], int] = {}
    for index, record in enumerate(records):
        if record["zip_code_type"] == "STANDARD":
            first.setdefault((record["state"], record["city"]), index)
    cities = [(state, city) for state, cities in MARKET_CITIES.items() for city in cities]
    names = tuple(f"{city}, {state}" for state, city in cities)
    return names, vectors[[first[city] for city in cities]], tuple(state for state, _ in cities)


def _area_sq_miles(around: Neighbors) -> Floats:
    """Land around each place: what each of its nearest settled ZIP codes has on average."""
    radius = 2 * EARTH_RADIUS_MILES * np.arcsin(np.minimum(around.chord_to_rank / 2, 1))
    return reproducible(np.clip(np.pi * radius**2 / NEIGHBORS, 0.3, 3000.0))


def _population(
    draws: Draws,
    rows: Rows,
    area: Floats,
    settled: NDArray[np.bool_],
    around: Neighbors,
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Population, density and land area, which agree: density is population over area.

    A code without streets of its own (boxes, single buildings) is as dense as the place around it
    and holds a few hundred people.
    """
    by_area = reproducible_exp(
        np.interp(np.log(area), np.log(AREA_KNOTS), np.log(POPULATION_KNOTS))
    )
    residents = by_area * lognormal(0.45)[draws.uint16("population", rows)]
    residents *= COUNTRY_POPULATION / residents[settled].sum()
    nearest = np.flatnonzero(settled)[around.nearest]
    unsettled = 120 * lognormal(0.8)[draws.uint16("few", rows)]
    density = np.where(settled, residents / area, (residents / area)[nearest])
    population = np.rint(np.maximum(np.where(settled, residents, unsettled), 20)).astype(np.int64)
    area = np.maximum(np.round(population / density, 2), 0.01)
    return population, np.round(population / area, 2), area


def _income(
    draws: Draws,
    rows: Rows,
    state: tuple[str, ...],
    county: NDArray[np.intp],
    area_class: NDArray[np.int8],
) -> NDArray[np.int64]:
    """Median household income, dollars: the state's, shifted by class, county and neighborhood."""
    base = 1000 * state_figures("income", state)
    by_class = np.array([0.97, 1.14, 0.88, 0.82])[area_class]  # chosen: suburbs earn most
    county_draw = draws.uint16("county_income", county.astype(np.uint64))
    own = lognormal(0.22)[draws.uint16("income", rows)]
    hundreds = np.rint(base * by_class * lognormal(0.14)[county_draw] * own / 100)
    return np.asarray(hundreds.astype(np.int64) * 100)


def _standard_score(values: Floats, weights: NDArray[np.int64]) -> Floats:
    mean = np.average(values, weights=weights)
    spread = np.sqrt(np.average((values - mean) ** 2, weights=weights))
    return reproducible((values - mean) / spread)
