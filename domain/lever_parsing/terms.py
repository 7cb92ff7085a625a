"""Readers of rules: policies, contracts and the network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from domain.lever_parsing.names import (
    ENDS,
    CarrierNames,
    Reading,
    bounds,
    nearest_match,
    negated,
    whole_words,
)
from domain.lever_parsing.quantities import NUMBER, TIME, VOLUME, hours, number
from domain.lever_parsing.spans import Span, parts
from domain.levers import ContractChange, NetworkChange, PolicyArea, PolicyChange, Where

Direction = Literal["tighter", "looser"]
Cue = tuple[re.Pattern[str], Direction]

COVERAGE_POINTS = 10.0  # chosen: a gain or loss of coverage whose size the text does not name
OUTAGE_HOURS = 4.0  # chosen: an outage whose length the text does not name
CONTEXT_CHARACTERS = 60  # chosen: between a rule and the word that changes it


@dataclass(frozen=True, slots=True)
class Rule:
    """An area of rules and the words it goes by.

    `more` is what more of it means, `larger` what a larger number in it means; `alone` is what
    naming it without a verb means, None when that means nothing.
    """

    area: PolicyArea
    words: re.Pattern[str]
    more: Direction | None
    larger: Direction | None
    alone: Direction | None = None


FEES = whole_words(
    r"(?:(?:late|early|activation|overage|admin\w{0,10}|upgrade|regulatory|termination"
    r"|cancell?ation|connection|reconnection|processing|payment|paper bill) ){1,2}fees?"
    r"|(?<!monthly )(?<!service )(?<!access )(?<!plan )fees?|(?:late|overage) charges?"
    r"|penalt(?:y|ies)|overages?|paper (?:bills?|statements?|billing)"
)
RULES: tuple[Rule, ...] = (
    Rule(
        "data_throttling",
        whole_words(
            r"throttl\w{1,4}|slow(?:s|ed|ing)? (?:down )?(?:data|speeds?|heavy|users|customers)"
            r"|deprioriti[sz]\w{1,5}|fair[- ]use"
        ),
        more="tighter",
        larger="looser",
        alone="tighter",
    ),
    Rule(
        "data_throttling",
        whole_words(r"(?:data|speed|hotspot) (?:caps?|limits?)|soft caps?"),
        more=None,
        larger="looser",
    ),
    Rule(
        "autopay",
        whole_words(
            r"auto-?pay\w{0,4}(?: (?:discounts?|credits?|savings?)(?: of \$?[\d.]{1,8})?)?"
        ),
        more="looser",
        larger="looser",
    ),
    Rule(
        "roaming",
        whole_words(
            r"roaming (?:charges?|fees?|costs?|prices?|rates?|limits?|caps?|restrictions?|rules?"
            r"|polic(?:y|ies))"
        ),
        more="tighter",
        larger="tighter",
    ),
    Rule(
        "returns",
        whole_words(
            r"returns? (?:polic\w{1,3}|period|window|time)|restocking(?: fees?)?"
            r"|refund (?:polic\w{1,3}|window|period)"
        ),
        more="looser",
        larger="looser",
    ),
    Rule(
        "device_unlock",
        whole_words(r"unlock\w{0,3}|sim[- ]?lock\w{0,3}|(?:device|phone) lock\w{0,3}"),
        more="looser",
        larger="tighter",
    ),
    Rule(
        "upgrade_eligibility",
        whole_words(
            r"upgrade (?:eligibility|program|cycle|window|rules?|polic\w{1,3})|early upgrades?"
            r"|eligib\w{1,6} (?:for|to) (?:an )?upgrades?|upgrade (?:\w{1,8} ){0,3}every"
        ),
        more="looser",
        larger="tighter",
    ),
    Rule("fees", FEES, more="tighter", larger="tighter"),
    Rule(
        "general",
        whole_words(r"polic(?:y|ies)|terms(?: and conditions)?|rules?|fine print"),
        more=None,
        larger=None,
    ),
)
EASIER = whole_words(
    r"eas(?:y|ier|e|ed|ing)|loos\w{2,5}|relax\w{0,3}|waiv\w{1,3}|generous|simpl\w{1,6}"
    r"|friendl\w{1,3}"
    r"|forgiv\w{1,4}|flexible"
)
HARDER = whole_words(
    r"strict\w{0,3}|tight\w{0,5}|harder|restrict\w{0,5}|requir\w{1,4}|mandatory|compulsory"
    r"|enforc\w{1,4}|crack\w{0,3} down|ban(?:s|ned|ning)?|limit(?:s|ed|ing)"
)
LARGER = whole_words(
    r"longer|later|extend\w{0,3}|rais(?:e|es|ed|ing)|increas(?:e|es|ed|ing)|higher|up|doubl\w{1,3}"
    r"|lengthen\w{0,3}"
)
SMALLER = whole_words(
    r"shorter|shorten\w{0,3}|sooner|earlier|faster|quicker|lower(?:s|ed|ing)?|reduc(?:e|es|ed|ing)"
    r"|down|cut(?:s|ting)?|decreas(?:e|es|ed|ing)|halv\w{1,3}"
)
MORE = whole_words(
    r"new|introduc(?:e|es|ed|ing)|add(?:s|ed|ing)?|charg(?:e|es|ed|ing)"
    r"|(?:has to|have to|must|will) pay"
    r"|start\w{0,3}|allow\w{0,3}|offer\w{0,3}|more"
)
LESS = whole_words(
    rf"{ENDS.pattern}|lift(?:s|ed|ing)?|fewer|less|free of|no|without|zero|refund\w{{0,3}}"
)
FROM_OLD_TO_NEW = re.compile(
    rf"\bfrom \$?(?P<old>{NUMBER})(?: ?gb| [\w-]{{1,9}}){{0,2}} to \$?(?P<new>{NUMBER})",
    re.IGNORECASE,
)
NEW_INSTEAD_OF_OLD = re.compile(
    rf"(?<![\w.,])\$?(?P<new>{NUMBER})(?: ?gb| [\w-]{{1,9}}){{0,3}},? "
    rf"(?:instead of|rather than|up from|down from|was) (?:after )?\$?(?P<old>{NUMBER})",
    re.IGNORECASE,
)

COMMITMENT = r"(?:contracts?|commitments?|agreements?|lock-ins?)"
CONTRACT = whole_words(COMMITMENT)
COMMITMENT_TERM = re.compile(
    rf"(?P<count>\b{NUMBER})[ -]?(?P<unit>months?|mo|m|years?|yrs?)[ -](?:\w{{1,10}} )?"
    rf"{COMMITMENT}\b"
    rf"|\b{COMMITMENT} (?:of|for) (?P<count_after>{NUMBER})[ -]?(?P<unit_after>months?|years?)\b"
    rf"|\b(?:commit\w{{0,4}}|sign\w{{0,3}}|locked in) (?:\w{{1,8}} ){{0,2}}(?:to|for|up for) "
    rf"(?P<count_sign>{NUMBER})[ -]?(?P<unit_sign>months?|years?)\b",
    re.IGNORECASE,
)
NO_COMMITMENT = whole_words(
    rf"no (?:more |longer |annual |long-term |\S{{1,3}}[- ](?:month|year) )?{COMMITMENT}"
    rf"|{COMMITMENT}[- ]free"
    rf"|without (?:a |an |any )?(?:\S{{1,4}}[- ](?:month|year) )?{COMMITMENT}"
)
ALREADY_COMMITTED = re.compile(
    r"(?:customers?|those|people|subscribers?|anyone|accounts?|everyone|users?)"
    r"(?: currently| already)?(?: who are| who have)?"
    r" (?:on|with|under|in|without|out of) (?:an? |their )?$",
    re.IGNORECASE,
)

OUTAGE = whole_words(
    r"outages?|blackouts?|downtime|knock(?:s|ed)? out (?:the )?(?:network|service)"
    r"|(?:network|service|system)(?: is| was| goes| went)? (?:down|failures?)"
    r"|service (?:interruptions?|disruptions?)|no (?:service|signal)"
    r"|(?:network|service) (?:fails|failed|collapse[sd]?)"
)
FIVE_G = whole_words(r"5 ?g(?! (?:phones?|plans?|devices?|smartphones?))")
NETWORK = whole_words(
    r"coverage|(?:cell )?towers?|signal|network|reception|cell sites?|masts?"
    r"|dead (?:zones?|spots?)"
    r"|[234]g|capacity|antennas?|satellites?|(?:data |download )?speeds?"
)
BETTER = whole_words(
    r"new|expan\w{1,5}|improv\w{1,6}|better|bring\w{0,3}|brought|build\w{0,3}|built"
    r"|roll(?:s|ed|ing)? ?-?out"
    r"|upgrad\w{1,4}|add\w{0,3}|faster|boost\w{0,3}|exten\w{1,5}|launch\w{0,3}|more|stronger|wider"
    r"|doubl\w{1,3}|deploy\w{0,4}|gain\w{0,3}|increas\w{1,3}|arriv\w{1,3}|now|up|enhanc\w{1,5}"
    r"|fill\w{0,3}"
)
WORSE = whole_words(
    r"reduc\w{1,4}|los(?:e|es|ing|s)|lost|worse\w{0,3}|shut\w{0,4}(?: down| off)?|clos\w{1,3}"
    r"|weak\w{0,4}"
    r"|switch\w{0,3} off|remov\w{1,3}|slow\w{0,3}|sunset\w{0,4}|cut\w{0,4}|degrad\w{1,5}"
    r"|drop\w{0,4}"
    r"|down|decommission\w{0,3}|shrink\w{0,3}|poor\w{0,2}"
)
ANY_RULE = re.compile("|".join(rule.words.pattern for rule in RULES), re.IGNORECASE)
CONTRACT_OR_TERM = re.compile(f"{COMMITMENT_TERM.pattern}|{CONTRACT.pattern}", re.IGNORECASE)
ANY_NETWORK = re.compile(f"{OUTAGE.pattern}|{FIVE_G.pattern}|{NETWORK.pattern}", re.IGNORECASE)
POINTS = re.compile(
    rf"(?P<points>{NUMBER}) ?-?(?:percentage )?(?:points?\b|%|percent\b)", re.IGNORECASE
)
RURAL = whole_words(r"rural|countryside|small towns?|remote|farm\w{0,4}|villages?")
URBAN = whole_words(r"cit(?:y|ies)|urban|metros?|metropolitan|downtowns?|suburb\w{0,3}")


def read_policy(clause: Span, names: CarrierNames) -> Iterator[Reading]:
    """A rule made tighter or looser, as its words or its numbers say."""
    for part in parts(clause, ANY_RULE, names.plan_words):
        rules = [(rule, match) for rule in RULES if (match := part.first(rule.words))]
        for rule, match in rules[:1]:
            change = _change(part, rule, match)
            if change is not None:
                direction, (start, end) = change
                make = partial(PolicyChange, area=rule.area, direction=direction)
                yield Reading(start, end, make)


def read_contract(clause: Span, names: CarrierNames) -> Iterator[Reading]:
    """A commitment asked of customers, or given up."""
    for part in parts(clause, CONTRACT_OR_TERM, names.plan_words):
        contract = part.first(COMMITMENT_TERM) or part.first(CONTRACT)
        if contract is None or _already_committed(part, contract):
            continue
        freed, ends = part.first(NO_COMMITMENT), part.first(ENDS)
        if freed is not None:
            if not _already_committed(part, freed):
                yield Reading(*freed.span(), partial(ContractChange, months=0))
        elif ends is not None and not negated(part, ends.start()):
            yield Reading(*bounds(contract, ends), partial(ContractChange, months=0))
        elif (months := _term(contract)) and not negated(part, contract.start()):
            yield Reading(*contract.span(), partial(ContractChange, months=months))


def read_network(clause: Span, names: CarrierNames) -> Iterator[Reading]:
    """Coverage or speed gained or lost, or an outage."""
    for part in parts(clause, ANY_NETWORK, names.plan_words):
        outage = part.first(OUTAGE)
        if outage is not None:
            if not negated(part, outage.start()):
                yield _outage(part, outage)
            continue
        network = part.first(FIVE_G) or part.first(NETWORK)
        if network is None:
            continue
        better, worse = (nearest_match(part, words, network.start()) for words in (BETTER, WORSE))
        verb = _closer(better, worse, network.start())
        if verb is not None and not negated(part, bounds(verb, network)[1]):
            yield _coverage(part, network, verb, gained=verb is better)


def _already_committed(part: Span, contract: re.Match[str]) -> bool:
    """Whether the words before only say which customers are meant."""
    return part.within(contract.start() - 50, contract.start()).has(ALREADY_COMMITTED)


def _change(
    part: Span, rule: Rule, match: re.Match[str]
) -> tuple[Direction, tuple[int, int]] | None:
    """Which way a rule moves and the words that say so, or None when they do not say."""
    near = part.within(match.start() - CONTEXT_CHARACTERS, match.end() + CONTEXT_CHARACTERS)
    numbers = _increased(part)
    if numbers is not None and rule.larger is not None:
        larger, span = numbers
        return rule.larger if larger else _opposite(rule.larger), bounds(match, span)
    cues: list[tuple[re.Match[str], Direction]] = [
        (word, direction)
        for words, direction in _cues(rule)
        for word in near.every(words)
        if word.end() <= match.start() or word.start() >= match.end()
    ]
    if cues:
        word, direction = min(cues, key=lambda cue: _distance(cue[0], match))
        return None if _negated_verb(part, word) else (direction, bounds(match, word))
    if rule.alone is None or negated(part, match.start()):
        return None
    return rule.alone, bounds(match, part.first(VOLUME))


def _cues(rule: Rule) -> list[Cue]:
    """Words and the direction in which they change this rule."""
    cues: list[Cue] = [(EASIER, "looser"), (HARDER, "tighter")]
    if rule.larger is not None:
        cues += _both_directions(LARGER, SMALLER, rule.larger)
    if rule.more is not None:
        cues += _both_directions(MORE, LESS, rule.more)
    return cues


def _both_directions(
    growing: re.Pattern[str], shrinking: re.Pattern[str], direction: Direction
) -> list[Cue]:
    return [(growing, direction), (shrinking, _opposite(direction))]


def _distance(word: re.Match[str], rule: re.Match[str]) -> tuple[int, int]:
    """Characters between two words; of two that end alike the longer is nearer ("no more")."""
    gap = rule.start() - word.end() if word.end() <= rule.start() else word.start() - rule.end()
    return gap, word.start()


def _opposite(direction: Direction) -> Direction:
    return "looser" if direction == "tighter" else "tighter"


def _negated_verb(part: Span, word: re.Match[str]) -> bool:
    """Whether the verb itself is denied ("will not raise"); in "no fees", "no" is the verb."""
    return not LESS.match(word.group()) and negated(part, word.start())


def _increased(part: Span) -> tuple[bool, tuple[int, int]] | None:
    """Whether the new one of two numbers is the larger: "from 5 to 10", "50 instead of 75"."""
    match = part.first(FROM_OLD_TO_NEW) or part.first(NEW_INSTEAD_OF_OLD)
    if match is None or (new := number(match["new"])) == (old := number(match["old"])):
        return None
    return new > old, match.span()


def _term(contract: re.Match[str]) -> int:
    """Months of commitment a contract names, 0 when it names none."""
    groups = contract.groupdict()
    for suffix in ("", "_after", "_sign"):
        if groups.get(f"count{suffix}"):
            unit = groups[f"unit{suffix}"].lower()
            return round(number(groups[f"count{suffix}"]) * (12 if unit.startswith("y") else 1))
    return 0


def _outage(part: Span, outage: re.Match[str]) -> Reading:
    time = nearest_match(part, TIME, outage.start())
    duration = hours(part.within(*time.span())) if time is not None else None
    make = partial(NetworkChange, outage_hours=duration or OUTAGE_HOURS, where=_where(part))
    return Reading(*bounds(outage, time if duration else None), make)


def _coverage(part: Span, network: re.Match[str], verb: re.Match[str], *, gained: bool) -> Reading:
    named = nearest_match(part, POINTS, network.start())
    points = number(named["points"]) if named else COVERAGE_POINTS
    make = partial(
        NetworkChange,
        coverage_points=points if gained else -points,
        technology="5g" if FIVE_G.fullmatch(network.group()) else "coverage",
        where=_where(part),
    )
    return Reading(*bounds(network, verb, named, *part.every(RURAL), *part.every(URBAN)), make)


def _where(part: Span) -> Where:
    rural, urban = part.has(RURAL), part.has(URBAN)
    if rural == urban:
        return "everywhere"
    return "rural" if rural else "urban"


def _closer(
    one: re.Match[str] | None, other: re.Match[str] | None, position: int
) -> re.Match[str] | None:
    matches = [match for match in (one, other) if match is not None]
    near = [match for match in matches if abs(match.start() - position) <= CONTEXT_CHARACTERS]
    return min(near, key=lambda match: abs(match.start() - position), default=None)
