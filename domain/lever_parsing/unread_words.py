"""Unread words: classes of words that may say of a move what no lever holds, as data.

Every pattern is bounded, so that finding takes time in proportion to the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.lever_parsing.names import NEGATION, POSTPAID, PREPAID, whole_words
from domain.lever_parsing.quantities import COUNTED, DIGITS, HUGE, NUMBER
from domain.scenarios import UnreadReason

# Where a phrase ends: at a stop, or where the sentence goes on to what happens to them. One that
# ends nowhere near is cut after a few words.
STOPS = r"[,.;:!?\n\u2013\u2014()]|$"
NO_STOPS = r"[^,.;:!?\n\u2013\u2014()]"
SIX_WORDS = r"(?: [^\s,.;:!?()]{1,20}){1,6}"
HAPPENS = (
    r" (?:will|would|pays?|gets?|sees?|are|is|was|were|loses?|can|must|may|now|receives?|keeps?"
    r"|costs?|goes|go|rises?|drops?|falls?|by \$|for (?:free|\$)|at no)\b"
)
PHRASE = rf"{NO_STOPS}{{0,70}}?(?={STOPS}|{HAPPENS})"
TAIL = rf"(?:{NO_STOPS}{{0,60}}?(?={STOPS}| (?:will|pays?|gets?|is|are|loses?)\b)|{SIX_WORDS})"
CLAUSE_TAIL = rf"(?:{NO_STOPS}{{0,60}}?(?={STOPS})|{SIX_WORDS})"

# Whom a move applies to
PEOPLE = (
    r"(?:customers?|subscribers?|users?|members?|accounts?|households?|clients?|buyers?|lines?"
    r"|plans?|tiers?|families|people|owners?|holders?|travell?ers?)"
)
WHO = (
    r"(?:customers?|subscribers?|users?|members?|accounts?|households?|people|those|anyone"
    r"|everyone|everybody|anybody|lines)"
)
RELATION = (
    r"(?:who(?! (?:stay|remain)\b(?! (?:for|over|more|longer|at|past)\b))|whose"
    r"|that (?:have|has|are|is|use|bring|were)|with(?! us\b(?! for))|without|on|in|at|using|aged"
    r"|over|under|paying|outside|inside|living|enrolled|signed|buying|having|bringing|adding|from"
    r"|between|still|already)"
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
    r"|other than|aside from|with the exception of|but not"
    r"|(?:all|everyone|everybody|anyone|no ?one|nobody|every \w{1,12}|each \w{1,12}"
    r"|all \w{1,12}) but|(?:is|are|remain|stay) (?:not affected|unaffected|not included|spared)"
    r"|(?:do|does|will)(?: not|n['\u2019]t) apply)"
)
ELIGIBLE = r"(?:eligib\w{1,6}|(?:no longer )?qualif(?:y|ies)|reserved for|limited to|restricted to)"
ONLY = (
    r"(?<!not )(?<!for )(?:only|exclusively|solely)(?! \$?[0-9])"
    r"(?! (?:be|the (?:best|beginning|start))\b)"
)
SHARES = (
    rf"(?:{NUMBER} ?(?:%|percent)|half|a (?:third|quarter|fifth)|one in {COUNTED}"
    rf"|(?:two|three) (?:thirds|quarters)|most|some|many|part) of (?:all |our |the |your )?{PEOPLE}"
)
AGES = (
    r"(?:aged? |age )(?:of )?(?:over |under |above |below )?[0-9]{1,2}"
    r"(?: (?:and|or) (?:over|older|above|up|under|younger))?"
    r"|(?<![$\w.,])[0-9]{2} (?:years )?(?:and|or) (?:over|older|above|under|younger)\b"
    r"|(?<![$\w.,])[0-9]{2}\+|(?:over|under) [0-9]{2}(?! ?[\w%$])"
)
LINES = (
    rf"(?:at least |more than |fewer than |up to )?(?!an? )(?:{NUMBER}|single|multiple|several)"
    r"(?: or more| or fewer|\+)?[ -]lines?\b(?: or more)?(?: (?:accounts|customers|households))?"
    r"|(?:second|third|fourth|fifth|additional|extra|further|free) lines?\b|multi-?line"
)
PLACES = (
    r"(?:(?:in|across|outside|from|throughout)(?: of)?(?: the)? )?(?:alabama|alaska|arizona"
    r"|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois"
    r"|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota"
    r"|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york"
    r"|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina"
    r"|south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin"
    r"|wyoming|puerto rico|zip codes?|states?(?! of the art)|counties|county|midwest|west coast"
    r"|east coast|new england)"
)
NO_PLACES = (
    r"january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|fall|winter"
    r"|q[1-4]|easter|christmas|english|spanish"
)
NAMED_PLACES = (
    rf"\b(?:[Ii]n|[Aa]cross|[Oo]utside) (?:the )?(?!(?i:{NO_PLACES})\b)[A-Z][a-z]{{2,15}}"
    r"(?: [A-Z][a-z]{2,15})?\b"
)

# Whether it happens, and which of several
CONDITIONS = (
    r"(?:(?<!what )(?<!as )(?<!even )(?<!ask )(?<!see )(?<!know )if"
    r"(?! (?:we|only|any|needed|anything|you have (?:any )?questions)\b)"
    r"|(?<!since )when(?:ever)?(?! (?:we|it comes)\b)"
    r"|once (?=they|you|customers|it|the|a )|provided(?: that)?(?! (?:by|with)\b)|providing that"
    r"|as long as|so long as|on condition|in (?:exchange|return)(?: for)?|subject to"
    r"|depend(?:ing|s) on|in case|should (?:you|they|customers|a customer)|assuming|in the event)"
)
INDEXED = (
    r"(?:plus|\+|by|with|at|to|above|track\w{0,3}) (?:the )?(?:rate of )?(?:cpi|rpi|inflation"
    r"|consumer price index)|(?:cpi|rpi|inflation)(?: rate)?(?: ?\+| plus|-linked)|indexed|cpi"
)
DROPPED = (
    r"(?:decided|voted) against|(?:dropped|dropping|drop|rejected|abandoned|shelved|scrapped"
    r"|buried) (?:the|that|this|our|it)?(?: \w{1,10})? ?(?:idea|plans?|proposal|thought|it)?"
    r"|rul(?:ed|es|ing) out|called off|backed (?:off|away|down)|postponed|on hold|put off"
    r"|would have|might have|could have|cancell?ed (?:the|our|its|that|this)"
    r"|changed our minds?|reversed|withdr(?:ew|awn)"
    r"|(?:is|are|was|were|been|being|got) (?:cancell?ed|scrapped|abandoned|shelved|dropped"
    r"|rejected|reversed|stopped|taken back|off the table)|(?:will|does|did) not happen"
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
OPTIONS = (
    rf"either{TAIL}|alternatively|(?:option|variant|alternative|plan) (?:[ab]|[12]|one|two)\b"
    r"|one of (?:two|three|these)"
)
RIVAL_VERBS = (
    r"(?:cuts?|raises?|raised|lowers?|offers?|offered|launch(?:es|ed)?|drops?|dropped|undercuts?"
    r"|slash(?:es|ed)?|gives|includes|announce[sd]|reduces?|introduces?"
    r"|is (?:cutting|raising|offering|launching|lowering|giving))"
)
NO_RIVALS = (
    r"(?:We|It|This|That|They|He|She|The|Our|Everyone|Everybody|Nobody|Management|Marketing"
    r"|Pricing|Finance|Product|Sales|Retention|Legal|Each|All|Who|What|Customers?|Prices?|Rates?"
    r"|Fees?|Bill|Data|Network|Holiday|Summer|Special|Trade|New)\b"
)
ACTORS = (
    rf"(?:^|(?<=[.!?;] )|(?<=, ))(?P<actor>(?!{NO_RIVALS})[A-Z][\w&'-]{{1,20}}"
    rf"(?: [A-Z][\w&-]{{1,20}}){{0,2}}) {RIVAL_VERBS}\b"
)

# How much, and how long
SIGNS = r"[$\u00a3\u20ac\u20b9\u00a5]"
CURRENCIES = r"(?:USD|EUR|GBP|INR|CAD|AUD|MXN|CHF|JPY|Rs\.?|US\$|CA\$|A\$|C\$)"
PER = (
    r"(?:(?: ?/ ?| (?:a|an|per|each|every) )(?P<per>month|mo|line|year|yr|week|wk|day|night|hour"
    r"|quarter|minute|text|message|call|gb|gigabyte|device|phone|visit|order|trip|use|household"
    r"|account|user|customer|head|person)\b)?"
)
MONEY = (
    rf"(?:(?<![\w.,])(?:{CURRENCIES} ?|{SIGNS} ?)(?P<after>{DIGITS}){HUGE}"
    rf"|(?<![\w.,$-])(?P<before>{NUMBER})(?: ?{SIGNS}| ?{CURRENCIES}\b"
    r"|[ -](?:dollars?|bucks|cents?|pence|euros?|pounds?|rupees?|yen|pesos?|francs?)\b)"
    rf"|\ba (?:fiver|tenner)\b){PER}"
)
READ_PERIODS = {None, "month", "mo", "line", "year", "yr", "account", "customer"}
READ_CURRENCY = re.compile(r"(?<![A-Z])(?:US)?\$|dollar|bucks|usd|cent", re.IGNORECASE)
PERCENT = rf"(?<![\w.,$-])(?P<percent>{NUMBER}) ?-?(?:%|percent\b|per ?cent\b|pct\b)(?! points?\b)"
VOLUMES = (
    rf"(?<![\w.,$-])(?P<volume>{NUMBER}) ?-?(?:gb|gigs?|gigabytes?|mb|megabytes?|tb|mbps|gbps"
    r"|minutes?|texts?|messages)\b"
)
COUNTS = (
    rf"(?<![\w.,$-])(?:{DIGITS}|hundreds?|thousands?|millions?) (?:of )?(?:our )?(?:\w{{1,12}} )?"
    r"(?:stores?|shops?|branches|customers|subscribers|accounts|people|employees|devices|phones"
    r"|households|points)\b|half(?:[- ]price| the (?:price|bill|fee|rate|cost))"
    r"|(?:twice|double|triple|halve\w?|doubl\w{2,3}|tripl\w{2,3})(?: (?:the|our|its|your))?"
    r" (?:price|bill|fee|rate|cost|charge)s?"
)
UP_TO = (
    r"(?:up to|as (?:much|many|little|low|high) as|at least|at most|no more than|not more than"
    r"|less than|more than|a (?:maximum|minimum) of|starting (?:at|from)|anywhere from)"
    rf" (?:[$\u00a3\u20ac] ?)?{NUMBER}(?: ?%| percent| dollars)?"
)
ENDPOINT = rf"[$\u00a3\u20ac]? ?{NUMBER}(?: ?%| percent| dollars)?"
BETWEEN = rf"between {ENDPOINT} and {ENDPOINT}"
SUM = r"[$\u00a3\u20ac] ?[0-9]{1,4}(?:\.[0-9]{1,2})?"
SHORT = r"[0-9]{1,3}(?:\.[0-9]{1,2})?"
FROM_TO = (
    rf"(?<![\w.,-])(?:{SUM}|{SHORT}(?: ?%| percent)?) ?(?:-|\u2013|to|or) ?"
    rf"(?:{SUM}|{SHORT} ?(?:%|percent|dollars))"
)
PERIODS = r"(?:minute|hour|day|night|week|month|mo|quarter|year|yr|season)s?"
TIMES = (
    r"(?:for|over|during|in|within|after|every|first|next)(?: the)?(?: first| next| last)?"
    rf"(?: up to)? {NUMBER}[ -]?{PERIODS}\b"
    rf"|{NUMBER}-(?:day|week|month|year)s?\b|(?:{DIGITS}|{COUNTED}) (?:days|weeks|months|years)"
)
ENDINGS = (
    r"(?:until|till|(?<!not )expiring|ending"
    r"|through(?= (?:the end|20|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))"
)
TEMPORARY = (
    r"temporar\w{1,3}|limited[- ]time|for (?:now|a while|the time being)|trial(?: period)?"
    r"|introductory|promotional"
)
PAST = (
    r"last (?:year|month|week|quarter|spring|summer|autumn|fall|winter),?"
    r" (?:we|our|prices|the|they|all)\b"
    rf"|(?:an?|{COUNTED}) (?:years?|months?|weeks?|days?) ago|yesterday"
    r"|back in (?:19|20)[0-9]{2}|in (?:19|20)[0-9]{2}, (?:we|prices)"
    r"|(?:we|prices|bills) (?:\w{1,12} ){1,8}last (?:year|month|week|quarter)"
)

NO_SPAN = re.compile(  # looks like an amount or a limit, and is none
    r"\b5 ?g\b(?! ?b)|24/7|\b(?:1-)?[0-9]{3}-[0-9]{3}-[0-9]{4}\b|\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"
    r"|\b(?:galaxy|iphone|pixel|ios|android|wi-?fi|windows|version) [a-z]{0,6}[0-9]{1,3}\b"
    r"|\bnot only\b|\bno (?:matter|doubt|strings|hidden|catch)\b|\bdon['\u2019]t worry\b"
    r"|\bwith or without\b|\bwhether or not\b|\bno later than\b|\bif (?:so|not)\b"
    r"|\bwhen(?:ever)? (?:and where(?:ver)? )?you (?:want|like|need)\b"
    r"|\bin (?:addition|all|short|total|order|time|fact|general)\b|\bnothing else\b"
    r"|\banything else\b|\bno (?:other|further) \w{1,12}\b|\bin (?:more )?(?:cities|places|areas)\b"
    r"|\bmost of all\b|\bat most\b(?! ?\$?[0-9])|\bone line of\b"
    r"|\bwithout (?:notice|warning|interruption|delay|charge|cost)\b",
    re.IGNORECASE,
)


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
    def needs_lever(self) -> bool:
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
    _class("limit", "except", rf"{EXCEPTIONS}{TAIL}|unless{CLAUSE_TAIL}"),
    _class("condition", "condition", CONDITIONS + CLAUSE_TAIL),
    _class("range", "between", BETWEEN),
    _class("range", "from_to", FROM_TO),
    _class("limit", "who", rf"{WHO} {RELATION} {PHRASE}"),
    _class("limit", "only", ONLY + TAIL),
    _class("limit", "share", SHARES),
    _class("limit", "age", AGES),
    _class("limit", "lines", LINES),
    _class("limit", "kind", rf"(?:{KINDS}) {PEOPLE}|{GROUPS}"),
    _class("limit", "eligible", ELIGIBLE + TAIL),
    _class("limit", "place", PLACES),
    WordClass("limit", "place", re.compile(NAMED_PLACES)),
    _class("range", "up_to", UP_TO),
    _class("money", "money", MONEY),
    _class("percentage", "percentage", PERCENT),
    _class("quantity", "volume", VOLUMES),
    _class("quantity", "count", COUNTS),
    _class("time_span", "until", ENDINGS + TAIL, around=True),
    _class("time_span", "time", TIMES),
    _class("time_span", "temporary", TEMPORARY, around=True),
    _class("negation", "lost", LOST, around=True),
    WordClass("negation", "not", NEGATION, around=True),
    _class("limit", "plan", rf"(?:{POSTPAID.pattern}|{PREPAID.pattern})(?: {PEOPLE})?"),
)
ANOTHER_LANGUAGE = WordClass("language", "language", re.compile(r"\w"))
