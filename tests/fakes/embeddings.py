"""Embeddings for tests: of each text by its words alone, so that texts which share some are near.

As the endpoint of Cortex gives them, after its documentation, and as an embedder of the port.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from aiohttp import web

from domain.evidence.ports import Embeddings, Use

EMBED_PATH = "/api/v2/cortex/inference:embed"
MODELS = {"snowflake-arctic-embed-m-v1.5", "e5-base-v2"}
DIMENSIONS = 8


def vector_of(text: str) -> list[float]:
    """How often each of eight kinds of word occurs."""
    vector = [0.0] * DIMENSIONS
    for word in text.split():
        vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1.0
    return vector


def faults_in_embed(body: dict[str, Any]) -> Iterator[str]:
    """Why a request breaks the contract."""
    if body["model"] not in MODELS:
        yield f"unknown model {body['model']}"
    if not 0 < len(body["text"]) <= 1_280 or max(map(len, body["text"])) > 4_096:
        yield "max tokens of count exceeded"


def embedded(body: dict[str, Any]) -> web.Response:
    """A 200: each embedding is a list in a list, and the order is not that of the texts."""
    data = [
        {"object": "embedding", "embedding": [vector_of(text)], "index": index}
        for index, text in enumerate(body["text"])
    ]
    answer = {"object": "list", "data": data[::-1], "model": body["model"]}
    return web.json_response({**answer, "usage": {"total_tokens": 10 * len(data)}})


class WordEmbedder:
    """An embedder that fails or waits as long as told, and remembers what it was asked."""

    model = "words"

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[tuple[Use, tuple[str, ...]]] = []

    async def embed(self, texts: Sequence[str], use: Use, *, deadline_seconds: float) -> Embeddings:
        self.asked.append((use, tuple(texts)))
        self.reached.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        rows = np.array([vector_of(text) for text in texts], dtype=np.float32)
        unit: Embeddings = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit
