"""Lever reading: what readers of scenario texts share: the carrier's names, words and negation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.catalog import AddOn, Carrier, Plan, Rival
from domain.lever_parsing.amounts import MONTHS, NUMBER, number
from domain.lever_parsing.spans import Span
from domain.levers import AnyLever, Scope
from domain.scenarios import AddOnValue, add_on_values

YEAR_MONTHS = (
    12  # what ends sooner is felt as spread over a year, as in domain/choice/attributes.py
)


def whole(pattern: str) -> re.Pattern[str]:
    """The words of a pattern, whole, whatever their case."""
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


NEGATION = re.compile(
    r"\b(?:no|without)\b(?! (?:matter|doubt|longer|prior|advance|notice|warning|further|extra"
    r"|additional|added|cost|charge)\b)"
    r"|\bnot\b(?! only\b)|\bnever\b|\bwon['\u2019]?t\b|n['\u2019]t\b|\bcannot\b|\bneither\b"
    r"|\bnor\b"
    r"|\binstead of\b|\brather than\b|\bavoid\w{0,3}\b|\brul(?:e|es|ed|ing) out\b|\bden(?:y|ies)\b"
    r"|\bscrap(?:s|ped|ping)? (?:the |its |our |plans)|\bcancel\w{0,4} (?:the |its |our |plans)",
    re.IGNORECASE,
)
ENDS = whole(
    r"ends|ended|ending|(?:we|will|to) end|expir(?:e|es|ed|ing)|remov(?:e|es|ed|ing|al)"
    r"|scrap(?:s|ped|ping)?|withdraw\w{0,3}|gone|abolish\w{0,3}|eliminat(?:e|es|ed|ing)"
    r"|stop(?:s|ped|ping)?|discontinu(?:e|es|ed|ing)|cancel(?:s|ed|led|ing|ling)?|no longer"
    r"|no more"
    r"|los(?:e|es|ing)|tak(?:e|es|en|ing) away|drop(?:s|ped|ping)?|phas(?:e|es|ed|ing) out"
    r"|(?:is|are|being|get|gets|we|will) cut|any ?more"
)
POSTPAID = whole(r"post-?paid")
PREPAID = whole(r"pre-?paid|pay[- ]as[- ]you[- ]go")
FOR_TIME = re.compile(
    rf"\b(?:for|over|during) (?:the )?(?:first |next |up to )?(?P<count>{NUMBER})[ -]?"
    r"(?P<unit>month|mo|year|yr)s?\b(?! (?:or more|with us|of service|of tenure|of loyalty))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Names:
    """The names a text may use. Nothing else is known of any carrier.

    `own` is whatever speaks of the carrier itself; a clause that names it first is not a rival's.
    """

    plans: tuple[Plan, ...]
    plan_words: re.Pattern[str]
    add_ons: tuple[tuple[AddOnValue, re.Pattern[str]], ...]
    rivals: tuple[tuple[str, re.Pattern[str]], ...]
    rival_words: re.Pattern[str]
    own: re.Pattern[str]
    subjects: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A stretch that was understood: how to make its lever, or None when it holds no lever.

    `make` raises pydantic's ValidationError when the text names an amount beyond all limits.
    """

    start: int
    end: int
    make: Callable[[], AnyLever] | None = None


Reader = Callable[[Span, Names], Iterator[Reading]]


def names_of(carrier: Carrier, text: str) -> Names:
    """The carrier's names, as this text may write them: in a text without capitals, without."""
    own = (carrier.name, carrier.plans, carrier.rivals, carrier.add_ons)
    return _names(*own, capitals=text != text.lower())


@lru_cache(maxsize=16)
def _names(
    name: str,
    plans: tuple[Plan, ...],
    rivals: tuple[Rival, ...],
    add_ons: tuple[AddOn, ...],
    *,
    capitals: bool,
) -> Names:
    """Put together once for a carrier, which takes a quarter of what reading a text does."""
    rival_words = "|".join(
        [re.escape(n) for r in rivals for n in (r.name, *r.aliases)]
        + [r"(?:the |an? |our )?(?:main |biggest |other )?(?:competitors?|rivals?|the competition)"]
    )
    plan_words = _plan_words(plans, capitals=capitals)
    own = rf"we|us|our(?! (?:\w{{1,12}} )?(?:competitors?|rivals?))|{re.escape(name)}"
    plan_moves = rf"(?:{plan_words.pattern}) (?i:goes|drops|falls|rises|will|is|gets|now|costs)"
    own_or_plan = re.compile(rf"(?<!\w)(?:(?i:{own})|{plan_words.pattern})(?!\w)")
    return Names(
        plans=plans,
        plan_words=plan_words,
        add_ons=tuple((add_on, whole(add_on.words)) for add_on in add_on_values(add_ons)),
        rivals=tuple((r.name, _any_of([r.name, *r.aliases])) for r in rivals),
        rival_words=whole(rival_words),
        own=own_or_plan,
        subjects=re.compile(rf"(?:(?i:{own}|{rival_words})|{plan_moves})(?!\w)"),
    )


def plans_in(span: Span, names: Names) -> tuple[str, ...]:
    """The carrier's plans a span names, in their order, each once."""
    found = {match.group().lower(): None for match in span.every(names.plan_words)}
    known = {plan.name.lower(): plan.name for plan in names.plans}
    return tuple(known[name] for name in found if name in known)


def scope_of(span: Span) -> Scope:
    """Prepaid or postpaid when a span speaks of only one of them."""
    postpaid, prepaid = span.has(POSTPAID), span.has(PREPAID)
    if postpaid == prepaid:
        return "all"
    return "postpaid" if postpaid else "prepaid"


def denied(span: Span, position: int) -> bool:
    """Whether the span says no before it comes to a position."""
    return span.within(span.start, position).has(NEGATION)


def limited_months(span: Span) -> int | None:
    """How many months it lasts when it says "for six months"; None when it says nothing."""
    match = span.first(FOR_TIME)
    return round(number(match["count"]) * MONTHS[match["unit"].lower()]) if match else None


def share_of_year(months: int | None) -> float:
    """What part of a year something lasts: 1 for a year, for longer and for good."""
    return 1.0 if months is None else min(months, YEAR_MONTHS) / YEAR_MONTHS


def nearest(span: Span, pattern: re.Pattern[str], position: int) -> re.Match[str] | None:
    """The match that lies nearest to a position."""
    matches = span.every(pattern)
    return min(matches, key=lambda m: abs(m.start() - position)) if matches else None


def hull(*pieces: re.Match[str] | tuple[int, int] | None) -> tuple[int, int]:
    """From the start of the first to the end of the last of these pieces."""
    spans = [p if isinstance(p, tuple) else p.span() for p in pieces if p is not None]
    return min(s for s, _ in spans), max(e for _, e in spans)


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return whole("|".join(re.escape(word) for word in words))


def _plan_words(plans: Sequence[Plan], *, capitals: bool) -> re.Pattern[str]:
    """Plan names are common words (a blizzard of mail): in small letters they need "plan"."""
    names = sorted((re.escape(plan.name) for plan in plans), key=len, reverse=True)
    any_case = f"(?i:{'|'.join(names)})"
    if not capitals:
        return re.compile(rf"(?<!\w){any_case}(?!\w| of\b)")
    initials = "".join(sorted({plan.name[0].upper() for plan in plans}))
    return re.compile(
        rf"(?<!\w)(?:(?=[{re.escape(initials)}]){any_case}(?!\w)|{any_case}(?= (?i:plan)))"
    )
