"""Readers of rules: policies, contracts and the network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from domain.lever_parsing.amounts import NUMBER, TIME, VOLUME, hours, number
from domain.lever_parsing.names import ENDS, Names, Reading, denied, hull, nearest, whole
from domain.lever_parsing.spans import Span, parts
from domain.levers import ContractChange, NetworkChange, PolicyArea, PolicyChange, Where

Direction = Literal["tighter", "looser"]
Sign = tuple[re.Pattern[str], Direction]

COVERAGE_POINTS = 10.0  # chosen: a gain or loss of coverage whose size is not said
OUTAGE_HOURS = 4.0  # chosen: an outage whose length is not said
EARSHOT = 60  # chosen: characters between a rule and the word that changes it


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


FEES = whole(
    r"(?:(?:late|early|activation|overage|admin\w{0,10}|upgrade|regulatory|termination"
    r"|cancell?ation|connection|reconnection|processing|payment|paper bill) ){1,2}fees?"
    r"|(?<!monthly )(?<!service )(?<!access )(?<!plan )fees?|(?:late|overage) charges?"
    r"|penalt(?:y|ies)|overages?|paper (?:bills?|statements?|billing)"
)
RULES: tuple[Rule, ...] = (
    Rule(
        "data_throttling",
        whole(
            r"throttl\w{1,4}|slow(?:s|ed|ing)? (?:down )?(?:data|speeds?|heavy|users|customers)"
            r"|deprioriti[sz]\w{1,5}|fair[- ]use"
        ),
        more="tighter",
        larger="looser",
        alone="tighter",
    ),
    Rule(
        "data_throttling",
        whole(r"(?:data|speed|hotspot) (?:caps?|limits?)|soft caps?"),
        more=None,
        larger="looser",
    ),
    Rule(
        "autopay",
        whole(r"auto-?pay\w{0,4}(?: (?:discounts?|credits?|savings?)(?: of \$?[\d.]{1,8})?)?"),
        more="looser",
        larger="looser",
    ),
    Rule(
        "roaming",
        whole(
            r"roaming (?:charges?|fees?|costs?|prices?|rates?|limits?|caps?|restrictions?|rules?"
            r"|polic(?:y|ies))"
        ),
        more="tighter",
        larger="tighter",
    ),
    Rule(
        "returns",
        whole(
            r"returns? (?:polic\w{1,3}|period|window|time)|restocking(?: fees?)?"
            r"|refund (?:polic\w{1,3}|window|period)"
        ),
        more="looser",
        larger="looser",
    ),
    Rule(
        "device_unlock",
        whole(r"unlock\w{0,3}|sim[- ]?lock\w{0,3}|(?:device|phone) lock\w{0,3}"),
        more="looser",
        larger="tighter",
    ),
    Rule(
        "upgrade_eligibility",
        whole(
            r"upgrade (?:eligibility|program|cycle|window|rules?|polic\w{1,3})|early upgrades?"
            r"|eligib\w{1,6} (?:for|to) (?:an )?upgrades?|upgrade (?:\w{1,8} ){0,3}every"
        ),
        more="looser",
        larger="tighter",
    ),
    Rule("fees", FEES, more="tighter", larger="tighter"),
    Rule(
        "general",
        whole(r"polic(?:y|ies)|terms(?: and conditions)?|rules?|fine print"),
        more=None,
        larger=None,
    ),
)
EASIER = whole(
    r"eas(?:y|ier|e|ed|ing)|loos\w{2,5}|relax\w{0,3}|waiv\w{1,3}|generous|simpl\w{1,6}"
    r"|friendl\w{1,3}"
    r"|forgiv\w{1,4}|flexible"
)
HARDER = whole(
    r"strict\w{0,3}|tight\w{0,5}|harder|restrict\w{0,5}|requir\w{1,4}|mandatory|compulsory"
    r"|enforc\w{1,4}|crack\w{0,3} down|ban(?:s|ned|ning)?|limit(?:s|ed|ing)"
)
LARGER = whole(
    r"longer|later|extend\w{0,3}|rais(?:e|es|ed|ing)|increas(?:e|es|ed|ing)|higher|up|doubl\w{1,3}"
    r"|lengthen\w{0,3}"
)
SMALLER = whole(
    r"shorter|shorten\w{0,3}|sooner|earlier|faster|quicker|lower(?:s|ed|ing)?|reduc(?:e|es|ed|ing)"
    r"|down|cut(?:s|ting)?|decreas(?:e|es|ed|ing)|halv\w{1,3}"
)
MORE = whole(
    r"new|introduc(?:e|es|ed|ing)|add(?:s|ed|ing)?|charg(?:e|es|ed|ing)"
    r"|(?:has to|have to|must|will) pay"
    r"|start\w{0,3}|allow\w{0,3}|offer\w{0,3}|more"
)
LESS = whole(
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

BOND = r"(?:contracts?|commitments?|agreements?|lock-ins?)"
CONTRACT = whole(BOND)
TERM = re.compile(
    rf"(?P<count>\b{NUMBER})[ -]?(?P<unit>months?|mo|m|years?|yrs?)[ -](?:\w{{1,10}} )?{BOND}\b"
    rf"|\b{BOND} (?:of|for) (?P<count_after>{NUMBER})[ -]?(?P<unit_after>months?|years?)\b"
    rf"|\b(?:commit\w{{0,4}}|sign\w{{0,3}}|locked in) (?:\w{{1,8}} ){{0,2}}(?:to|for|up for) "
    rf"(?P<count_sign>{NUMBER})[ -]?(?P<unit_sign>months?|years?)\b",
    re.IGNORECASE,
)
UNBOUND = whole(
    rf"no (?:more |longer |annual |long-term |\S{{1,3}}[- ](?:month|year) )?{BOND}|{BOND}[- ]free"
    rf"|without (?:a |an |any )?(?:\S{{1,4}}[- ](?:month|year) )?{BOND}"
)
ALREADY_BOUND = re.compile(
    r"(?:customers?|those|people|subscribers?|anyone|accounts?|everyone|users?)"
    r"(?: currently| already)?(?: who are| who have)?"
    r" (?:on|with|under|in|without|out of) (?:an? |their )?$",
    re.IGNORECASE,
)

OUTAGE = whole(
    r"outages?|blackouts?|downtime|knock(?:s|ed)? out (?:the )?(?:network|service)"
    r"|(?:network|service|system)(?: is| was| goes| went)? (?:down|failures?)"
    r"|service (?:interruptions?|disruptions?)|no (?:service|signal)"
    r"|(?:network|service) (?:fails|failed|collapse[sd]?)"
)
FIVE_G = whole(r"5 ?g(?! (?:phones?|plans?|devices?|smartphones?))")
NETWORK = whole(
    r"coverage|(?:cell )?towers?|signal|network|reception|cell sites?|masts?"
    r"|dead (?:zones?|spots?)"
    r"|[234]g|capacity|antennas?|satellites?|(?:data |download )?speeds?"
)
BETTER = whole(
    r"new|expan\w{1,5}|improv\w{1,6}|better|bring\w{0,3}|brought|build\w{0,3}|built"
    r"|roll(?:s|ed|ing)? ?-?out"
    r"|upgrad\w{1,4}|add\w{0,3}|faster|boost\w{0,3}|exten\w{1,5}|launch\w{0,3}|more|stronger|wider"
    r"|doubl\w{1,3}|deploy\w{0,4}|gain\w{0,3}|increas\w{1,3}|arriv\w{1,3}|now|up|enhanc\w{1,5}"
    r"|fill\w{0,3}"
)
WORSE = whole(
    r"reduc\w{1,4}|los(?:e|es|ing|s)|lost|worse\w{0,3}|shut\w{0,4}(?: down| off)?|clos\w{1,3}"
    r"|weak\w{0,4}"
    r"|switch\w{0,3} off|remov\w{1,3}|slow\w{0,3}|sunset\w{0,4}|cut\w{0,4}|degrad\w{1,5}"
    r"|drop\w{0,4}"
    r"|down|decommission\w{0,3}|shrink\w{0,3}|poor\w{0,2}"
)
ANY_RULE = re.compile("|".join(rule.words.pattern for rule in RULES), re.IGNORECASE)
CONTRACT_OR_TERM = re.compile(f"{TERM.pattern}|{CONTRACT.pattern}", re.IGNORECASE)
ANY_NETWORK = re.compile(f"{OUTAGE.pattern}|{FIVE_G.pattern}|{NETWORK.pattern}", re.IGNORECASE)
POINTS = re.compile(
    rf"(?P<points>{NUMBER}) ?-?(?:percentage )?(?:points?\b|%|percent\b)", re.IGNORECASE
)
RURAL = whole(r"rural|countryside|small towns?|remote|farm\w{0,4}|villages?")
URBAN = whole(r"cit(?:y|ies)|urban|metros?|metropolitan|downtowns?|suburb\w{0,3}")


def read_policy(clause: Span, names: Names) -> Iterator[Reading]:
    """A rule made tighter or looser, told from its words, its numbers, or both."""
    for part in parts(clause, ANY_RULE, names.plan_words):
        named = [(rule, m) for rule in RULES if (m := part.first(rule.words))]
        for rule, match in named[:1]:
            change = _change(part, rule, match)
            if change is not None:
                direction, span = change
                make = partial(PolicyChange, area=rule.area, direction=direction)
                yield Reading(*span, make)


def read_contract(clause: Span, names: Names) -> Iterator[Reading]:
    """A commitment asked of customers, or given up."""
    for part in parts(clause, CONTRACT_OR_TERM, names.plan_words):
        bond = part.first(TERM) or part.first(CONTRACT)
        if bond is None or part.within(bond.start() - 50, bond.start()).has(ALREADY_BOUND):
            continue
        unbound, over = part.first(UNBOUND), part.first(ENDS)
        if unbound is not None and not part.within(unbound.start() - 50, unbound.start()).has(
            ALREADY_BOUND
        ):
            yield Reading(*hull(unbound), partial(ContractChange, months=0))
        elif unbound is None and over is not None and not denied(part, over.start()):
            yield Reading(*hull(bond, over), partial(ContractChange, months=0))
        elif unbound is None and (months := _term(bond)) and not denied(part, bond.start()):
            yield Reading(*bond.span(), partial(ContractChange, months=months))


def read_network(clause: Span, names: Names) -> Iterator[Reading]:
    """Coverage or speed gained or lost, or an outage."""
    for part in parts(clause, ANY_NETWORK, names.plan_words):
        outage = part.first(OUTAGE)
        if outage is not None:
            if not denied(part, outage.start()):
                yield _outage(part, outage)
            continue
        thing = part.first(FIVE_G) or part.first(NETWORK)
        if thing is None:
            continue
        better, worse = (nearest(part, words, thing.start()) for words in (BETTER, WORSE))
        verb = _closer(better, worse, thing.start())
        if verb is not None and not denied(part, hull(verb, thing)[1]):
            yield _coverage(part, thing, verb, gained=verb is better)


def _change(
    part: Span, rule: Rule, match: re.Match[str]
) -> tuple[Direction, tuple[int, int]] | None:
    """Which way a rule moves and the words that say so, or None when they do not say."""
    near = part.within(match.start() - EARSHOT, match.end() + EARSHOT)
    grown = _grown(part)
    if grown is not None and rule.larger is not None:
        larger, span = grown
        return _turned(rule.larger, same=larger), hull(match, span)
    signs: list[tuple[re.Match[str], Direction]] = [
        (word, way)
        for words, way in _signs(rule)
        for word in near.every(words)
        if word.end() <= match.start() or word.start() >= match.end()
    ]
    if signs:
        word, way = min(signs, key=lambda sign: _distance(sign[0], match))
        return None if _denied_verb(part, word) else (way, hull(match, word))
    if rule.alone is None or denied(part, match.start()):
        return None
    return rule.alone, hull(match, part.first(VOLUME))


def _signs(rule: Rule) -> list[Sign]:
    """Words and the way they move this rule."""
    signs: list[Sign] = [(EASIER, "looser"), (HARDER, "tighter")]
    if rule.larger is not None:
        signs += _either_way(LARGER, SMALLER, rule.larger)
    if rule.more is not None:
        signs += _either_way(MORE, LESS, rule.more)
    return signs


def _either_way(
    growing: re.Pattern[str], shrinking: re.Pattern[str], direction: Direction
) -> list[Sign]:
    return [(growing, direction), (shrinking, _turned(direction, same=False))]


def _distance(word: re.Match[str], rule: re.Match[str]) -> tuple[int, int]:
    """Characters between two words; of two that end alike the longer is nearer ("no more")."""
    gap = rule.start() - word.end() if word.end() <= rule.start() else word.start() - rule.end()
    return gap, word.start()


def _turned(direction: Direction, *, same: bool) -> Direction:
    if same:
        return direction
    return "looser" if direction == "tighter" else "tighter"


def _denied_verb(part: Span, word: re.Match[str]) -> bool:
    """Whether the verb itself is denied ("will not raise"); in "no fees", "no" is the verb."""
    return not LESS.match(word.group()) and denied(part, word.start())


def _grown(part: Span) -> tuple[bool, tuple[int, int]] | None:
    """Whether the new one of two numbers is the larger: "from 5 to 10", "50 instead of 75"."""
    match = part.first(FROM_OLD_TO_NEW) or part.first(NEW_INSTEAD_OF_OLD)
    if match is None or (new := number(match["new"])) == (old := number(match["old"])):
        return None
    return new > old, match.span()


def _term(bond: re.Match[str]) -> int:
    """Months of commitment a bond names, 0 when it names none."""
    groups = bond.groupdict()
    for suffix in ("", "_after", "_sign"):
        if groups.get(f"count{suffix}"):
            unit = groups[f"unit{suffix}"].lower()
            return round(number(groups[f"count{suffix}"]) * (12 if unit.startswith("y") else 1))
    return 0


def _outage(part: Span, outage: re.Match[str]) -> Reading:
    length = nearest(part, TIME, outage.start())
    lasted = hours(part.within(*length.span())) if length is not None else None
    make = partial(NetworkChange, outage_hours=lasted or OUTAGE_HOURS, where=_where(part))
    return Reading(*hull(outage, length if lasted else None), make)


def _coverage(part: Span, thing: re.Match[str], verb: re.Match[str], *, gained: bool) -> Reading:
    said = nearest(part, POINTS, thing.start())
    points = number(said["points"]) if said else COVERAGE_POINTS
    make = partial(
        NetworkChange,
        coverage_points=points if gained else -points,
        technology="5g" if FIVE_G.fullmatch(thing.group()) else "coverage",
        where=_where(part),
    )
    return Reading(*hull(thing, verb, said, *part.every(RURAL), *part.every(URBAN)), make)


def _where(part: Span) -> Where:
    rural, urban = part.has(RURAL), part.has(URBAN)
    if rural == urban:
        return "everywhere"
    return "rural" if rural else "urban"


def _closer(
    one: re.Match[str] | None, other: re.Match[str] | None, position: int
) -> re.Match[str] | None:
    found = [match for match in (one, other) if match is not None]
    near = [match for match in found if abs(match.start() - position) <= EARSHOT]
    return min(near, key=lambda match: abs(match.start() - position), default=None)
