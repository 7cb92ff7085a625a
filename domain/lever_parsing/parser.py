"""Levers: what a scenario text puts to customers, read by rules.

One small reader per kind of lever or two, tried in the order of READERS. What a reader consumes is
unreadable to those after it: a rival's price is not our price change, and a dearer late fee is a
policy. A text that says nothing measurable gives no lever; nothing is made up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from pydantic import ValidationError

from domain.catalog import Carrier
from domain.lever_parsing.account import Read
from domain.lever_parsing.language import nothing_because
from domain.lever_parsing.names import CarrierNames, Reader, Reading, carrier_names, whole_words
from domain.lever_parsing.offers import read_new_plan, read_rival, read_value
from domain.lever_parsing.prices import read_money_back, read_price
from domain.lever_parsing.quantities import NUMBER, days
from domain.lever_parsing.spans import Span, masked, sentences, split_before
from domain.lever_parsing.terms import read_contract, read_network, read_policy
from domain.lever_parsing.unread import unread_spans
from domain.levers import AnyLever, Category
from domain.scenarios import LeverReading

MOST_LEVERS = 20  # what a scenario may hold
MOST_QUOTED = 400  # characters of read_from
MOST_CACHED = 64  # chosen: texts of 20,000 characters at most, with their readings
LONGEST_NOTICE_DAYS = 730
ASKED_ABOUT = {None, "no_move"}  # of texts without levers, those whose amounts may still be a move

READERS: tuple[Reader, ...] = (
    read_rival,
    read_new_plan,
    read_contract,
    read_money_back,
    read_value,
    read_policy,
    read_network,
    read_price,
)

# The first of these that a lever has is the scenario's: a rival's move colors all that answers it.
CATEGORIES: tuple[Category, ...] = (
    "Competitive",
    "Pricing",
    "Product",
    "Retention",
    "Policy",
    "Service",
    "General",
)

# What a text without levers is about, by its words alone.
TOPICS: tuple[tuple[Category, re.Pattern[str]], ...] = (
    ("Pricing", whole_words(r"pric(?:es?|ing)|bills?|charges?|discounts?")),
    ("Policy", whole_words(r"polic(?:y|ies)|terms|contracts?|fees?|throttl\w{1,4}")),
    ("Retention", whole_words(r"loyal\w{0,5}|retention|rewards?")),
    ("Service", whole_words(r"network|coverage|outages?|signal|support|towers?|5g")),
    ("Product", whole_words(r"launch\w{0,3}|plans?|products?|perks?|bundles?")),
)

NOTICE = re.compile(
    rf"(?<![\w.,$-])(?P<ahead>{NUMBER}[ -]?(?:days?|weeks?|months?))['\u2019]?s?"
    r" (?:of )?(?:(?:advance|prior|written) )?notice\b"
    rf"|\bnotice of (?P<of>{NUMBER} (?:days?|weeks?|months?))\b"
    r"|\b(?:effective|starting|starts|beginning) in"
    rf" (?P<within>{NUMBER} (?:days?|weeks?|months?))\b",
    re.IGNORECASE,
)
NO_NOTICE = re.compile(
    r"\b(?:effective|starting|beginning) (?:immediately|today|now)\b"
    r"|\b(?:without|no) (?:any |prior |advance )?(?:notice|warning)\b",
    re.IGNORECASE,
)


def read_levers(text: str, carrier: Carrier) -> LeverReading:
    """The levers of a text in the order it names them, each with the words it was read from.

    Amounts beyond the limits of domain/levers are ignored. Takes time in proportion
    to the text and never raises.
    """
    names = carrier_names(carrier, text)
    clauses = [clause for s in sentences(text) for clause in split_before(s, names.subjects)]
    found: list[Read] = []
    for reader in READERS:
        readings = [reading for clause in clauses for reading in reader(clause, names)]
        found += [Read(r.start, r.end, made) for r in readings if (made := _lever(r, text))]
        clauses = _without(clauses, readings)
    found.sort(key=lambda read: read.start)
    levers = _distinct([read.lever for read in found])
    because = None if levers else nothing_because(text)
    notice = _notice(text)
    stretches = [notice.span()] if notice else []
    unread = unread_spans(text, found, names, stretches) if because in ASKED_ABOUT else ()
    return LeverReading(
        levers=levers,
        category=_category(text, levers, names),
        notice_days=_notice_days(notice) if notice else None,
        status="partial" if levers and unread else "read" if levers else "nothing",
        unread=unread,
        nothing_because=because,
    )


class Readings:
    """Levers of the texts read last: a scenario is put to many personas. Any thread may ask."""

    def __init__(self) -> None:
        self._cached: tuple[Carrier, Callable[[str], LeverReading]] | None = None

    def of(self, text: str, carrier: Carrier) -> LeverReading:
        """See read_levers; another carrier than before has all read anew."""
        cached = self._cached
        if cached is None or cached[0] is not carrier:
            read = lru_cache(MOST_CACHED)(partial(read_levers, carrier=carrier))
            self._cached = cached = carrier, read
        return cached[1](text)


def _lever(reading: Reading, text: str) -> AnyLever | None:
    """The lever with its words, or None when there is none or its amount is beyond all limits."""
    if reading.make is None:
        return None
    try:
        lever = reading.make()
    except ValidationError:
        return None
    words = text[reading.start : reading.end][:MOST_QUOTED].strip()
    return lever.with_(read_from=words)


def _without(clauses: Sequence[Span], readings: Sequence[Reading]) -> list[Span]:
    """The same clauses over a text in which what has been read cannot be read again."""
    if not readings:
        return list(clauses)
    text = masked(clauses[0].text, [(reading.start, reading.end) for reading in readings])
    return [Span(text, clause.start, clause.end) for clause in clauses]


def _distinct(levers: Sequence[AnyLever]) -> tuple[AnyLever, ...]:
    """Saying the same thing twice does not make it happen twice."""
    once: dict[str, AnyLever] = {}
    for lever in levers:
        once.setdefault(lever.model_dump_json(exclude={"read_from"}), lever)
    return tuple(once.values())[:MOST_LEVERS]


def _category(text: str, levers: Sequence[AnyLever], names: CarrierNames) -> Category:
    categories = {lever.category for lever in levers}
    if categories:
        return next(category for category in CATEGORIES if category in categories)
    if names.rival_words.search(text):
        return "Competitive"
    for category, words in TOPICS:
        if words.search(text):
            return category
    return "General"


def _notice(text: str) -> re.Match[str] | None:
    """Where the text says how long before it takes effect customers are told."""
    return NOTICE.search(text) or NO_NOTICE.search(text)


def _notice_days(notice: re.Match[str]) -> int | None:
    """Days between the announcement and its taking effect; None for more than are believed."""
    if notice.re is NO_NOTICE:
        return 0
    time = notice["ahead"] or notice["of"] or notice["within"]
    notice_days = days(Span(time, 0, len(time)))
    return notice_days if (notice_days or 0) <= LONGEST_NOTICE_DAYS else None
