"""Ports of evidence: how texts are found that bear on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.reactions import Evidence

Use = Literal["query", "passage"]  # what a text is to the search; some models embed them apart


Embeddings = NDArray[np.float32]


class Embedder(Protocol):
    """A model that places texts so that those of like meaning are near each other."""

    @property
    def model(self) -> str:
        """The name of the model asked, as its provider spells it."""
        ...

    async def embed(self, texts: Sequence[str], use: Use, *, deadline_seconds: float) -> Embeddings:
        """One row per text, in their order, each of length one. A long text counts by its start.

        Raises the ChatFailed errors a ChatModel raises, save ReplyInvalid.
        """
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence, best first, and the way it was found, as provenance tells it."""

    evidence: tuple[Evidence, ...]
    found_by: str


class Retriever(Protocol):
    """A way to find what a segment's own words say that bears on a text."""

    async def find(self, text: str, verbatims: Sequence[Evidence], most: int) -> Found:
        """At most `most` of the verbatims. Never fails for want of a model; `found_by` tells."""
        ...

    def found(self, text: str, verbatims: Sequence[Evidence], most: int) -> Found | None:
        """The same for those who are off the event loop; None when this way waits for a model."""
        ...
