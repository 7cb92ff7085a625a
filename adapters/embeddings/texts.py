"""Texts: prepares texts for embedding models of Snowflake and checks the vectors they give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from domain.errors import ChatBroken
from domain.evidence import Embeddings, Use

MOST_CHARACTERS = 4_096  # of one text, its prefix included
# What a model was trained to find before a text, by the beginning of its name, the first that fits
# (the models' cards). Without them e5 tells questions and passages apart no more.
PREFIXES: tuple[tuple[str, dict[Use, str]], ...] = (
    ("e5-", {"query": "query: ", "passage": "passage: "}),
    ("snowflake-arctic-embed-l-v2.0", {"query": "query: ", "passage": ""}),
    (
        "snowflake-arctic-embed-m",
        {"query": "Represent this sentence for searching relevant passages: ", "passage": ""},
    ),
)


def prefixed_texts(model: str, texts: Sequence[str], use: Use) -> list[str]:
    """The texts as the model wants to see them, cut at what a request may hold."""
    prefixes = next((p for name, p in PREFIXES if model.startswith(name)), None)
    prefix = prefixes[use] if prefixes else ""
    return [f"{prefix}{text}"[:MOST_CHARACTERS] for text in texts]


def batches(texts: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """The texts in their order, at most so many at a time."""
    for start in range(0, len(texts), most):
        yield texts[start : start + most]


def unit_rows(vectors: Sequence[Sequence[float]], expected: int) -> Embeddings:
    """The vectors as a matrix of rows of length one. Raises ChatBroken when they cannot be."""
    if not expected:
        return np.empty((0, 0), dtype=np.float32)
    if len(vectors) != expected or len({len(vector) for vector in vectors}) > 1:
        raise ChatBroken(f"it gave no {expected} embeddings of one length")
    rows = np.array(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ChatBroken("it gave embeddings without a direction")
    unit: Embeddings = rows / lengths
    return unit
