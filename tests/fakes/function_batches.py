"""Batches of service functions, and Snowflake's part in having them answered.

The batches, one a file, are written after Snowflake's documentation of the data format (that of
external functions, which service functions share); none was recorded from a live account. `answers`
says what each row must get: a reaction, an answer, a summary, or the code of its error.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

FOLDER = Path(__file__).with_name("batches")
BATCH_ID = "sf-external-function-query-batch-id"

Values = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SentBatch:
    """What Snowflake sends of a batch, and what each of its rows must get."""

    path: str
    headers: dict[str, str]
    rows: list[list[Any]]
    answers: list[str]

    @property
    def poll_headers(self) -> dict[str, str]:
        """Those of a GET, which has no body."""
        return {name: value for name, value in self.headers.items() if name != "content-type"}

    def with_rows(self, rows: Sequence[Sequence[Any]]) -> SentBatch:
        """The same batch with other rows."""
        return replace(self, rows=[list(row) for row in rows])

    def named(self, batch_id: str) -> SentBatch:
        """The same rows as another batch."""
        return replace(self, headers={**self.headers, BATCH_ID: batch_id})


def read_batches() -> dict[str, SentBatch]:
    """Every batch there is, by the name of its file."""
    return {file.stem: read_batch(file.stem) for file in sorted(FOLDER.glob("*.json"))}


def read_batch(name: str) -> SentBatch:
    """The batch in the file of this name."""
    told = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return SentBatch(told["path"], told["headers"], told["body"]["data"], told["answers"])


async def send(client: httpx.AsyncClient, batch: SentBatch) -> httpx.Response:
    """Send a batch, once."""
    body = {"data": batch.rows}
    return await client.post(batch.path, headers=batch.headers, json=body)


async def poll(client: httpx.AsyncClient, batch: SentBatch) -> httpx.Response:
    """Ask once for the answers to a batch sent before."""
    return await client.get(batch.path, headers=batch.poll_headers)


async def answered(client: httpx.AsyncClient, batch: SentBatch) -> Values:
    """A value per row, as a query would get them."""
    response = await send(client, batch)
    while response.status_code == 202:
        response = await poll(client, batch)
    return values(response, batch)


def values(response: httpx.Response, batch: SentBatch) -> Values:
    """The values of a whole answer, which must number its rows as they were sent."""
    assert response.status_code == 200, response.text
    data = response.json()["data"]
    assert [number for number, _ in data] == [row[0] for row in batch.rows]
    return [value for _, value in data]


def kind(value: dict[str, Any]) -> str:
    """What a value is: a reaction, an answer, a summary, or the code of an error."""
    if "error" in value:
        return str(value["error"]["code"])
    marks = {"likely_action": "reaction", "question": "answer", "recommendation": "summary"}
    return next(name for mark, name in marks.items() if mark in value)
