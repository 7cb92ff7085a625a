"""What a request must be like is the same in the OpenAPI document and in the service.

The judges of tests/e2e/test_judges.py hold the same bodies against the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from api.app import create_app
from api.representations.bodies import AskBody, LeversBody, RenderBody, RetryBody, SimulationBody
from api.settings import Settings
from domain.simulations.simulation import Label
from tests.hostile.bodies_in_doubt import BODIES
from tests.hostile.surface import operations

pytestmark = pytest.mark.anyio

MODELS: dict[str, type[BaseModel]] = {
    model.__name__: model for model in (AskBody, LeversBody, RenderBody, RetryBody, SimulationBody)
}
# What each dialect of patterns reads its own way, and what some do not have at all.
AMBIGUOUS = re.compile(r"\\[wWdDsSbBAzZpP]|\(\?[^:]|(?<!\\)\.(?![^[]*\])")
SAMPLE = [chr(n) for n in range(0x3100) if not 0xD800 <= n < 0xE000] + ["\ufeff", "한", "🎉"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(spcs=True)).openapi()


@pytest.mark.parametrize(("model", "body", "fits"), BODIES)
async def test_the_service_takes_a_body_in_doubt_or_not(
    model: str, body: dict[str, Any], *, fits: bool
) -> None:
    assert _taken(TypeAdapter(MODELS[model]), body) is fits


async def test_a_pattern_in_the_document_is_read_alike_everywhere(document: dict[str, Any]) -> None:
    patterns = {
        node["pattern"] for node in _nodes(document) if isinstance(node.get("pattern"), str)
    }
    assert len(patterns) > 5
    for pattern in patterns:
        assert not AMBIGUOUS.search(pattern), pattern
        assert pattern.startswith("^"), pattern
        assert pattern.endswith("$"), pattern
        here, in_rust = re.compile(pattern), TypeAdapter(Annotated[str, Field(pattern=pattern)])
        unlike = [c for c in SAMPLE if c != "\n" and bool(here.search(c)) != _taken(in_rust, c)]
        assert not unlike, (pattern, unlike)


async def test_a_label_may_be_written_in_any_script() -> None:
    label = TypeAdapter[str](Label)
    letters = [c for c in SAMPLE if c.isalnum() or c in "_ .:/-"]
    assert [c for c in letters if not _taken(label, c)] == []
    assert [
        c for c in "\0\n\t\x7f\x85\xa0\u2028\u202e\u2066\ufeff\"'<>&;`$\\" if _taken(label, c)
    ] == []


async def test_no_parameter_is_told_to_be_null(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for schema in operation.parameters.values():
            assert {"type": "null"} not in schema.get("anyOf", []), operation.id


async def test_the_first_value_of_a_row_is_told_to_be_its_number(document: dict[str, Any]) -> None:
    rows = document["components"]["schemas"]["Rows"]["properties"]["data"]["items"]
    assert rows["prefixItems"] == [{"type": "integer"}]


@pytest.mark.parametrize(
    "query",
    [
        "limit=1_0",
        "limit=%2B5",
        "limit=5%20",
        "limit=05",
        "cursor=",
        "cursor=UzE%3D",  # padded, as no list writes one
        "cursor=UzE_x",
        "cursor=null",
        "label=a",
        "label=:b",
        "label=a:",
        "label=a:%00",
        "label=a:b%0A",
        "state=",
    ],
)
async def test_a_query_that_breaks_the_document_is_refused(
    client: httpx.AsyncClient, query: str
) -> None:
    answer = await client.get(f"/simulations?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["query"] == query.partition("=")[0]


@pytest.mark.parametrize("query", ["limit=5", "limit=5.0", "label=a%C3%B1o:b:c", "state=queued"])
async def test_a_query_that_keeps_to_the_document_is_taken(
    client: httpx.AsyncClient, query: str
) -> None:
    assert (await client.get(f"/simulations?{query}")).status_code == 200


def _taken(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


def _nodes(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from _nodes(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _nodes(inner)
