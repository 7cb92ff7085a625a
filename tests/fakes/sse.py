"""Server-sent events read as the HTML standard has a browser read them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Event:
    """One event, with the id a browser would come back with after it."""

    name: str
    data: dict[str, Any]
    id: str


async def events_of(response: httpx.Response) -> AsyncIterator[Event]:
    """Every event of a stream; comments and fields of other names are passed over."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        name, _, value = line.partition(":")
        if line and name:
            fields[name] = value.removeprefix(" ")
        elif not line:
            if "data" in fields:
                yield Event(fields["event"], json.loads(fields["data"]), fields.get("id", ""))
            fields = {}
