"""Cortex embeddings over REST: no warehouse is needed, the default role decides."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import httpx
from pydantic import BaseModel, Field, ValidationError

from adapters.chat.completions import failure_of
from adapters.chat.cortex import post_authenticated
from adapters.chat.credentials import Credentials
from adapters.embeddings.texts import batches, prefixed_texts, unit_rows
from domain.errors import ChatBroken
from domain.evidence import Embeddings, Use

PATH = "/api/v2/cortex/inference:embed"
# Below the 1,280 a request may hold: rows of 1,024 numbers of 22 characters make a reply of 2.9 MB,
# and http_transport.py reads 4.
MOST_TEXTS = 128


class _Datum(BaseModel):
    index: int
    embedding: Annotated[list[list[float]], Field(min_length=1, max_length=1)]


class _Body(BaseModel):
    data: list[_Datum]


@dataclass(frozen=True, slots=True)
class CortexEmbedder:
    """An embedding model of the account at `base_url`; see Embedder."""

    transport: httpx.AsyncBaseTransport
    base_url: str
    model: str
    credentials: Credentials

    async def embed(self, texts: Sequence[str], use: Use, *, deadline_seconds: float) -> Embeddings:
        """See Embedder. Batches go one after another: the quota is 200 a minute."""
        ends = time.monotonic() + deadline_seconds
        vectors: list[list[float]] = []
        for batch in batches(prefixed_texts(self.model, texts, use), MOST_TEXTS):
            vectors += await self._embedded(batch, ends - time.monotonic())
        return unit_rows(vectors, len(texts))

    async def _embedded(self, batch: Sequence[str], deadline_seconds: float) -> list[list[float]]:
        reply = await post_authenticated(
            self.credentials,
            self.transport,
            f"{self.base_url.rstrip('/')}{PATH}",
            {"model": self.model, "text": list(batch)},
            deadline_seconds=deadline_seconds,
        )
        if reply.status != 200:
            raise failure_of(reply)
        try:
            body = _Body.model_validate_json(reply.body)
        except ValidationError as error:
            raise ChatBroken("its answer holds no embeddings") from error
        data = sorted(body.data, key=lambda datum: datum.index)
        if [datum.index for datum in data] != list(range(len(batch))):
            raise ChatBroken("its embeddings are not those of the texts")
        return [datum.embedding[0] for datum in data]
