"""A value of another JSON type than the document tells is refused, and its place is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from tests.hostile.bodies import Place
from tests.hostile.surface import THERE, Operation, operations

pytestmark = pytest.mark.anyio

# By the type of a place: what a lenient reader takes for it, and what only a careless one does.
OTHERS: dict[str, tuple[Any, ...]] = {
    "integer": ("42", "1", True, 1.5, [1]),
    "number": ("1.5", "1", True, [1.0]),
    "boolean": ("true", "1", 1, 0, "no"),
    "string": (1, True, 1.5, ["text"]),
}
HEADERS = {"sf-external-function-query-batch-id": "batch"}


def places_of_one_type() -> Iterator[Any]:
    """Where the document allows one type of JSON value only."""
    for operation in operations(create_app(Settings(spcs=True)).openapi()):
        at = defaultdict[str, list[Place]](list)
        for place in operation.places():
            if not place.is_name:
                at[place.pointer].append(place)
        for pointer, found in at.items():
            if {place.schema.get("type") for place in found} <= set(OTHERS) and len(found) == 1:
                yield pytest.param(operation, found[0], id=operation.id + pointer)


@pytest.mark.parametrize(("operation", "place"), list(places_of_one_type()))
async def test_another_type_of_json_is_refused_by_name(
    client: httpx.AsyncClient, operation: Operation, place: Place
) -> None:
    there = THERE
    if ("path", "simulation_id") in operation.parameters:
        started = await client.post("/simulations", json={"scenario": "Prices rise by $5."})
        there = {**THERE, "simulation_id": started.json()["id"]}
    path = operation.url(there, {})
    for planted in OTHERS[place.schema["type"]]:
        answer = await client.post(path, json=place.holding(planted), headers=HEADERS)
        assert answer.status_code == 422, planted
        pointers = {fault.get("pointer") for fault in answer.json()["errors"]}
        assert place.pointer in pointers, planted
