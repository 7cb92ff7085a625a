"""Past levers: reads the levers of a past event, JSON text in historical_reactions."""

from __future__ import annotations

import json

import duckdb
from pydantic import TypeAdapter

from domain.levers import AnyLever

LEVERS: TypeAdapter[tuple[AnyLever, ...]] = TypeAdapter(tuple[AnyLever, ...])
CONDITION = "are_levers"  # the SQL function that the rule for the column calls


def read_past_levers(text: str) -> tuple[AnyLever, ...]:
    """The levers of an event. Raises ValueError for what is no JSON list of levers."""
    try:
        return LEVERS.validate_python(json.loads(text, parse_float=_number))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def register_lever_check(connection: duckdb.DuckDBPyConnection) -> None:
    """Let SQL on a connection check levers, by the function CONDITION, as a build reads them."""
    connection.create_function(CONDITION, _are_levers, ["VARCHAR"], "BOOLEAN")


def _are_levers(text: str) -> bool:
    try:
        read_past_levers(text)
    except ValueError:  # also pydantic's
        return False
    return True


def _number(written: str) -> int | float:
    """Tools that keep numbers as floats write 24 months as 24.0."""
    number = float(written)
    return int(number) if number.is_integer() else number
