"""Surface: every operation of the service as its OpenAPI document tells of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from tests.hostile.bodies import Place, Schema, places

JSON = {"content-type": "application/json"}
SAFE_METHODS = frozenset({"GET"})

# What makes a path lead somewhere. A parameter that is not here is given what leads nowhere.
THERE = {
    "persona_or_segment_id": "S1",
    "segment_id": "S1",
    "template_id": "price-increase",
}
NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, with its parameters by (where, name) and what it takes as a body."""

    id: str
    method: str
    path: str
    parameters: Mapping[tuple[str, str], Schema]
    required: frozenset[str]
    body: Schema | None
    examples: tuple[Any, ...]
    document: Schema

    def url(self, segments: Mapping[str, str], query: Mapping[str, str]) -> httpx.URL:
        """The path with its blanks filled, each percent-encoded as one segment, and a query."""
        path = re.sub(r"{(\w+)}", lambda blank: _segment(segments[blank[1]]), self.path)
        asked = "&".join(f"{name}={_segment(value)}" for name, value in query.items())
        return httpx.URL(f"{path}?{asked}" if asked else path)

    def places(self) -> list[Place]:
        """Every place of the body, in the smallest body that has it."""
        return list(places(self.body, self.document)) if self.body else []


def _segment(text: str) -> str:
    """Percent-encoded; dots too, for a client would resolve `..` before it sends it."""
    return quote(text, safe="", errors="surrogatepass").replace(".", "%2E")


def operations(document: Schema) -> list[Operation]:
    """All there are, ordered by their name."""
    return sorted(_operations(document), key=lambda operation: operation.id)


def _operations(document: Schema) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, told in item.items():
            parameters = told.get("parameters", [])
            content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
            yield Operation(
                told["operationId"],
                method.upper(),
                path,
                {(each["in"], each["name"]): each["schema"] for each in parameters},
                frozenset(each["name"] for each in parameters if each.get("required")),
                content.get("schema"),
                tuple(example["value"] for example in content.get("examples", {}).values()),
                document,
            )
