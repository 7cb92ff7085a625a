"""Language: whether a text looks like English, and why a text without levers has none."""

from __future__ import annotations

import re

from domain.lever_parsing.names import whole_words
from domain.lever_parsing.unread_words import DOUBTED, DROPPED, PAST
from domain.scenarios import NothingBecause

# Common words of English and of its neighbours; those that both have are left out of the second.
ENGLISH = whole_words(
    r"the|and|of|to|is|are|our|we|for|with|on|by|will|customers?|prices?|month|free|plans?|from"
    r"|this|that|it|what|how|you|your|their|they|be|at|all|new|about|who|when|not|raise|cut|more"
)
FOREIGN = whole_words(
    r"el|los|las|una|del|por|para|todos|todas|precios?|mes|clientes|nuestros?|con|gratis|subimos"
    r"|der|das|und|für|wir|preise?|kunden|mit|ein|eine|einen|monat|alle|nicht|um|im|den"
    r"|le|les|des|une|nous|pour|prix|avec|par|mois|tous|nos|est|du|aux|sur|et"
    r"|il|gli|della|prezzi|mese|tutti|nostri|sono|dei"
    r"|os|nossos|preços|mensal|uma|dos|ao"
    r"|het|een|voor|prijzen|onze|klanten|maand|van|wij"
)
LATIN = re.compile(r"[A-Za-z]")
LETTER = re.compile(r"[^\W\d_]")
READ_FOR_LANGUAGE = 2_000  # characters
FEWEST_FOREIGN = 2  # words: one alone may be a name

# The first that a text has is why it makes no move.
NO_MOVES: tuple[tuple[NothingBecause, re.Pattern[str]], ...] = (
    ("cancelled", whole_words(DROPPED)),
    ("considered", whole_words(DOUBTED)),
    ("past", whole_words(PAST)),
)


def looks_english(text: str) -> bool:
    """Whether common words of English are no fewer than those of languages beside it."""
    start = text[:READ_FOR_LANGUAGE]
    if len(LATIN.findall(start)) < len(LETTER.findall(start)) / 2:
        return False
    foreign = len(FOREIGN.findall(start))
    return foreign < FEWEST_FOREIGN or foreign <= len(ENGLISH.findall(start))


def nothing_because(text: str) -> NothingBecause:
    """Why a text without levers has none, as far as common words tell."""
    if not looks_english(text):
        return "not_english"
    for because, words in NO_MOVES:
        if words.search(text):
            return because
    return "question" if text.rstrip().endswith("?") else "no_move"
