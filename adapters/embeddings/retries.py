"""Retries: asks an embedding model again, with the policy of a language model's."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.chat.retries import Retrier, RetryPolicy
from domain.evidence import Embedder, Embeddings, Use


class RetriedEmbedder:
    """An embedder that asks again when throttled, out of time or cut off; see Retrier."""

    def __init__(self, embedder: Embedder, policy: RetryPolicy | None = None) -> None:
        self._embedder = embedder
        self._retrier = Retrier(policy)

    @property
    def model(self) -> str:
        """See Embedder."""
        return self._embedder.model

    async def embed(self, texts: Sequence[str], use: Use, *, deadline_seconds: float) -> Embeddings:
        """See Embedder."""

        async def ask(left_seconds: float) -> Embeddings:
            return await self._embedder.embed(texts, use, deadline_seconds=left_seconds)

        return await self._retrier.reply(ask, deadline_seconds)
