"""Lexical retrieval: which of a segment's own words bear on a text, by Okapi BM25.

Lexical on purpose: it needs no model, gives the same order everywhere, and says nothing when no
word is shared (Robertson and Zaragoza 2009).
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from domain.evidence.ports import Found
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
    """Finds evidence by the words it shares with a text; see Retriever."""

    async def find(self, text: str, verbatims: Sequence[Evidence], most: int) -> Found:
        """Those that share a telling word, and none where no word is shared."""
        return await asyncio.to_thread(self.found, text, verbatims, most)

    def found(self, text: str, verbatims: Sequence[Evidence], most: int) -> Found:
        """The same for those who are off the event loop already."""
        return Found(most_relevant(text, verbatims, most), BM25)


class Corpus(tuple[Evidence, ...]):
    """Evidence that is searched again and again; its texts are taken apart once."""

    @cached_property
    def weights(self) -> Mapping[str, Sequence[tuple[int, float]]]:
        """For each word the pieces that hold it, by position, and what it adds to their score."""
        documents = [Counter(words(piece.text)) for piece in self]
        mean_length = sum(d.total() for d in documents) / (len(documents) or 1) or 1.0
        holding: dict[str, list[int]] = {}
        for position, document in enumerate(documents):
            for word in document:
                holding.setdefault(word, []).append(position)
        return {
            word: [
                (i, _rarity(len(places), len(documents)) * _weight(documents[i], word, mean_length))
                for i in places
            ]
            for word, places in holding.items()
        }


def most_relevant(text: str, evidence: Sequence[Evidence], most: int) -> tuple[Evidence, ...]:
    """At most `most` pieces that share a telling word with the text, best first."""
    corpus = evidence if isinstance(evidence, Corpus) else Corpus(evidence)
    scores: dict[int, float] = {}
    for word in sorted(set(words(text))):
        for position, weight in corpus.weights.get(word, ()):
            scores[position] = scores.get(position, 0.0) + weight
    order = sorted(scores, key=lambda position: (-scores[position], position))
    return tuple(corpus[position] for position in order[:most])


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
