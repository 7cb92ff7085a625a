"""Spots: wherever a client may put a text of its own choice, and the request that puts it there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from tests.hostile.bodies import Place
from tests.hostile.surface import JSON, NOWHERE, THERE, Operation

# Those every operation may be sent, whether it looks at them or not. X-Request-ID is not here: it
# comes back by design.
HEADERS = (
    "Accept",
    "Authorization",
    "Content-Encoding",
    "Cookie",
    "Host",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "Origin",
    "Sf-Context-Current-User",
    "X-API-Key",
    "X-Forwarded-For",
)
BATCH_ID = "sf-external-function-query-batch-id"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of an operation: a part of its path or query, a header, or a place of its body."""

    operation: Operation
    where: str
    name: str
    place: Place | None = None

    def request_with(self, text: str) -> dict[str, Any]:
        """Arguments of a client's `request` that have the text in this spot."""
        operation = self.operation
        blanks = [name for where, name in operation.parameters if where == "path"]
        segments = {name: _there(name, operation.method) for name in blanks}
        query = {self.name: text} if self.where == "query" else {}
        headers = {BATCH_ID: "batch"} | (JSON if operation.body else {})
        if self.where == "path":
            segments[self.name] = text
        if self.where == "header":
            headers[self.name] = text
        return {
            "method": operation.method,
            "url": operation.url(segments, query),
            "headers": [(n.encode(), v.encode("utf-8", "replace")) for n, v in headers.items()],
            "content": self._body(text),
        }

    async def put(self, client: httpx.AsyncClient, text: str) -> httpx.Response:
        """The answer to a request that has the text in this spot."""
        return await client.request(**self.request_with(text))

    def _body(self, text: str) -> bytes | None:
        if self.place:
            return json.dumps(self.place.holding(text)).encode()
        examples = self.operation.examples
        return json.dumps(examples[0]).encode() if examples else None


def spots(operation: Operation) -> list[Spot]:
    """Every spot of an operation, those of its body within an example of it too."""
    return [*_outside_the_body(operation), *_in_the_body(operation)]


def _outside_the_body(operation: Operation) -> Iterator[Spot]:
    for where, name in operation.parameters:
        yield Spot(operation, where, name)
    if operation.body is None:  # no header is read later than on the way in, before any body
        for name in HEADERS:
            yield Spot(operation, "header", name)


def _in_the_body(operation: Operation) -> Iterator[Spot]:
    for place in operation.places():
        if place.schema.get("type", "string") == "string":
            yield Spot(operation, "body", place.pointer, place)
            for example in operation.examples[:1]:
                yield Spot(operation, "body", place.pointer, place.around(example))


def _there(name: str, method: str) -> str:
    """What leads somewhere, but never to something that the request would change."""
    return THERE.get(name, NOWHERE) if method in {"GET", "POST"} else NOWHERE
