"""Account: what the levers of a text hold of its words."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from domain.lever_parsing.names import (
    NEGATION,
    POSTPAID,
    PREPAID,
    YEAR_MONTHS,
    CarrierNames,
    plans_in,
    scope_of,
    whole_words,
)
from domain.lever_parsing.quantities import MONTHS, NUMBER, TIME, number
from domain.lever_parsing.spans import CLAUSE_BREAK, Span, sentences
from domain.lever_parsing.terms import NETWORK, RURAL, URBAN
from domain.lever_parsing.unread_words import (
    EXCEPTIONS,
    READ_CURRENCY,
    READ_PERIODS,
    WordClass,
)
from domain.levers import (
    AnyLever,
    CompetitorOffer,
    ContractChange,
    Credit,
    LoyaltyReward,
    NetworkChange,
    NewPlan,
    PolicyChange,
    PriceChange,
    ScopedLever,
    ValueAdd,
    ValueRemoval,
)

MOST_BESIDE = 20  # levers, and numbers, of one sentence that may account for a word of it
TOUCHING = 5  # characters between a lever's words and those it still accounts for: " to "
AHEAD = 40  # characters before an amount that say what it is
CENT = 0.011
MOST_LINES = 12  # that an offer's price may be divided by

DOLLARS = (
    "amount_dollars",
    "price_dollars",
    "monthly_worth_dollars",
    "worth_dollars",
    "switching_bonus_dollars",
    "perks_monthly_worth_dollars",
)
PERCENTS = ("percent", "discount_percent", "coverage_points")
# Amounts beside these are what others ask, or what is known: they move nothing.
COMPARED = re.compile(
    r"\b(?:normally|usually|currently|regularly|worth|valued at|value of|than|versus|vs\.?|unlike"
    r"|compared (?:to|with)|match\w{0,3}|beat\w{0,3}|undercut\w{0,4}) (?:\S{1,14} ){0,3}$",
    re.IGNORECASE,
)
RESTATED = re.compile(
    r"(?:which|that|it) (?:is|means|comes to|makes|are)(?: \w{1,8})? $"
    r"|that['\u2019]s(?: \w{1,8})? $|i\.e\.,? $|or $|\($|meaning $"
    r"|equal(?:s|ling)? (?:to )?$|, (?:up|down)(?: by)? $",
    re.IGNORECASE,
)
STEADY = whole_words(
    r"chang\w{1,3}|touch\w{0,3}|affected|rais\w{1,3}|increas\w{1,3}|stay\w{0,3}|remain\w{0,3}|go up"
)
JOINING = whole_words(r"switch\w{0,4}|join\w{0,3}|new|port\w{0,3}|come over|bring\w{0,3}|lines?")
LOYAL = whole_words(r"loyal|long-?time|long-?standing")
IN_CONTRACT = whole_words(r"contracts?")
ONE_LINE = whole_words(r"single|one")
NOT_BUT = whole_words(EXCEPTIONS)
FROM = re.compile(r"\bfrom (?:the |today['\u2019]s |current )?$", re.IGNORECASE)
OF_MONEY = re.compile(r"[$%\u00a3\u20ac]|percent|dollars", re.IGNORECASE)
OR = whole_words(r"or")
# What is left of a limit without these names nothing beside the plans
FILLER = whole_words(
    r"customers?|subscribers?|users?|members?|accounts?|people|those|anyone|everyone|everybody|all"
    r"|every|each|who|are|have|is|on|the|our|plans?|tiers?|lines?|only|just|exclusively|solely|for"
    r"|with|and|or|ones?|in|to|of|a|an|but|except|excluding|apart|other|than|from|not|it|that|its"
    r"|unaffected|affected|apply|do|does|post-?paid|pre-?paid|gets?|pays?|loses?"
    r"|will|be|by|exception|exempt|remain|stay|aside|still|any"
)
WORD = re.compile(r"[^\W_][\w'\u2019+-]*")
NUMBERS = re.compile(rf"(?<![\w.,-]){NUMBER}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Read:
    """A lever, and where in the text its words are."""

    start: int
    end: int
    lever: AnyLever


@dataclass(frozen=True, slots=True)
class Found:
    """Words of a class, where a text has them."""

    words: WordClass
    match: re.Match[str]
    start: int
    end: int


class Account:
    """What levers hold of the words of a text. `found` are in the order of the text."""

    def __init__(self, text: str, found: Sequence[Read], names: CarrierNames) -> None:
        self._text, self._found, self._names = text, found, names
        self._starts = [read.start for read in found]
        self._sentences = sentences(text) or [Span(text, 0, len(text))]
        self._sentence_starts = [sentence.start for sentence in self._sentences]
        self._breaks = [match.start() for match in CLAUSE_BREAK.finditer(text)]
        self._by_kind: dict[str, Callable[[Found], bool]] = {
            "money": self._holds_money,
            "percentage": self._holds_amount,
            "volume": self._holds_quantity,
            "count": self._holds_quantity,
            "time": self._holds_time,
            "between": self._holds_no_range,
            "from_to": self._holds_step,
            "up_to": self._holds_up_to,
            "dropped": self._holds_dropped,
            "doubted": self._holds_none,
            "past": self._holds_none,
            "indexed": self._holds_none,
            "until": self._holds_none,
            "options": self._holds_none,
            "lost": self._holds_loss,
            "not": self._holds_negation,
            "condition": self._holds_condition,
            "temporary": self._holds_temporary,
            "actor": self._holds_actor,
        }

    def holds(self, found: Found) -> bool:
        """Whether levers account for these words, or the words bear on no move."""
        if found.words.around and not self._inside(self._clause(found.start)):
            # A doubt or an end may stand in another clause of its sentence than the lever
            elsewhere = found.words.kind in {"dropped", "doubted", "past", "until", "indexed"}
            if not (elsewhere and self._inside(self._sentence(found.start))):
                return True
        return self._by_kind.get(found.words.kind, self._holds_limit)(found)

    def beside(self, position: int) -> AnyLever | None:
        """The lever that words at a position bear on most likely: the nearest of its sentence."""
        near = self._of_sentence(position)
        nearest = min(near, key=lambda read: _gap(read, position), default=None)
        return nearest.lever if nearest else None

    def _sentence(self, position: int) -> Span:
        return self._sentences[max(bisect_right(self._sentence_starts, position) - 1, 0)]

    def _clause(self, position: int) -> Span:
        at = bisect_right(self._breaks, position)
        start = self._breaks[at - 1] if at else 0
        end = self._breaks[at] if at < len(self._breaks) else len(self._text)
        return self._sentence(position).within(start, end)

    def _inside(self, span: Span) -> list[Read]:
        """Levers whose words overlap a span."""
        first = max(bisect_left(self._starts, span.start) - 3, 0)
        last = min(bisect_left(self._starts, span.end), first + MOST_BESIDE)
        return [read for read in self._found[first:last] if read.end > span.start]

    def _of_sentence(self, position: int) -> list[Read]:
        """Levers of the sentence of a position, or the first of the text when it has none."""
        return self._inside(self._sentence(position)) or list(self._found[:MOST_BESIDE])

    def _covering(self, start: int, end: int) -> list[Read]:
        """Levers whose words hold these or touch them."""
        return self._inside(Span(self._text, max(start - TOUCHING, 0), end + TOUCHING))

    def _holds_none(self, found: Found) -> bool:
        """No lever has a field for it."""
        return False

    def _holds_dropped(self, found: Found) -> bool:
        """Whether what is dropped is no move, but what a move takes away: "Netflix is dropped"."""
        ends = (ValueRemoval, PolicyChange, ContractChange)
        return any(isinstance(r.lever, ends) for r in self._covering(found.start, found.end))

    def _holds_money(self, found: Found) -> bool:
        dollars = READ_CURRENCY.search(found.match.group()) is not None
        per = found.match["per"]
        return dollars and (per and per.lower()) in READ_PERIODS and self._holds_amount(found)

    def _holds_amount(self, found: Found) -> bool:
        groups, sentence = found.match.groupdict(), self._sentence(found.start)
        ahead = self._text[max(sentence.start, found.start - AHEAD) : found.start]
        covering = self._covering(found.start, found.end)
        if not covering and COMPARED.search(ahead):
            return True
        if not covering and RESTATED.search(ahead):
            covering = self._inside(sentence)
        if not covering:
            return self._denied(found.start)
        written = groups.get("after") or groups.get("before") or groups.get("percent")
        fields = DOLLARS if found.words.kind == "money" else PERCENTS
        return written is not None and any(
            self._derives(number(written), _sizes(read.lever, fields), read) for read in covering
        )

    def _denied(self, position: int) -> bool:
        """Whether the clause says that its amount is not to be: "not raised by $5"."""
        clause = self._clause(position)
        denied = clause.within(clause.start, position).has(NEGATION)
        return denied and not self._inside(clause) and clause.has(STEADY)

    def _derives(self, value: float, sizes: Sequence[float], read: Read) -> bool:
        """Whether a size of a lever is this value, as it stands or as the words have it counted."""
        if any(_is(value, size * factor) for size in sizes for factor in self._factors(read)):
            return True
        match read.lever:
            case CompetitorOffer():
                counts = self._numbers(self._sentence(read.start))
                lines = [count for count in counts if 1 < count <= MOST_LINES]
                return any(_is(value, size * count) for size in sizes for count in lines)
            case ValueAdd():  # what is asked for it has been taken off its worth
                return any(size <= value for size in sizes)
            case PriceChange():
                prices = [*self._numbers(Span(self._text, read.start, read.end + AHEAD))]
                prices += [plan.price_dollars for plan in self._names.plans]
                return any(_is_step(value - price, size) for price in prices for size in sizes)
            case _:
                return False

    def _factors(self, read: Read) -> list[float]:
        """What the sizes of a lever may have to be multiplied by to give what is written."""
        factors = [1.0, float(YEAR_MONTHS), 1 / YEAR_MONTHS]
        for time in islice(TIME.finditer(self._text, read.start, read.end + 1), 3):
            months = _months(time)
            if months:
                factors += [1 / months, YEAR_MONTHS / min(months, YEAR_MONTHS)]
        return factors

    def _numbers(self, span: Span) -> list[float]:
        found = NUMBERS.finditer(self._text, span.start, min(span.end, len(self._text)))
        return [number(match.group()) for match in islice(found, MOST_BESIDE)]

    def _holds_quantity(self, found: Found) -> bool:
        """A rule's numbers say which way it goes; a new plan holds its data."""
        written = found.match.groupdict().get("volume")
        levers = [read.lever for read in self._covering(found.start, found.end)]
        if any(isinstance(lever, PolicyChange | NetworkChange) for lever in levers):
            return True
        plans = [lever for lever in levers if isinstance(lever, NewPlan)]
        return written is not None and any(plan.data_gb == number(written) for plan in plans)

    def _holds_time(self, found: Found) -> bool:
        inside = self._inside(self._sentence(found.start))
        time = TIME.search(self._text, found.start, found.end + AHEAD)
        if time is None:
            return not any(isinstance(r.lever, PriceChange | Credit | ValueAdd) for r in inside)
        covering = self._covering(found.start, found.end)
        months = _months(time)
        return not inside or any(_lasts(r.lever, months, covers=r in covering) for r in inside)

    def _holds_no_range(self, found: Found) -> bool:
        return False

    def _holds_up_to(self, found: Found) -> bool:
        """How long customers stayed, or how many lines they have, is no range of money."""
        return OF_MONEY.search(found.match.group()) is None

    def _holds_step(self, found: Found) -> bool:
        """A step from one price to another is no range."""
        span = Span(self._text, found.start, found.end)
        ends = self._numbers(span)
        if span.has(OR) or len(ends) != 2:
            return False
        levers = [read.lever for read in self._covering(found.start, found.end)]
        sizes = [size for lever in levers for size in _sizes(lever, (*DOLLARS, *PERCENTS))]
        if any(_is_step(ends[1] - ends[0], size) or _is(ends[0], size) for size in sizes):
            return True
        return FROM.search(self._text[max(found.start - AHEAD, 0) : found.start]) is not None

    def _holds_loss(self, found: Found) -> bool:
        """Whether nothing that customers gain is what goes away."""
        covering = self._covering(found.start, found.end)
        if covering:
            return not all(_is_gain(read.lever) for read in covering)
        near = [read.lever for read in self._inside(self._clause(found.start))]
        return not any(_is_gain(lever) and not isinstance(lever, ValueAdd) for lever in near)

    def _holds_negation(self, found: Found) -> bool:
        return bool(self._covering(found.start, found.end))

    def _holds_condition(self, found: Found) -> bool:
        """Whether neither its sentence nor the one before has a lever: "This holds if ..."."""
        sentence = self._sentence(found.start)
        before = self._sentence(max(sentence.start - 1, 0))
        return not self._inside(sentence) and not self._inside(before)

    def _holds_temporary(self, found: Found) -> bool:
        inside = self._inside(self._sentence(found.start))
        return any(isinstance(read.lever, CompetitorOffer) for read in inside)

    def _holds_actor(self, found: Found) -> bool:
        """Whether who moves is known, or moves nothing."""
        name = found.match["actor"]
        known = [self._names.own, self._names.rival_words, *(w for _, w in self._names.add_ons)]
        inside = self._inside(self._sentence(found.start))
        ours = [read for read in inside if not isinstance(read.lever, CompetitorOffer)]
        return not ours or any(words.search(name) for words in known)

    def _holds_limit(self, found: Found) -> bool:
        phrase = Span(self._text, found.start, found.end)
        levers = [read.lever for read in self._of_sentence(found.start)]
        if all(isinstance(lever, CompetitorOffer) for lever in levers) and phrase.has(JOINING):
            return True
        if any(_reaches_only(lever, phrase) for lever in levers):
            return True
        covering = self._covering(found.start, found.end)
        if any(isinstance(read.lever, NewPlan) for read in covering):
            return found.words.kind in {"kind", "plan", "lines"}
        return self._plans_stand(self._with_what_is_before(phrase), levers)

    def _with_what_is_before(self, phrase: Span) -> Span:
        """The phrase, and of a mere "only" the plan or scope right before it: "Summit only"."""
        if phrase.end - phrase.start > len("exclusively"):
            return phrase
        before = Span(self._text, max(phrase.start - AHEAD, 0), phrase.start)
        named = [m for w in (self._names.plan_words, POSTPAID, PREPAID) for m in before.every(w)]
        close = [m.start() for m in named if WORD.search(before.text, m.end(), before.end) is None]
        return Span(self._text, min(close, default=phrase.start), phrase.end)

    def _plans_stand(self, phrase: Span, levers: Iterable[AnyLever]) -> bool:
        """Whether a limit names plans or a scope, nothing else, and a lever has just those."""
        plans, scope = set(plans_in(phrase, self._names)), scope_of(phrase)
        both = phrase.has(POSTPAID) and phrase.has(PREPAID)
        words = phrase.text[phrase.start : phrase.end]
        left = FILLER.sub("", self._names.plan_words.sub("", words))
        if WORD.search(left) or not (plans or both or scope != "all"):
            return False
        scoped = [lever for lever in levers if isinstance(lever, ScopedLever)]
        if not phrase.has(NOT_BUT):
            if plans:
                return any(plans <= set(lever.plans) for lever in scoped)
            return any(scope in {"all", lever.scope} or lever.plans for lever in scoped)
        others = {plan.name for plan in self._names.plans} - plans
        if plans:
            return any(set(lever.plans) == others for lever in scoped)
        return any(lever.scope not in {"all", scope} for lever in scoped)


def _gap(read: Read, position: int) -> int:
    return max(read.start - position, position - read.end, 0)


def _sizes(lever: AnyLever, fields: Iterable[str]) -> list[float]:
    """The numbers of a lever in these fields, without their sign."""
    return [abs(value) for field in fields if (value := getattr(lever, field, None)) is not None]


def _is(value: float, size: float) -> bool:
    """Whether two amounts are the same once they are rounded to cents a month."""
    return abs(value - size) < CENT * max(value / 10, 1.0)


def _is_step(step: float, size: float) -> bool:
    """Whether the step between two prices, a month or a year, is the size of a lever."""
    return size > 0 and (abs(abs(step) - size) < CENT or abs(abs(step) / YEAR_MONTHS - size) < CENT)


def _months(time: re.Match[str]) -> float:
    """Months of a time, 0 of days and weeks."""
    return number(time["count"]) * MONTHS.get(time["unit"].lower(), 0)


def _lasts(lever: AnyLever, months: float, *, covers: bool) -> bool:
    """Whether a lever holds how long something is; `covers` when its words hold the time."""
    match lever:
        case PolicyChange() | NetworkChange():
            return covers
        case ContractChange():
            return lever.months == months or (covers and lever.months == 0)
        case Credit():
            return lever.months == months
        case LoyaltyReward():
            return lever.min_tenure_months == months or covers
        case PriceChange():  # spread over a year; what lasts longer is as if for good
            return covers and 0 < months < YEAR_MONTHS
        case _:
            in_name = isinstance(lever, ValueAdd | ValueRemoval)
            return in_name and f"for {months:g} months" in getattr(lever, "name", "")


def _is_gain(lever: AnyLever) -> bool:
    """Whether customers get something, or pay less."""
    if isinstance(lever, PriceChange):
        return (lever.amount_dollars or lever.percent or 0.0) < 0
    return isinstance(lever, LoyaltyReward | Credit | ValueAdd)


def _reaches_only(lever: AnyLever, phrase: Span) -> bool:
    """Whether a lever by its nature or by its fields reaches just those whom a phrase names."""
    match lever:
        case LoyaltyReward():
            return phrase.has(LOYAL) or (lever.min_tenure_months > 0 and phrase.has(TIME))
        case NetworkChange():
            return any(phrase.has(words) for words in (RURAL, URBAN, NETWORK))
        case ContractChange():
            return phrase.has(IN_CONTRACT)
        case NewPlan():
            return phrase.text[phrase.start : phrase.end].endswith(("line", "lines")) and (
                lever.lines > 1 or phrase.has(ONE_LINE)
            )
        case _:
            return False
