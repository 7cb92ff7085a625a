"""Names: those of the carrier and its rivals, and the words that all readers of texts share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.catalog import AddOn, Carrier, Plan, Rival
from domain.lever_parsing.quantities import MONTHS, NUMBER, number
from domain.lever_parsing.spans import Span
from domain.levers import AnyLever, Scope
from domain.scenarios import AddOnValue, add_on_values

YEAR_MONTHS = 12  # what ends sooner weighs as if spread over a year, as in domain/choice


def whole_words(pattern: str) -> re.Pattern[str]:
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
ENDS = whole_words(
    r"ends|ended|ending|(?:we|will|to) end|expir(?:e|es|ed|ing)|remov(?:e|es|ed|ing|al)"
    r"|scrap(?:s|ped|ping)?|withdraw\w{0,3}|gone|abolish\w{0,3}|eliminat(?:e|es|ed|ing)"
    r"|stop(?:s|ped|ping)?|discontinu(?:e|es|ed|ing)|cancel(?:s|ed|led|ing|ling)?|no longer"
    r"|no more"
    r"|los(?:e|es|ing)|tak(?:e|es|en|ing) away|drop(?:s|ped|ping)?|phas(?:e|es|ed|ing) out"
    r"|(?:is|are|being|get|gets|we|will) cut|any ?more"
)
POSTPAID = whole_words(r"post-?paid")
PREPAID = whole_words(r"pre-?paid|pay[- ]as[- ]you[- ]go")
DURATION = re.compile(
    rf"\b(?:for|over|during) (?:the )?(?:first |next |up to )?(?P<count>{NUMBER})[ -]?"
    r"(?P<unit>month|mo|year|yr)s?\b(?! (?:or more|with us|of service|of tenure|of loyalty))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CarrierNames:
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


Reader = Callable[[Span, CarrierNames], Iterator[Reading]]


def carrier_names(carrier: Carrier, text: str) -> CarrierNames:
    """The carrier's names, as this text may write them: in a text without capitals, without."""
    return _names(
        carrier.name,
        carrier.plans,
        carrier.rivals,
        carrier.add_ons,
        capitals=text != text.lower(),
    )


@lru_cache(maxsize=16)
def _names(
    name: str,
    plans: tuple[Plan, ...],
    rivals: tuple[Rival, ...],
    add_ons: tuple[AddOn, ...],
    *,
    capitals: bool,
) -> CarrierNames:
    """Compiled once for a carrier, which takes a quarter of what reading a text does."""
    rival_words = "|".join(
        [re.escape(n) for r in rivals for n in (r.name, *r.aliases)]
        + [r"(?:the |an? |our )?(?:main |biggest |other )?(?:competitors?|rivals?|the competition)"]
    )
    plan_words = _plan_words(plans, capitals=capitals)
    own = rf"we|us|our(?! (?:\w{{1,12}} )?(?:competitors?|rivals?))|{re.escape(name)}"
    plan_moves = rf"(?:{plan_words.pattern}) (?i:goes|drops|falls|rises|will|is|gets|now|costs)"
    own_or_plan = re.compile(rf"(?<!\w)(?:(?i:{own})|{plan_words.pattern})(?!\w)")
    return CarrierNames(
        plans=plans,
        plan_words=plan_words,
        add_ons=tuple((add_on, whole_words(add_on.words)) for add_on in add_on_values(add_ons)),
        rivals=tuple((r.name, _any_of([r.name, *r.aliases])) for r in rivals),
        rival_words=whole_words(rival_words),
        own=own_or_plan,
        subjects=re.compile(rf"(?:(?i:{own}|{rival_words})|{plan_moves})(?!\w)"),
    )


def plans_in(span: Span, names: CarrierNames) -> tuple[str, ...]:
    """The carrier's plans a span names, in their order, each once."""
    named = {match.group().lower(): None for match in span.every(names.plan_words)}
    known = {plan.name.lower(): plan.name for plan in names.plans}
    return tuple(known[name] for name in named if name in known)


def scope_of(span: Span) -> Scope:
    """Prepaid or postpaid when a span speaks of only one of them."""
    postpaid, prepaid = span.has(POSTPAID), span.has(PREPAID)
    if postpaid == prepaid:
        return "all"
    return "postpaid" if postpaid else "prepaid"


def negated(span: Span, position: int) -> bool:
    """Whether the span says no before it comes to a position."""
    return span.within(span.start, position).has(NEGATION)


def duration_months(span: Span) -> int | None:
    """How many months it lasts when it says "for six months"; None when it names no time."""
    match = span.first(DURATION)
    return round(number(match["count"]) * MONTHS[match["unit"].lower()]) if match else None


def share_of_year(months: int | None) -> float:
    """What part of a year something lasts: 1 for a year, for longer and for good."""
    return 1.0 if months is None else min(months, YEAR_MONTHS) / YEAR_MONTHS


def nearest_match(span: Span, pattern: re.Pattern[str], position: int) -> re.Match[str] | None:
    """The match that lies nearest to a position."""
    matches = span.every(pattern)
    return min(matches, key=lambda m: abs(m.start() - position)) if matches else None


def bounds(*pieces: re.Match[str] | tuple[int, int] | None) -> tuple[int, int]:
    """From the start of the first to the end of the last of these pieces."""
    found = [piece if isinstance(piece, tuple) else piece.span() for piece in pieces if piece]
    return min(start for start, _ in found), max(end for _, end in found)


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return whole_words("|".join(re.escape(word) for word in words))


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
