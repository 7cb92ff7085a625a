"""The examples beside the operations are what the service answers."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Iterator

import pytest

from api.representations.examples import examples
from tests.e2e.conftest import ReferenceMarket
from tests.examples import Operations, captured

EACH_TIME_ANOTHER = re.compile(r"sim_[0-9a-f]{32}|\d{4}-\d\d-\d\dT[\d:.]+Z")
TOLERANCE = 2e-4  # figures are shown with four decimals; floats differ between processors


@pytest.fixture(scope="module")
def given(reference_market: ReferenceMarket) -> Operations:
    return asyncio.run(captured(reference_market.data_dir))


def test_the_answers_shown_are_the_answers_given(given: Operations) -> None:
    shown, now = dict(leaves(examples())), dict(leaves(given))

    assert shown.keys() == now.keys(), "run `make examples`"
    assert [place for place in shown if not alike(shown[place], now[place])] == [], (
        "run `make examples`"
    )


def alike(shown: object, now: object) -> bool:
    if isinstance(shown, float) and isinstance(now, float):
        return math.isclose(shown, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return shown == now


def leaves(node: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Every value with its place; what each run makes anew is left out."""
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(inner, f"{place}/{key}")
        if not node:
            yield place, json.dumps(node)
    elif not place.endswith(("/latency_ms", "/seconds")):
        yield place, EACH_TIME_ANOTHER.sub("*", node) if isinstance(node, str) else node
