"""ZIP records: names, states and coordinates of real ZIP codes, from the `zipcodes` package."""

from __future__ import annotations

from typing import Any

import numpy as np
import zipcodes
from numpy.typing import NDArray

from data_generator.draws import Floats, reproducible
from data_generator.places.geography import GATEWAYS

ZIP_COUNT = 42_000


def real_zip_codes() -> dict[str, str]:
    """State of every ZIP code that exists."""
    every: list[dict[str, Any]] = zipcodes.list_all()  # type: ignore[no-untyped-call] # no types
    return {record["zip_code"]: record["state"] for record in every}


def zip_records() -> list[dict[str, Any]]:
    """The 42,000 records: all civilian codes, then military ones to fill up, ordered by code."""
    every: list[dict[str, Any]] = zipcodes.list_all()  # type: ignore[no-untyped-call] # no types
    records = sorted(every, key=lambda r: r["zip_code"])
    civilian_first = sorted(records, key=lambda r: r["zip_code_type"] == "MILITARY")
    return sorted(civilian_first[:ZIP_COUNT], key=lambda r: r["zip_code"])


def coordinates(records: list[dict[str, Any]]) -> tuple[Floats, NDArray[np.bool_]]:
    """Unit vectors, shape (n, 3), and which are the package's own.

    The others lie at the mean of their three-digit neighborhood, else of their state or gateway.
    """
    degrees = np.array([(float(r["lat"] or 0), float(r["long"] or 0)) for r in records])
    known: NDArray[np.bool_] = np.any(degrees != 0, axis=1)
    prefix = np.array([r["zip_code"][:3] for r in records])
    state = np.array([r["state"] for r in records])
    for place in np.flatnonzero(~known):
        near = np.asarray(prefix == prefix[place])
        degrees[place] = _fallback_coordinates(degrees, known, near, state, state[place])
    latitude, longitude = np.radians(degrees).T
    east, north = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude)
    return reproducible(np.column_stack((east, north, np.sin(latitude)))), known


def _fallback_coordinates(
    degrees: Floats,
    known: NDArray[np.bool_],
    near: NDArray[np.bool_],
    state: NDArray[np.str_],
    own_state: str,
) -> Floats | tuple[float, float]:
    if own_state in GATEWAYS:
        return GATEWAYS[own_state]
    for group in (near, state == own_state):
        if (known & group).any():
            return np.asarray(degrees[known & group].mean(axis=0))
    return np.asarray(degrees[known & (state == "HI")].mean(axis=0))  # islands of the Pacific
