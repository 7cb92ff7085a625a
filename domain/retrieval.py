"""Retrieval: which of a segment's own words bear on a text, by Okapi BM25.

Lexical on purpose: it needs no model, gives the same order everywhere, and says nothing when no
word is shared (Robertson and Zaragoza 2009).
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from domain.ports import Found
from domain.reactions import Evidence

BM25 = "BM25"

SATURATION = 1.2  # k1 and b of the paper's usual setting
LENGTH_PENALTY = 0.75

WORD = re.compile(r"[a-z][a-z0-9'+-]*")
STOP_WORDS = frozenset(
    """a about after all am an and any are as at be because been but by can could did do does for
    from get had has have how i if in is it its just like me more my no not now of off on one or
    our out please so than that the their them then there they this to up us was we were what
    when which who why will with would you your""".split()  # noqa: SIM905 - reads as a paragraph
)


@dataclass(frozen=True, slots=True)
class ByWords:
    """Finds evidence by the words it shares with a text; see domain.ports.Retriever."""

    async def find(self, text: str, verbatims: Sequence[Evidence], most: int) -> Found:
        """Those that share a telling word, and none where no word is shared."""
        return Found(await asyncio.to_thread(most_relevant, text, verbatims, most), BM25)


def most_relevant(text: str, evidence: Sequence[Evidence], most: int) -> tuple[Evidence, ...]:
    """At most `most` pieces that share a telling word with the text, best first."""
    query = set(words(text))
    documents = [Counter(words(piece.text)) for piece in evidence]
    if not query or not documents:
        return ()
    mean_length = sum(d.total() for d in documents) / len(documents) or 1.0
    rarity = {word: _rarity(sum(word in d for d in documents), len(documents)) for word in query}
    scores = [
        sum(rarity[word] * _weight(document, word, mean_length) for word in query & document.keys())
        for document in documents
    ]
    order = sorted(range(len(evidence)), key=lambda i: (-scores[i], i))
    return tuple(evidence[i] for i in order[:most] if scores[i] > 0)


def words(text: str) -> list[str]:
    """Lower-case words that carry meaning, plural and singular taken for one."""
    found = (word.rstrip("'") for word in WORD.findall(text.lower()))
    return [_singular(word) for word in found if word not in STOP_WORDS]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _rarity(holding: int, documents: int) -> float:
    return math.log(1 + (documents - holding + 0.5) / (holding + 0.5))


def _weight(document: Counter[str], word: str, mean_length: float) -> float:
    count = document[word]
    length = 1 - LENGTH_PENALTY + LENGTH_PENALTY * document.total() / mean_length
    return count * (SATURATION + 1) / (count + SATURATION * length)
