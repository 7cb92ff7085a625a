"""Span: a stretch of a scenario text, cut where the speaker or the subject changes.

Every position is a position in the whole text, so that whatever is read can be quoted exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

CONSUMED = "\x00"  # stands for a character that has been read already; no pattern matches it

SENTENCE_END = re.compile(r"[.!?](?=[\s\"')\]]|$)|[;\n\r]")
WORD_CHARACTER = re.compile(r"\w")
CONTINUATION = re.compile(r"\s{0,4}(?:it|its|they|their|this|these|that)\b", re.IGNORECASE)
CLAUSE_BREAK = re.compile(
    r", (?:and |but |while |plus )?(?!(?:up|down) from|instead|rather|formerly|previously)"
    r"| (?:and|but|while|whereas|plus|because|since|although|though)"
    r" |: | [\u2013\u2014-] ",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]`, searched in place."""

    text: str
    start: int
    end: int

    def first(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match, or None."""
        return pattern.search(self.text, self.start, self.end)

    def every(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """All matches, in reading order."""
        return list(pattern.finditer(self.text, self.start, self.end))

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether the pattern occurs."""
        return self.first(pattern) is not None

    def within(self, start: int, end: int) -> Span:
        """The part of this span between two positions of the text."""
        return Span(self.text, max(self.start, start), min(self.end, end))


def sentences(text: str) -> list[Span]:
    """The sentences; one that continues another ("It costs ...") belongs to it."""
    starts, ends = [0], []
    for stop in SENTENCE_END.finditer(text):
        if not CONTINUATION.match(text, stop.end()):
            ends.append(stop.end())
            starts.append(stop.end())
    ends.append(len(text))
    found = (Span(text, start, end) for start, end in zip(starts, ends, strict=True))
    return [sentence for sentence in found if sentence.has(WORD_CHARACTER)]


def split_before(span: Span, subject: re.Pattern[str]) -> list[Span]:
    """Cut at each clause break that a new subject follows: "..., and Verizon ..."."""
    breaks = span.every(CLAUSE_BREAK)
    return _slices(span, [b.start() for b in breaks if subject.match(span.text, b.end())])


def parts(span: Span, anchor: re.Pattern[str], names: re.Pattern[str]) -> list[Span]:
    """Cut at clause breaks so that each part holds an anchor; one without joins the next with one.

    A list that follows a name ("$5 on Powder, Blizzard and Summit") stays with it.
    """
    starts: list[int] = []
    start = span.start
    for piece in _slices(span, [found.start() for found in span.every(CLAUSE_BREAK)]):
        if piece.has(anchor):
            starts.append(start)
            start = piece.end
        elif starts and start == piece.start and _continues(span, piece, names):
            start = piece.end
    return _slices(span, starts[1:])


def masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with spans made unreadable, its length unchanged."""
    pieces: list[str] = []
    position = 0
    for start, end in sorted(spans):
        if end > position:
            pieces.append(text[position : max(start, position)])
            pieces.append(CONSUMED * (end - max(start, position)))
            position = end
    return "".join([*pieces, text[position:]])


def _continues(span: Span, piece: Span, names: re.Pattern[str]) -> bool:
    """Whether a piece is one more name after a part that ended in a name."""
    before = span.within(max(span.start, piece.start - 40), piece.start).every(names)
    return bool(before) and before[-1].end() >= piece.start - 6 and piece.has(names)


def _slices(span: Span, cuts: Sequence[int]) -> list[Span]:
    edges = [span.start, *cuts, span.end]
    return [Span(span.text, start, end) for start, end in pairwise(edges) if start < end]
