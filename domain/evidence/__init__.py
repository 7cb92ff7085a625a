"""Evidence: which of a segment's own words, and of its past, bear on a text."""

from domain.evidence.lexical import BM25, ByWords, Corpus, most_relevant, words
from domain.evidence.ports import Embedder, Embeddings, Found, Retriever, Use
from domain.evidence.precedents import LivePrecedents
from domain.evidence.semantic import ByMeaning

__all__ = [
    "BM25",
    "ByMeaning",
    "ByWords",
    "Corpus",
    "Embedder",
    "Embeddings",
    "Found",
    "LivePrecedents",
    "Retriever",
    "Use",
    "most_relevant",
    "words",
]
