"""Semantic retrieval: which of a segment's own words are near a text in meaning, by embeddings.

Some are always nearest, however far they are: no distance means the same to every model, so none
is a limit. Embeddings are cached, for verbatims change only with the build of the data.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from domain.errors import ChatFailed
from domain.evidence.ports import Embedder, Embeddings, Found, Retriever, Use
from domain.reactions import Evidence

DEADLINE_SECONDS = 10.0  # chosen: evidence is not worth more of the time a reaction has
LEFT_ALONE_SECONDS = 30.0  # after a failure, so that reactions do not each wait for the next
# Sets of texts cached. A segment's verbatims take 0.6 MB (200 rows of 768), a question 3 KB.
MOST_CACHED: dict[Use, int] = {"passage": 64, "query": 256}


class ByMeaning:
    """Finds evidence by cosine similarity, and by `otherwise` while the embedder fails.

    `on_failure` is told of the first failure after each success. `clock` gives seconds that only
    go forward. Belongs to one event loop. See Retriever.
    """

    def __init__(
        self,
        embedder: Embedder,
        otherwise: Retriever,
        on_failure: Callable[[ChatFailed], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._embedder = embedder
        self._otherwise = otherwise
        self._on_failure = on_failure
        self._clock = clock
        self._failing_until: float | None = None
        self._cache: dict[Use, OrderedDict[tuple[str, ...], asyncio.Task[Embeddings]]] = {
            "passage": OrderedDict(),
            "query": OrderedDict(),
        }

    def found(self, text: str, verbatims: Sequence[Evidence], most: int) -> None:
        """Nothing: a model is to be asked. See Retriever."""

    async def find(self, text: str, verbatims: Sequence[Evidence], most: int) -> Found:
        """The nearest, whatever their distance."""
        failing = self._failing_until is not None and self._clock() < self._failing_until
        if failing or not verbatims:
            return await self._otherwise.find(text, verbatims, most)
        try:
            near = await self._similarities(text, verbatims)
        except ChatFailed as failure:
            self._note(failure)
            return await self._otherwise.find(text, verbatims, most)
        self._failing_until = None
        order = np.argsort(-near, kind="stable")[:most]
        evidence = tuple(verbatims[i] for i in order)
        return Found(evidence, f"cosine similarity, {self._embedder.model}")

    async def _similarities(self, text: str, verbatims: Sequence[Evidence]) -> Embeddings:
        """Cosine of the angle between the text and each verbatim, shape (n_verbatims,)."""
        query, passages = await asyncio.gather(
            self._embedded((text,), "query"),
            self._embedded(tuple(piece.text for piece in verbatims), "passage"),
        )
        cosines: Embeddings = passages @ query[0]
        return cosines

    async def _embedded(self, texts: tuple[str, ...], use: Use) -> Embeddings:
        """Embedded once for all who ask at the same time or later."""
        cache = self._cache[use]
        task = cache.get(texts)
        if task is None or (task.done() and _failed(task)):
            asking = self._embedder.embed(texts, use, deadline_seconds=DEADLINE_SECONDS)
            task = cache[texts] = asyncio.create_task(asking)
            task.add_done_callback(_failed)
        cache.move_to_end(texts)
        while len(cache) > MOST_CACHED[use]:
            cache.popitem(last=False)
        return await asyncio.shield(task)

    def _note(self, failure: ChatFailed) -> None:
        if self._failing_until is None:
            self._on_failure(failure)
        self._failing_until = self._clock() + LEFT_ALONE_SECONDS


def _failed(task: asyncio.Task[Embeddings]) -> bool:
    """Whether nothing came of a task that is over; as a callback, it lets none fail unheard."""
    return task.cancelled() or task.exception() is not None
