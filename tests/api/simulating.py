"""Simulations as a client has them: started, and polled until they are final."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httpx

from tests.patience import in_time

SCENARIO = "Snowmobile is raising prices by $5/month. Disney+ will be included free."


async def start(client: httpx.AsyncClient, **body: object) -> str:
    """Where a new simulation is found, of `SCENARIO` unless the body has its own."""
    if "scenarios" not in body:
        body = {"scenario": SCENARIO, **body}
    answer = await client.post("/simulations", json=body)
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


async def final(client: httpx.AsyncClient, location: str) -> dict[str, Any]:
    """The simulation once the service no longer asks to come back."""
    async with in_time("a final simulation"):
        while True:
            answer = await client.get(location)
            if "retry-after" not in answer.headers:
                return cast("dict[str, Any]", answer.json())
            await asyncio.sleep(0.01)
