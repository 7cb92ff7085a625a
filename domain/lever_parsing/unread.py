"""Unread: words of a text that bear on a move and that no lever read from it accounts for.

`unread_words.py` says what may be unread, `account.py` what the levers hold of it. Nothing here
changes which levers are read: it tells what they leave out, so that no figure is wrong in silence.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice

from domain.lever_parsing.account import Account, Found, Read
from domain.lever_parsing.language import looks_english
from domain.lever_parsing.names import CarrierNames
from domain.lever_parsing.questions import question_about
from domain.lever_parsing.spans import SENTENCE_END
from domain.lever_parsing.unread_words import ANOTHER_LANGUAGE, CLASSES, NO_SPAN, WordClass
from domain.scenarios import UnreadSpan

MOST_UNREAD = 20  # told of a text; who mends these finds the others at the next reading
MOST_FOUND = 300  # words of one class looked at in a text
MOST_CHARACTERS = 160  # of a span
BETWEEN_AMOUNTS = {" to ", " instead of ", " or ", " and ", "-", " rather than "}
DOUBTS = {"dropped", "doubted"}
AMOUNTS = {"money", "percentage", "quantity"}


def unread_spans(
    text: str,
    found: Sequence[Read],
    names: CarrierNames,
    notices: Sequence[tuple[int, int]] = (),
) -> tuple[UnreadSpan, ...]:
    """What no lever accounts for, in the order of the text, MOST_UNREAD at most.

    `notices` are where the text says how long before customers are told. Takes time in proportion
    to the text.
    """
    account = Account(text, found, names)
    taken = sorted([*(m.span() for m in NO_SPAN.finditer(text)), *notices])
    unread: list[Found] = []
    for each in _candidates(text, names, levers=bool(found)):
        if not _overlaps(taken, each.start, each.end) and not account.holds(each):
            taken.insert(bisect_left(taken, (each.start, each.end)), (each.start, each.end))
            unread.append(each)
    return tuple(_span(each, text, account) for each in _joined(unread, text)[:MOST_UNREAD])


def _candidates(text: str, names: CarrierNames, *, levers: bool) -> Iterator[Found]:
    """Words of every class. A text in another language is told as a whole, a plan as a limit."""
    plans = WordClass("limit", "plan", names.plan_words)
    classes = [words for words in (*CLASSES, plans) if levers or not words.needs_lever]
    if levers and not looks_english(text):
        whole = ANOTHER_LANGUAGE.words.search(text)
        if whole is not None:
            yield Found(ANOTHER_LANGUAGE, whole, *_trimmed(text, whole.start(), len(text)))
    for words in classes:
        for match in islice(words.words.finditer(text), MOST_FOUND):
            yield Found(words, match, *_trimmed(text, *match.span()))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start : min(end, start + MOST_CHARACTERS)]
    return start + len(words) - len(words.lstrip()), start + len(words.rstrip())


def _overlaps(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a sorted list of stretches has one that overlaps."""
    at = bisect_left(taken, (start, start))
    after = at < len(taken) and taken[at][0] < end
    return after or (at > 0 and taken[at - 1][1] > start)


def _joined(unread: Sequence[Found], text: str) -> list[Found]:
    """In the order of the text; "20 GB to 10 GB" are one, and so are a doubt and its outcome."""
    joined: list[Found] = []
    for each in sorted(unread, key=lambda found: found.start):
        last = joined[-1] if joined else None
        if last is not None and _are_one(text, last, each):
            joined[-1] = Found(last.words, last.match, last.start, each.end)
        else:
            joined.append(each)
    return joined


def _are_one(text: str, first: Found, second: Found) -> bool:
    between, kinds = text[first.end : second.start], {first.words.kind, second.words.kind}
    if kinds <= DOUBTS:
        near = second.end - first.start <= MOST_CHARACTERS
        return near and SENTENCE_END.search(between) is None
    amounts = first.words.reason == second.words.reason and first.words.reason in AMOUNTS
    return amounts and between.lower() in BETWEEN_AMOUNTS


def _span(found: Found, text: str, account: Account) -> UnreadSpan:
    words = text[found.start : found.end]
    return UnreadSpan(
        text=words,
        start=found.start,
        end=found.end,
        reason=found.words.reason,
        question=question_about(found.words.kind, words, account.beside(found.start)),
    )
