"""Unread: words of a text that bear on a move and that no lever read from it accounts for.

A word class says what may be unread; `_Account` says what the levers hold of it. Nothing here
changes which levers are read: it tells what they leave out, so that no figure is wrong in silence.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
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
from domain.lever_parsing.quantities import COUNTED, DIGITS, MONTHS, NUMBER, TIME, number
from domain.lever_parsing.questions import question_about
from domain.lever_parsing.spans import CLAUSE_BREAK, SENTENCE_END, Span, sentences
from domain.lever_parsing.terms import NETWORK, RURAL, URBAN
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
from domain.scenarios import NothingBecause, UnreadReason, UnreadSpan

MOST_UNREAD = 20  # told of a text; who mends these finds the others at the next reading
MOST_CANDIDATES = 300  # looked at in a text
MOST_BESIDE = 20  # levers of one sentence that may account for a word of it
MOST_CHARACTERS = 160  # of a span
TOUCHING = 4  # characters between a lever's words and those it still accounts for
CENT = 0.011

# Who is meant. A phrase ends where the sentence goes on to what happens to them.
PHRASE = (
    r"[^,.;:!?\n\u2013\u2014()]{0,70}?(?=[,.;:!?\n\u2013\u2014()]|$|\.| (?:will|would|pays?|gets?"
    r"|sees?|are|is|was|were|loses?|can|must|may|now|receives?|keeps?|costs?|goes|go|rises?|drops?"
    r"|falls?|by \$|for (?:free|\$)|at no)\b)"
)
TAIL = (
    r"(?:[^,.;:!?\n\u2013\u2014()]{0,60}?(?=[,.;:!?\n\u2013\u2014()]|$"
    r"| (?:will|pays?|gets?|is|are|loses?)\b)|(?: [^\s,.;:!?()]{1,20}){1,6})"
)
CLAUSE_TAIL = (
    r"(?:[^,.;:!?\n\u2013\u2014()]{0,60}?(?=[,.;:!?\n\u2013\u2014()]|$)"
    r"|(?: [^\s,.;:!?()]{1,20}){1,6})"
)
PEOPLE = (
    r"(?:customers?|subscribers?|users?|members?|accounts?|households?|clients?|buyers?|lines?"
    r"|plans?|tiers?|families|people|owners?|holders?|travell?ers?)"
)
WHO = (
    r"(?:customers?|subscribers?|users?|members?|accounts?|households?|people|those|anyone"
    r"|everyone|everybody|anybody|lines)"
)
RELATION = (
    r"(?:who|whose|that (?:have|has|are|is|use|bring|were)|with(?! us\b(?! for))|without|on|in|at"
    r"|using|aged|over|under|paying|outside|inside|living|enrolled|signed|buying|having|bringing"
    r"|adding|from|between|still|already|under)"
)
GROUPS = (
    r"students?|seniors?(?! plans?)|pensioners?|retirees|veterans?|military|first responders?"
    r"|teachers?|nurses?|doctors|children|kids|teenagers?|teens|small (?:firms|businesses)"
    r"|businesses|companies|employers|freelancers?|immigrants|switchers?|whoever|long-timers"
    r"|newcomers"
)
KINDS = (
    r"new|loyal|long-?time|long-?standing|single-line|multi-?line|two-line|family|business"
    r"|corporate|senior|student|military|heavy|light|frequent|low-income|rural|urban|eligible"
    r"|qualif(?:ying|ied)|selected|select|certain|some|most|many|few|a few|participating|roaming"
    r"|streaming|autopay|auto-pay|paper(?:[- ]bill)?|iphone|android|device|insured|legacy|retired"
    r"|older|old|grandfathered|discontinued|remaining|unlimited|premium|basic|individual"
    r"|entry-level|cheapest|high-value|high-end|small|large|international|hotspot|tablet"
    r"|smartwatch|internet|broadband|affected|interested|at-risk|former|returning|inactive|active"
    r"|high-usage|half (?:of )?(?:the|our)|voice-only|data-only|metered|limited"
)
EXCEPTIONS = (
    r"(?:except(?:ing|ion)?(?: for)?|excluding|excludes?|exempt(?:s|ed|ing)?|apart from"
    r"|other than|aside from|with the exception of|but not|unless"
    r"|(?:all|everyone|everybody|anyone|no ?one|nobody|every \w{1,12}|each \w{1,12}"
    r"|all \w{1,12}) but|(?:is|are|remain|stay) (?:not affected|unaffected|not included|spared)"
    r"|(?:do|does|will)(?: not|n['\u2019]t) apply)"
)
ELIGIBLE = r"(?:eligib\w{1,6}|(?:no longer )?qualif(?:y|ies)|reserved for|limited to|restricted to)"
PLACE_NAMES = (
    r"alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia"
    r"|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts"
    r"|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey"
    r"|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania"
    r"|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington"
    r"|west virginia|wisconsin|wyoming|puerto rico|d\.c\.|zip codes?|states?(?! of the art)"
    r"|counties|county|midwest|west coast|east coast|new england|nationwide customers"
)
NO_PLACES = (
    r"january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|fall|winter"
    r"|q[1-4]|easter|christmas|english|spanish"
)
# What is named in one breath with a condition or a doubt.
CONDITIONS = (
    r"(?<!what )(?<!as )(?<!even )(?<!ask )(?<!see )(?<!know )if(?! (?:we|only|any|needed|anything"
    r"|you have (?:any )?questions)\b)|(?<!since )when(?:ever)?(?! (?:we|it comes)\b)"
    r"|once (?=they|you|customers|it|the|a )|provided(?: that)?(?! (?:by|with)\b)|providing that"
    r"|as long as|so long as|on condition|in (?:exchange|return)(?: for)?|subject to"
    r"|depend(?:ing|s) on|in case|should (?:you|they|customers|a customer)|assuming|in the event"
)
INDEXED = (
    r"(?:plus|\+|by|with|at|to|above|track\w{0,3}) (?:the )?(?:rate of )?(?:cpi|rpi|inflation"
    r"|consumer price index)|(?:cpi|rpi|inflation)(?: rate)?(?: ?\+| plus|-linked)|indexed|cpi"
)
DROPPED = (
    r"(?:decided|voted) against|(?:dropped|dropping|drop|rejected|abandoned|shelved|scrapped|buried)"
    r" (?:the|that|this|our|it)?(?: \w{1,10})? ?(?:idea|plans?|proposal|thought|it)?"
    r"|rul(?:ed|es|ing) out|called off|backed (?:off|away|down)|postponed|on hold|put off"
    r"|would have|might have|could have|cancell?ed (?:the|our|its|that|this)"
    r"|changed our minds?|reversed|withdr(?:ew|awn)"
)
DOUBTED = (
    r"thought (?:about|of)|thinking (?:about|of)|considered|considering|weighed|weighing"
    r"|toyed with|proposed|debated|discussed|explor(?:ed|es|ing)|rumou?rs?|rumou?red"
    r"|speculat\w{1,4}|den(?:y|ies|ied)"
)
LOST = (
    r"ends|ended|ending|expir(?:e|es|ed|ing)|remov(?:e|es|ed|ing|al)|withdrawn|gone|abolish\w{0,3}"
    r"|eliminat(?:e|es|ed|ing)|discontinu(?:e|es|ed|ing)|no longer|no more|los(?:e|es|ing)"
    r"|tak(?:e|es|en|ing) away|phas(?:e|es|ed|ing) out|go(?:es|ing)? away|taken off|revoked?"
    r"|forfeit(?:ed)?|scrap(?:s|ped|ping)?"
)
OPTIONS = rf"either{TAIL}|alternatively|(?:option|variant|alternative|plan) (?:[ab]\b|[12]\b|one\b|two\b)|one of (?:two|three|these)"
UP_TO = (
    rf"(?:up to|as (?:much|many|little|low|high) as|at least|at most|no more than|not more than"
    rf"|less than|more than|a (?:maximum|minimum) of|starting (?:at|from)|anywhere from)"
    rf" (?:[$\u00a3\u20ac] ?)?{NUMBER}(?: ?%| percent| dollars)?"
)
ENDPOINT = rf"[$\u00a3\u20ac]? ?{NUMBER}(?: ?%| percent| dollars)?"
BETWEEN = rf"between {ENDPOINT} and {ENDPOINT}"
FROM_TO = (
    r"(?<![\w.,-])(?:[$\u00a3\u20ac] ?[0-9]{1,4}(?:\.[0-9]{1,2})?|[0-9]{1,3}(?:\.[0-9]{1,2})?(?: ?%| percent)?)"
    r" ?(?:-|\u2013|to|or) ?"
    r"(?:[$\u00a3\u20ac] ?[0-9]{1,4}(?:\.[0-9]{1,2})?|[0-9]{1,3}(?:\.[0-9]{1,2})? ?(?:%|percent|dollars))"
)
PERIODS = r"(?:minute|hour|day|night|week|month|mo|quarter|year|yr|season)s?"
TIME_SPANS = (
    rf"(?:for|over|during|in|within|after|every|first|next)(?: the)?(?: first| next| last)?(?: up to)?"
    rf" {NUMBER}[ -]?{PERIODS}\b"
    rf"|{NUMBER}-(?:day|week|month|year)s?\b|(?:{DIGITS}|{COUNTED}) (?:days|weeks|months|years)"
)
ENDINGS = (
    r"(?:until|till|through(?= (?:the end|20|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
    r"|(?<!not )expiring|ending)" + TAIL
)
TEMPORARY = r"temporar\w{1,3}|limited[- ]time|for (?:now|a while|the time being)|trial(?: period)?|introductory|promotional"
PAST = (
    r"last (?:year|month|week|quarter|spring|summer|autumn|fall|winter),? (?:we|our|prices|the|they|all)\b"
    r"|(?:a|an|{N}) (?:years?|months?|weeks?|days?) ago|yesterday|back in (?:19|20)[0-9]{2}"
    r"|(?:we|prices|bills) (?:\w{1,12} ){1,8}last (?:year|month|week|quarter)|in (?:19|20)[0-9]{2}, (?:we|prices)"
).replace("{N}", COUNTED)
CURRENCY = r"(?:USD|EUR|GBP|INR|CAD|AUD|MXN|CHF|JPY|Rs\.?|US\$|CA\$|A\$|C\$)"
HUGE = r"(?! ?(?:million|billion|trillion|thousand|[mbk]\b|bn\b))"
PER = (
    r"(?:(?: ?/ ?| (?:a|an|per|each|every) )(?P<per>month|mo|line|year|yr|week|wk|day|night|hour"
    r"|quarter|minute|text|message|call|gb|gigabyte|device|phone|visit|order|trip|use|household"
    r"|account|user|customer|head|person)\b)?"
)
ANY_MONEY = (
    rf"(?:(?<![\w.,])(?:{CURRENCY} ?|[$\u00a3\u20ac\u20b9\u00a5] ?)(?P<after>{DIGITS}){HUGE}"
    rf"|(?<![\w.,$-])(?P<before>{NUMBER})(?: ?[$\u00a3\u20ac\u20b9\u00a5]| ?{CURRENCY}\b|[ -](?:dollars?|bucks|cents?|pence"
    r"|euros?|pounds?|rupees?|yen|pesos?|francs?)\b)|\ba (?:fiver|tenner)\b)" + PER
)
ANY_PERCENT = (
    rf"(?<![\w.,$-])(?P<percent>{NUMBER}) ?-?(?:%|percent\b|per ?cent\b|pct\b)(?! points?\b)"
)
VOLUMES = (
    rf"(?<![\w.,$-])(?P<volume>{NUMBER}) ?-?(?:gb|gigs?|gigabytes?|mb|megabytes?|tb|mbps|gbps"
    r"|minutes?|texts?|messages)\b"
)
COUNTS = (
    rf"(?<![\w.,$-])(?P<count>{DIGITS}|hundreds?|thousands?|millions?) (?:of )?(?:our )?(?:\w{{1,12}} )?(?:stores?|shops?|branches"
    r"|customers|subscribers|accounts|people|employees|devices|phones|households|points)\b"
    r"|half(?:[- ]price| the (?:price|bill|fee|rate|cost))|(?:twice|double|triple|halve\w?|doubl\w{2,3}|tripl\w{2,3})"
    r"(?: (?:the|our|its|your))? (?:price|bill|fee|rate|cost|charge)s?"
)
AGES = (
    rf"(?:aged? |age )(?:of )?(?:over |under |above |below )?[0-9]{{1,2}}(?: (?:and|or) (?:over|older|above|up|under|younger))?"
    r"|(?<![$\w.,])[0-9]{2} (?:years )?(?:and|or) (?:over|older|above|under|younger)\b"
    r"|(?<![$\w.,])[0-9]{2}\+|(?:over|under) [0-9]{2}(?! ?[\w%$])"
)
LINES = (
    rf"(?:at least |more than |fewer than |up to )?(?!an? )(?:{NUMBER}|single|multiple|several)(?: or more| or fewer|\+)?[ -]lines?\b"
    r"(?: or more)?|(?:second|third|fourth|fifth|additional|extra|further|free) lines?\b|multi-?line"
)
SHARES = rf"(?:(?:{NUMBER}) ?(?:%|percent)|half|a (?:third|quarter|fifth)|one in {COUNTED}|(?:two|three) (?:thirds|quarters)|most|some|many|part) of (?:all |our |the |your )?{PEOPLE}"
ONLY = (
    r"(?<!not )(?<!for )(?:only|exclusively|solely)(?! \$?[0-9])(?! (?:be|the (?:best|beginning|start))\b)"
    + TAIL
)
NO_SPAN = re.compile(  # looks like an amount or a limit, and is none
    r"\b5 ?g\b(?! ?b)|24/7|\b(?:1-)?[0-9]{3}-[0-9]{3}-[0-9]{4}\b|\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"
    r"|\b(?:galaxy|iphone|pixel|ios|android|wi-?fi|windows|version)(?: [a-z]{0,6}\d{1,3}| \d{1,3})\b"
    r"|\bnot only\b|\bno (?:matter|doubt|strings|hidden|catch)\b|\bdon['\u2019]t worry\b"
    r"|\bwith or without\b|\bwhether or not\b|\bno later than\b|\bif (?:so|not)\b"
    r"|\bwhen(?:ever)? (?:and where(?:ver)? )?you (?:want|like|need)\b"
    r"|\bin (?:addition|all|short|total|order|time|fact|general)\b|\bnothing else\b"
    r"|\banything else\b|\bno (?:other|further) \w{1,12}\b|\bin (?:more )?(?:cities|places|areas)\b"
    r"|\bmost of all\b|\bat most\b(?! ?\$?[0-9])|\bone line of\b",
    re.IGNORECASE,
)
ABOUT_MINDS = re.compile(
    r"\b(?:normally|usually|currently|regularly|worth|valued at|value of|than|versus|vs\.?|unlike"
    r"|compared (?:to|with)|match\w{0,3}|beat\w{0,3}|undercut\w{0,4}) (?:\S{1,14} ){0,3}$",
    re.IGNORECASE,
)
STEADY = whole_words(
    r"chang\w{1,3}|touch\w{0,3}|affected|rais\w{1,3}|increas\w{1,3}|stay\w{0,3}|remain\w{0,3}|go up"
)
RESTATED = re.compile(
    r"(?:which|that|it) (?:is|means|comes to|makes|are)(?: \w{1,8})? $|that['\u2019]s(?: \w{1,8})? $"
    r"|i\.e\.,? $|or $|\($|meaning $|equal(?:s|ling)? (?:to )?$|, (?:up|down)(?: by)? $",
    re.IGNORECASE,
)
JOINING = whole_words(r"switch\w{0,4}|join\w{0,3}|new|port\w{0,3}|come over|bring\w{0,3}|lines?")
FILLER = whole_words(
    r"customers?|subscribers?|users?|members?|accounts?|people|those|anyone|everyone|everybody|all"
    r"|every|each|who|are|have|is|on|the|our|plans?|tiers?|lines?|only|just|exclusively|solely|for"
    r"|with|and|or|ones?|in|to|of|a|an|but|except|excluding|apart|other|than|from|not|it|that|its"
    r"|unaffected|affected|apply|do|does|postpaid|prepaid|post-paid|pre-paid|gets?|pays?|loses?"
    r"|will|be|by|exception|exempt|remain|stay|aside|still|any"
)
WORD = re.compile(r"[^\W_][\w'\u2019+-]*")
NOT_BUT = re.compile(EXCEPTIONS, re.IGNORECASE)
ONLY_WORDS = whole_words(r"only|exclusively|solely|limited to|restricted to|reserved for")
NUMBERS = re.compile(rf"(?<![\w.,-]){NUMBER}", re.IGNORECASE)
RIVAL_VERBS = (
    r"(?:cuts?|raises?|raised|lowers?|offers?|offered|launch(?:es|ed)?|drops?|dropped|undercuts?"
    r"|slash(?:es|ed)?|gives|includes|announce[sd]|reduces?|introduces?"
    r"|is (?:cutting|raising|offering|launching|lowering|giving))"
)
NO_RIVALS = (
    r"(?!(?:We|It|This|That|They|He|She|The|Our|Everyone|Everybody|Nobody|Management|Marketing"
    r"|Pricing|Finance|Product|Sales|Retention|Legal|Snow\w*|Each|All|Who|What|Customers?|Price|Prices|Rate|Rates|Fee|Fees|Bill|Data|Network|Holiday|Summer|Special|Trade|New)\b)"
)
ACTORS = rf"(?-i:(?:(?<=^)|(?<=[.!?;] )|(?<=, ))(?P<actor>{NO_RIVALS}[A-Z][\w&'-]{{1,20}}(?: [A-Z][\w&-]{{1,20}}){{0,2}}) {RIVAL_VERBS}\b)"


@dataclass(frozen=True, slots=True)
class WordClass:
    """Words that may say what no lever holds. Of two that overlap the earlier class has them.

    `around`: the words change a lever of their clause, and mean nothing where there is none.
    """

    reason: UnreadReason
    kind: str
    words: re.Pattern[str]
    around: bool = False

    @property
    def found(self) -> bool:
        """Whether the words mean something only in a text that has levers."""
        return self.reason not in {"money", "percentage", "quantity", "range", "alternative"}


def _class(reason: UnreadReason, kind: str, words: str, *, around: bool = False) -> WordClass:
    return WordClass(reason, kind, whole_words(words), around)


CLASSES: tuple[WordClass, ...] = (
    _class("negation", "dropped", DROPPED, around=True),
    _class("negation", "doubted", DOUBTED, around=True),
    _class("time_span", "past", PAST, around=True),
    WordClass("actor", "actor", re.compile(ACTORS, re.MULTILINE)),
    _class("alternative", "options", OPTIONS),
    _class("condition", "indexed", INDEXED, around=True),
    _class("limit", "except", EXCEPTIONS + CLAUSE_TAIL),
    _class("condition", "condition", rf"(?:{CONDITIONS}){CLAUSE_TAIL}"),
    _class("range", "between", BETWEEN),
    _class("range", "from_to", FROM_TO),
    _class("limit", "who", rf"{WHO} {RELATION} {PHRASE}"),
    _class("limit", "only", ONLY),
    _class("limit", "share", SHARES),
    _class("limit", "age", AGES),
    _class("limit", "lines", LINES),
    _class("limit", "kind", rf"(?:{KINDS}) {PEOPLE}|{GROUPS}"),
    _class("limit", "eligible", ELIGIBLE + TAIL),
    _class("limit", "place", rf"(?:(?:in|across|outside|from|throughout)(?: of)?(?: the)? )?(?:{PLACE_NAMES})"),
    WordClass("limit", "place", re.compile(
        rf"\b(?:[Ii]n|[Aa]cross|[Oo]utside) (?:the )?(?!(?i:{NO_PLACES})\b)[A-Z][a-z]{{2,15}}(?: [A-Z][a-z]{{2,15}})?\b")),
    _class("range", "up_to", UP_TO),
    _class("money", "money", ANY_MONEY),
    _class("percentage", "percentage", ANY_PERCENT),
    _class("quantity", "volume", VOLUMES),
    _class("quantity", "count", COUNTS),
    _class("time_span", "until", ENDINGS, around=True),
    _class("time_span", "time", TIME_SPANS),
    _class("time_span", "temporary", TEMPORARY, around=True),
    _class("negation", "lost", LOST, around=True),
    WordClass("negation", "not", NEGATION, around=True),
)


@dataclass(frozen=True, slots=True)
class Read:
    """A lever, and where in the text its words are."""

    start: int
    end: int
    lever: AnyLever


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
    account = _Account(text, sorted(found, key=lambda read: read.start), names)
    taken: list[tuple[int, int]] = [m.span() for m in NO_SPAN.finditer(text)] + list(notices)
    taken.sort()
    candidates: list[_Candidate] = []
    for words in (*CLASSES, *_named(names)):
        if words.found and not found:
            continue
        for match in islice(words.words.finditer(text), MOST_CANDIDATES):
            start, end = _trimmed(text, *match.span())
            if not _overlaps(taken, start, end) and not account.holds(words, match, start, end):
                _take(taken, start, end)
                candidates.append(_Candidate(start, end, words))
    return tuple(_span(each, text, account) for each in _joined(candidates, text)[:MOST_UNREAD])


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    words: WordClass


def _joined(candidates: Sequence[_Candidate], text: str) -> list[_Candidate]:
    """In the order of the text; "20 GB to 10 GB" and a doubt with its outcome are one."""
    joined: list[_Candidate] = []
    for each in sorted(candidates, key=lambda candidate: candidate.start):
        last = joined[-1] if joined else None
        if last and last.words.reason == each.words.reason and _is_one(text, last, each):
            joined[-1] = _Candidate(last.start, each.end, last.words)
        else:
            joined.append(each)
    return joined


def _is_one(text: str, first: _Candidate, second: _Candidate) -> bool:
    between = text[first.end : second.start]
    doubt = first.words.kind in {"dropped", "doubted"} and second.words.kind in {"dropped", "doubted"}
    if doubt:
        return second.end - first.start <= MOST_CHARACTERS and not SENTENCE_END.search(between)
    amounts = first.words.reason in {"money", "percentage", "quantity"}
    return amounts and between.lower() in {" to ", " instead of ", " or ", " and ", "-", " rather than "}


def _span(candidate: _Candidate, text: str, account: _Account) -> UnreadSpan:
    words, said = candidate.words, text[candidate.start : candidate.end]
    lever = account.beside(candidate.start)
    return UnreadSpan(
        text=said,
        start=candidate.start,
        end=candidate.end,
        reason=words.reason,
        question=question_about(words.reason, words.kind, said, lever),
    )


@lru_cache(maxsize=16)
def _named(names: CarrierNames) -> tuple[WordClass, ...]:
    """The carrier's own plans, as a limit that a lever may have dropped."""
    plan = rf"(?:\b(?:on|for|of|to) )?(?:{names.plan_words.pattern})"
    scope = rf"(?:{POSTPAID.pattern}|{PREPAID.pattern})(?: {PEOPLE})?"
    return (
        WordClass("limit", "plan", re.compile(plan)),
        WordClass("limit", "plan", re.compile(scope, re.IGNORECASE)),
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start : min(end, start + MOST_CHARACTERS)]
    return start + len(words) - len(words.lstrip()), start + len(words.rstrip())


def _overlaps(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a sorted list of disjoint stretches has one that overlaps."""
    at = bisect_left(taken, (start, start))
    after = at < len(taken) and taken[at][0] < end
    return after or (at > 0 and taken[at - 1][1] > start)


def _take(taken: list[tuple[int, int]], start: int, end: int) -> None:
    taken.insert(bisect_left(taken, (start, end)), (start, end))


class _Account:
    """What the levers of a text hold of its words."""

    def __init__(self, text: str, found: Sequence[Read], names: CarrierNames) -> None:
        self.text, self.found, self.names = text, found, names
        self.starts = [read.start for read in found]
        self.sentences = sentences(text)
        self.sentence_starts = [sentence.start for sentence in self.sentences]
        self.breaks = [match.start() for match in CLAUSE_BREAK.finditer(text)]

    def holds(self, words: WordClass, match: re.Match[str], start: int, end: int) -> bool:
        """Whether levers account for these words, or the words bear on no move."""
        clause = self._clause(start)
        if words.around and not self._inside(clause):
            return self._bears_not(words, start)
        match words.kind:
            case "money" | "percentage":
                return self._holds_amount(words, match, start, end)
            case "volume" | "count":
                return self._holds_quantity(match, start, end)
            case "time":
                return self._holds_time(start, end)
            case "between" | "from_to" | "up_to":
                return self._holds_range(words.kind, start, end)
            case "lost" | "not" | "dropped" | "doubted":
                return self._holds_negation(words.kind, start, end, clause)
            case "condition" | "options" | "indexed" | "until" | "past" | "temporary":
                return self._by_other_means(words.kind, start, end)
            case "actor":
                return self._holds_actor(match, clause)
            case _:
                return self._holds_limit(words.kind, start, end)

    def beside(self, position: int) -> AnyLever | None:
        """The lever that words at a position bear on most likely: the nearest of its sentence."""
        near = self._inside(self._sentence(position)) or list(self.found[:MOST_BESIDE])
        nearest = min(near, key=lambda read: _gap(read, position), default=None)
        return nearest.lever if nearest else None

    def _bears_not(self, words: WordClass, start: int) -> bool:
        """A doubt or an end may stand in another clause of its sentence than the lever."""
        elsewhere = words.kind in {"dropped", "doubted", "past", "until", "indexed"}
        return not (elsewhere and self._inside(self._sentence(start)))

    def _sentence(self, position: int) -> Span:
        at = max(bisect_right(self.sentence_starts, position) - 1, 0)
        whole = Span(self.text, 0, len(self.text))
        return self.sentences[at] if self.sentences else whole

    def _clause(self, position: int) -> Span:
        sentence = self._sentence(position)
        at = bisect_right(self.breaks, position)
        start = self.breaks[at - 1] if at else 0
        end = self.breaks[at] if at < len(self.breaks) else len(self.text)
        return sentence.within(start, end)

    def _inside(self, span: Span) -> list[Read]:
        """Levers whose words overlap a span."""
        first = max(bisect_left(self.starts, span.start) - 3, 0)
        last = bisect_left(self.starts, span.end)
        return [r for r in self.found[first : min(last, first + MOST_BESIDE)] if r.end > span.start]

    def _covering(self, start: int, end: int) -> list[Read]:
        """Levers whose words hold these or touch them."""
        near = self._inside(Span(self.text, max(start - TOUCHING, 0), end + TOUCHING))
        return [r for r in near if r.start - TOUCHING <= end and start <= r.end + TOUCHING]

    def _holds_amount(self, words: WordClass, match: re.Match[str], start: int, end: int) -> bool:
        group = match.groupdict()
        written = group.get("after") or group.get("before") or group.get("percent")
        sentence = self._sentence(start)
        ahead = sentence.within(start - 40, start)
        if words.kind == "money" and _foreign(match.group(), group.get("per")):
            return False
        if ABOUT_MINDS.search(ahead.text, ahead.start, ahead.end) and not self._covering(start, end):
            return True
        if written is None:
            return False
        value = number(written)
        covering = self._covering(start, end)
        if RESTATED.search(ahead.text, ahead.start, ahead.end):
            covering = covering or self._inside(sentence)
        if not covering:
            return self._denied(start)
        return any(self._derives(value, words.kind, read, sentence) for read in covering)

    def _denied(self, start: int) -> bool:
        """Whether the clause says that its amount is not to be: "not by $5"."""
        clause = self._clause(start)
        denied = clause.within(clause.start, start).has(NEGATION)
        return denied and not self._inside(clause) and clause.has(STEADY)

    def _derives(self, value: float, kind: str, read: Read, sentence: Span) -> bool:
        """Whether a field of a lever holds a value, as it is or as the words say it is counted."""
        fields = _sizes(read.lever, kind)
        if any(_equal(value, size, factor) for size in fields for factor in _factors(read, self.text)):
            return True
        if not isinstance(read.lever, PriceChange | PolicyChange | CompetitorOffer | ValueAdd):
            return False
        others = [number(m.group()) for m in islice(
            NUMBERS.finditer(self.text, read.start, min(read.end + 40, sentence.end)), MOST_BESIDE)]
        if isinstance(read.lever, CompetitorOffer):
            counts = [other for other in others if 1 < other <= 12]
            counts += [number(m.group()) for m in islice(NUMBERS.finditer(
                self.text, sentence.start, sentence.end), MOST_BESIDE) if 1 < number(m.group()) <= 12]
            return any(_equal(value, size, count) for size in fields for count in counts)
        prices = [*others, *(plan.price_dollars for plan in self.names.plans)]
        if isinstance(read.lever, ValueAdd):
            return any(size <= value for size in fields)
        return any(
            abs(abs(value - other) - size) < CENT or abs(abs(value - other) / 12 - size) < CENT
            for other in prices for size in fields if size
        )

    def _holds_quantity(self, match: re.Match[str], start: int, end: int) -> bool:
        written = match.groupdict().get("volume")
        if not self.found:
            return False
        for read in self._covering(start, end):
            if isinstance(read.lever, PolicyChange | NetworkChange):
                return True
            if isinstance(read.lever, NewPlan) and written and read.lever.data_gb == number(written):
                return True
        return False

    def _holds_time(self, start: int, end: int) -> bool:
        if not self._inside(self._sentence(start)):
            return True
        time = TIME.search(self.text, start, end + 12)
        inside = self._inside(self._sentence(start))
        if time is None:
            return not any(isinstance(r.lever, PriceChange | Credit | ValueAdd) for r in inside)
        count, unit = number(time["count"]), time["unit"].lower()
        months = count * MONTHS.get(unit, 0)
        return any(_lasts(read, months, start, end) for read in inside)

    def _holds_range(self, kind: str, start: int, end: int) -> bool:
        """A step from one price to another is no range; how long customers stayed is a time."""
        covering = self._covering(start, end)
        if kind == "up_to":
            following = TIME.match(self.text, end - len(self.text[start:end].split(" ")[-1]))
            if following is not None or not re.search(r"[$%\u00a3\u20ac]|percent|dollars", self.text[start:end]):
                return True
            return not self.found and False
        values = [number(m.group()) for m in NUMBERS.finditer(self.text, start, end)]
        if kind == "between" or len(values) != 2:
            return False
        if "or" in self.text[start:end]:
            return False
        lead = self.text[max(start - 24, 0) : start].lower()
        steps = [abs(s) for r in covering for s in (*_sizes(r.lever, "money"), *_sizes(r.lever, "percentage"))]
        differences = (abs(values[1] - values[0]), abs(values[1] - values[0]) / YEAR_MONTHS)
        stepped = any(abs(d - s) < CENT for s in steps for d in (*differences, values[0]))
        return stepped or bool(re.search(r"\bfrom (?:the |today's |current )?$", lead))

    def _holds_negation(self, kind: str, start: int, end: int, clause: Span) -> bool:
        if kind in {"dropped", "doubted"}:
            return False
        covering = self._covering(start, end)
        if covering:
            return not all(_gain(r.lever) for r in covering) if kind == "lost" else True
        inside = self._inside(clause)
        if kind == "lost":
            return not any(isinstance(r.lever, LoyaltyReward | Credit) or _is_cut(r.lever) for r in inside)
        return self.text[start:end].lower() == "without" and clause.within(start, end + 16).has(
            whole_words(r"without (?:notice|warning|interruption|delay|charge|cost)"))

    def _by_other_means(self, kind: str, start: int, end: int) -> bool:
        if not self.found and kind != "options":
            return True
        sentence = self._sentence(start)
        if kind == "condition":
            return not self._inside(sentence) and not self._near_lever(sentence)
        if kind == "temporary":
            return any(isinstance(r.lever, CompetitorOffer) for r in self._inside(sentence))
        return not self.found

    def _near_lever(self, sentence: Span) -> bool:
        """Whether the sentence before has a lever: "This holds if ..."."""
        return bool(self._inside(self._sentence(max(sentence.start - 2, 0))))

    def _holds_actor(self, match: re.Match[str], clause: Span) -> bool:
        name = match["actor"]
        known = self.names.own.search(name) or self.names.rival_words.search(name)
        named = any(words.search(name) for _, words in self.names.add_ons)
        rival = any(isinstance(r.lever, CompetitorOffer) for r in self._inside(clause))
        return bool(known) or named or rival or not self._inside(self._sentence(match.start()))

    def _holds_limit(self, kind: str, start: int, end: int) -> bool:
        phrase = Span(self.text, start, end)
        inside = self._inside(self._sentence(start)) or list(self.found[:MOST_BESIDE])
        if not inside:
            return True
        levers = [read.lever for read in inside]
        if all(isinstance(lever, CompetitorOffer) for lever in levers) and phrase.has(JOINING):
            return True
        if kind == "lines" and any(isinstance(lever, NewPlan) for lever in levers):
            return any(lever.lines > 1 or phrase.has(whole_words("single|one")) for lever in levers if isinstance(lever, NewPlan))
        if phrase.has(TIME) and any(isinstance(v, LoyaltyReward) and v.min_tenure_months for v in levers):
            return True
        if phrase.has(whole_words(r"loyal|long-?time|long-?standing")) and any(isinstance(v, LoyaltyReward) for v in levers):
            return True
        if any(isinstance(v, NetworkChange) for v in levers) and (phrase.has(RURAL) or phrase.has(URBAN) or phrase.has(NETWORK)):
            return True
        if any(isinstance(v, ContractChange) for v in levers) and phrase.has(whole_words("contracts?")):
            return True
        if any(isinstance(v, NewPlan) for v in levers) and self._covering(start, end) and kind == "kind":
            return True
        return self._plans_stand(kind, phrase, levers)

    def _plans_stand(self, kind: str, phrase: Span, levers: Sequence[AnyLever]) -> bool:
        """Whether a limit names plans or a scope, nothing else, and a lever has just those."""
        plans, scope = set(plans_in(phrase, self.names)), scope_of(phrase)
        if not plans and scope == "all" and not (phrase.has(POSTPAID) and phrase.has(PREPAID)):
            return False
        left = FILLER.sub("", self.names.plan_words.sub("", phrase.text[phrase.start : phrase.end]))
        if WORD.search(left):
            return False
        every = {plan.name for plan in self.names.plans}
        for lever in levers:
            if isinstance(lever, NewPlan) and (plans and any(p in lever.name for p in plans)):
                return True
            if not isinstance(lever, ScopedLever):
                continue
            if phrase.has(NOT_BUT):
                if plans and set(lever.plans) == every - plans:
                    return True
                if not plans and lever.scope not in {"all", scope}:
                    return True
            elif plans:
                if plans <= set(lever.plans):
                    return True
            elif scope == "all" or lever.scope == scope or lever.plans:
                return True
        return False


def nothing_because(text: str) -> NothingBecause:
    """Why a text without levers has none, as far as common words tell."""
    if not looks_english(text):
        return "not_english"
    if CANCELLED.search(text):
        return "cancelled"
    if CONSIDERED.search(text):
        return "considered"
    if PAST_WORDS.search(text):
        return "past"
    if text.rstrip().endswith("?"):
        return "question"
    return "no_move"


CANCELLED = whole_words(
    r"decided against|called off|shelved|scrapped|abandoned|rul(?:ed|es) out|withdr(?:ew|awn)"
    r"|dropped the (?:idea|plan|proposal)|cancell?ed (?:the|our|its|that|this)"
)
CONSIDERED = whole_words(
    r"considered|considering|weighed|weighing|thought (?:about|of)|thinking (?:about|of)|discussed"
    r"|rumou?rs?|toyed with"
)
PAST_WORDS = whole_words(PAST)

# The commonest words of English and of its neighbours, each in one list only.
ENGLISH = whole_words(
    r"the|and|of|to|is|are|our|we|for|with|on|by|will|customers?|prices?|month|free|plans?|from"
    r"|this|that|it|what|how|you|your|their|they|be|at|all|new|about|who|when|not|raise|cut|more"
)
FOREIGN = whole_words(
    r"el|los|las|una|del|por|para|todos|todas|precios?|mes|clientes|nuestros?|con|gratis|subimos"
    r"|der|die|das|und|f\u00fcr|wir|preise?|kunden|mit|ein|eine|einen|monat|alle|nicht|um|im|den"
    r"|le|les|des|une|nous|pour|prix|avec|par|mois|tous|nos|est|du|aux|sur|et"
    r"|il|gli|della|prezzi|mese|tutti|nostri|sono|dei"
    r"|os|nossos|pre\u00e7os|mensal|todos|uma|dos|ao"
    r"|het|een|voor|prijzen|onze|klanten|maand|van|wij|alle"
)
LATIN = re.compile(r"[A-Za-z]")
LETTER = re.compile(r"[^\W\d_]")
READ_FOR_LANGUAGE = 2_000  # characters


def looks_english(text: str) -> bool:
    """Whether common words of English are no fewer than those of languages beside it."""
    start = text[:READ_FOR_LANGUAGE]
    letters, latin = len(LETTER.findall(start)), len(LATIN.findall(start))
    if letters and latin < letters / 2:
        return False
    foreign = len(FOREIGN.findall(start))
    return foreign < 2 or foreign <= len(ENGLISH.findall(start))


def _gap(read: Read, position: int) -> int:
    return max(read.start - position, position - read.end, 0)


def _foreign(written: str, per: str | None) -> bool:
    """Whether money is in a currency or for a period that is not read as dollars a month."""
    unread_period = per is not None and per.lower() not in {"month", "mo", "line", "year", "yr", "account", "customer"}
    return unread_period or not re.search(r"\$|dollar|bucks|usd|cent", written, re.IGNORECASE) or bool(
        re.search(r"(?:CA|C|A|AU|NZ)\$", written))


def _sizes(lever: AnyLever, kind: str) -> list[float]:
    """The numbers of a lever that an amount of a kind may stand in."""
    dollars = ("amount_dollars", "price_dollars", "monthly_worth_dollars", "worth_dollars",
               "switching_bonus_dollars", "perks_monthly_worth_dollars")
    percent = ("percent", "discount_percent", "coverage_points")
    fields = dollars if kind == "money" else percent
    return [abs(value) for field in fields if (value := getattr(lever, field, None)) is not None]


def _factors(read: Read, text: str) -> list[float]:
    """What a field may have been multiplied by to give the amount that is written."""
    factors = [1.0, float(YEAR_MONTHS)]
    for time in islice(TIME.finditer(text, read.start, read.end + 1), 3):
        months = number(time["count"]) * MONTHS.get(time["unit"].lower(), 0)
        if months:
            factors += [1 / months, YEAR_MONTHS / min(months, YEAR_MONTHS)]
    if isinstance(read.lever, LoyaltyReward):
        factors.append(1 / YEAR_MONTHS)
    return factors


def _equal(value: float, size: float, factor: float) -> bool:
    return abs(value - size * factor) < CENT * max(factor, 1.0)


def _lasts(read: Read, months: float, start: int, end: int) -> bool:
    """Whether a lever of this sentence holds how long something is."""
    lever = read.lever
    covers = read.start - TOUCHING <= end and start <= read.end + TOUCHING
    match lever:
        case PolicyChange() | NetworkChange():
            return covers
        case ContractChange():
            return lever.months == months or (covers and not lever.months)
        case Credit():
            return lever.months == months
        case LoyaltyReward():
            return lever.min_tenure_months == months or covers
        case ValueAdd() | ValueRemoval():
            return f"for {months:g} months" in lever.name
        case PriceChange():
            return covers and 0 < months < YEAR_MONTHS
        case _:
            return False


def _gain(lever: AnyLever) -> bool:
    return isinstance(lever, LoyaltyReward | Credit | ValueAdd) or _is_cut(lever)


def _is_cut(lever: AnyLever) -> bool:
    return isinstance(lever, PriceChange) and (lever.amount_dollars or lever.percent or 0.0) < 0
