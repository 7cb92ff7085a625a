"""Readers of offers: what a rival offers, what a new plan is, what is included or taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from domain.lever_parsing.names import (
    DURATION,
    ENDS,
    CarrierNames,
    Reading,
    bounds,
    duration_months,
    nearest_match,
    negated,
    plans_in,
    scope_of,
    share_of_year,
    whole_words,
)
from domain.lever_parsing.quantities import (
    MONEY,
    NUMBER,
    VOLUME,
    Amount,
    amounts,
    dollar_amounts,
    number,
    volumes,
)
from domain.lever_parsing.spans import Span, parts
from domain.levers import CompetitorOffer, NewPlan, ValueAdd, ValueRemoval
from domain.scenarios import AddOnValue

CONTEXT_CHARACTERS = 30  # chosen: in which a word still speaks of the amount beside it
MOST_SUMS = 40  # of one offer; each is looked at with its neighbours, and no offer has a thousand
PHONE_MONTHLY_DOLLARS = 15.0  # a 540 dollar mid-range phone over the usual 36 monthly credits
MOST_ADD_ONS_DOLLARS = 200.0  # the limit of domain/levers

NOT_ITS_SUBJECT = re.compile(
    r"(?:(?:came|come|coming|switch\w{0,4}|customers|mov\w{1,3}|join\w{0,4}|over) from|than|unlike"
    r"|like|versus|vs\.?|against|match\w{0,3}|beat\w{0,3}|undercut\w{0,4}) $",
    re.IGNORECASE,
)
RIVAL_RISE = whole_words(
    r"rais(?:e|es|ed|ing)|increas(?:e|es|ed|ing)|hik(?:e|es|ed|ing)|surcharges?"
)
OFFERING = whole_words(
    r"offer\w{0,3}|promo\w{0,7}|deals?|launch\w{0,3}|campaigns?|free|cheaper|undercut\w{0,4}"
    r"|switch\w{0,4}|plans?|bundl\w{1,3}|discount\w{0,3}|unlimited|include\w{0,1}|includ\w{1,3}"
)
BONUS = whole_words(
    r"bonus|gift ?cards?|cash|rebates?|prepaid cards?|credits?|to switch|switching|switchers?"
    r"|buy ?outs?|sign[- ]?up|to join|joining"
)
BONUS_AHEAD = re.compile(r"\b(?:get|gets|earn|receive|bonus of)(?: up to)? $", re.IGNORECASE)
SAVED = whole_words(r"off|less|cheaper|discounts?|savings?|saves?|undercut\w{0,4}|below|lower")
PHONES = re.compile(
    rf"(?:\b(?P<count>{NUMBER}) )?\bfree (?:new |5g )?(?:smart)?(?:phones?|iphones?|devices?)\b",
    re.IGNORECASE,
)
LINES = re.compile(rf"\b(?P<count>{NUMBER}) lines\b", re.IGNORECASE)

LAUNCH = whole_words(
    r"launch(?:es|ed|ing)?|introduc(?:e|es|ed|ing)|unveil(?:s|ed|ing)?|debut(?:s|ed|ing)?"
    r"|roll(?:s|ed|ing)? out|releas(?:e|es|ed|ing)|bring(?:s|ing)? out"
    r"|new (?:[\w-]{1,12} ){0,2}(?:plan|tier)"
)
PLAN_NOUN = whole_words(
    r"(?:an?|new|our|the|unlimited|plan:) (?:[\w-]{1,14} ){0,3}(?:plan|tier)|new plan"
)
CHANGE_NOUN = whole_words(r"increas\w{1,3}|rise|hike|cut|discount|off|fee|surcharge|price change")
NEW_NAME = re.compile(
    r"(?:(?:an?|our|the|new|all-new) |(?:plan|tier|called|named)\b|[ ,:\"'\u201c]){0,8}"
    r"(?P<name>[A-Z][\w+&'\u2019-]{0,20}(?: (?!GB)[A-Z][\w+&-]{0,20}){0,3})"
)

FREE = whole_words(
    r"free(?: of charge)?|includ(?:e|es|ed|ing)|complimentary|on us|bundl(?:e|es|ed|ing)"
    r"|(?:at |for )?no (?:extra |additional |added )?(?:cost|charge)"
    r"|without (?:extra |additional )?(?:cost|charge)|add(?:s|ed|ing)?|thr(?:ow|ew)n? in"
    r"|(?:extra|bonus|additional|double)(?= data| [0-9]{1,3} ?gb)|(?<=gb )(?:extra|bonus|more)"
)
GIVE = whole_words(
    r"get(?:s|ting)?|giv(?:e|es|en|ing)|com(?:e|es|ing) with|offer(?:s|ed|ing)?|with|plus"
    r"|receiv(?:e|es|ing)|enjoy|launch(?:es|ing)?|introduc(?:e|es|ing)"
)
REPLACE = whole_words(r"replac(?:e|es|ed|ing)|swap(?:s|ped|ping)?")
VERB = re.compile(f"{FREE.pattern}|{GIVE.pattern}|{ENDS.pattern}|{REPLACE.pattern}", re.IGNORECASE)
OF_A_RULE = re.compile(
    r" (?:fees?|charges?|costs?|prices?|rates?|polic\w{1,3}|discounts?|restrictions?|limits?|caps?"
    r"|rules?|plans?|network|quality|speeds?|usage|throttling|customers?|users?)\b",
    re.IGNORECASE,
)
EVERYONE = whole_words(r"everyone|everybody|all|every")
ASKED_FOR_IT = re.compile(r"\b(?:for|at)(?: only| just)? $", re.IGNORECASE)
WORTH = re.compile(r"(?:worth|valued at|value of|a) $", re.IGNORECASE)


def read_rival(clause: Span, names: CarrierNames) -> Iterator[Reading]:
    """A clause whose subject is a rival. It is consumed whole, with or without an offer in it."""
    rival = clause.first(names.rival_words)
    own = clause.first(names.own)
    if rival is None:
        return
    before = clause.within(rival.start() - CONTEXT_CHARACTERS, rival.start())
    if before.has(NOT_ITS_SUBJECT) or (own is not None and own.start() < rival.start()):
        yield from _its_price(clause, rival)
        return
    offered = [a for a in amounts(clause)[:MOST_SUMS] if not _beside(clause, a, RIVAL_RISE)]
    add_ons = [m for _, words in names.add_ons if (m := clause.first(words))]
    cues = (m for words in (OFFERING, BONUS, SAVED) for m in clause.every(words))
    start, end = bounds(rival, *((a.start, a.end) for a in offered), *add_ons, *cues)
    if negated(clause, end) or not (offered or clause.has(OFFERING)) or clause.has(RIVAL_RISE):
        yield Reading(clause.start, clause.end)
        return
    yield Reading(start, end, partial(_offer, clause, offered, names))
    yield Reading(clause.start, clause.end)


def read_new_plan(clause: Span, names: CarrierNames) -> Iterator[Reading]:
    """A plan that is launched, with its price."""
    for part in parts(clause, MONEY, names.plan_words):
        launch, prices = part.first(LAUNCH), dollar_amounts(part)
        if launch is None or not prices or negated(part, launch.start()) or part.has(CHANGE_NOUN):
            continue
        name = _new_name(part, launch, names)
        if name is None and not part.has(PLAN_NOUN):
            continue
        brands = [m for _, m in _add_ons_in(part, names)]
        features = (part.first(LINES), *part.every(VOLUME), *brands)
        start, end = bounds(launch, *((p.start, p.end) for p in prices), *features)
        yield Reading(start, end, partial(_new_plan, part, name, prices[0], names))


def read_value(clause: Span, names: CarrierNames) -> Iterator[Reading]:
    """Something included at no charge, or taken away."""
    of_clause = plans_in(clause, names)
    for part in parts(clause, VERB, names.plan_words):
        swap, plans = part.first(REPLACE), _plans(part, of_clause, names)
        for position, (add_on, match) in enumerate(_add_ons_in(part, names)):
            if OF_A_RULE.match(part.text, match.end(), part.end):
                continue
            ends = nearest_match(part, ENDS, match.start())
            if swap is not None and position == 0:
                ends = swap
            gives = _giving(part, add_on, match)
            if swap is not None and position > 0:
                ends, gives = None, swap
            if ends is not None and not negated(part, ends.start()):
                yield _value(ValueRemoval, part, add_on, bounds(ends, match), plans)
            elif ends is None and gives is not None and not negated(part, bounds(gives, match)[1]):
                yield _value(ValueAdd, part, add_on, bounds(gives, match), plans)


def _its_price(clause: Span, rival: re.Match[str]) -> Iterator[Reading]:
    """What follows a rival that is only compared with is consumed: our customers do not pay it."""
    near = amounts(clause.within(rival.end(), rival.end() + CONTEXT_CHARACTERS // 2))
    if near:
        yield Reading(rival.start(), near[0].end)


def _offer(clause: Span, offered: Sequence[Amount], names: CarrierNames) -> CompetitorOffer:
    bonus, saved, prices = _classified(clause, offered)
    percents = [a.value for a in saved if a.unit == "percent"]
    brands = {p.name: p.monthly_worth_dollars for p, _ in _add_ons_in(clause, names) if p.brand}
    worth = sum(brands.values()) + _phones(clause) * PHONE_MONTHLY_DOLLARS
    worth += sum(a.monthly for a in saved if a.unit == "dollars")  # pulls as an add-on does
    return CompetitorOffer(
        competitor=_rival_name(clause, names),
        price_dollars=_for_one_line(clause, prices[0]) if prices else None,
        discount_percent=percents[0] if percents else None,
        switching_bonus_dollars=sum(a.value for a in bonus),
        perks_monthly_worth_dollars=min(worth, MOST_ADD_ONS_DOLLARS),
    )


def _classified(
    clause: Span, offered: Sequence[Amount]
) -> tuple[list[Amount], list[Amount], list[Amount]]:
    """What of an offer is a bonus, what is saved, and what is a price; other percents are none."""
    bonus: list[Amount] = []
    saved: list[Amount] = []
    prices: list[Amount] = []
    for amount in offered:
        if amount.unit == "dollars" and _is_bonus(clause, amount):
            bonus.append(amount)
        elif _beside(clause, amount, SAVED):
            saved.append(amount)
        elif amount.unit == "dollars":
            prices.append(amount)
    return bonus, saved, prices


def _rival_name(clause: Span, names: CarrierNames) -> str:
    named = [(m.start(), name) for name, words in names.rivals if (m := clause.first(words))]
    return min(named)[1] if named else "a competitor"


def _is_bonus(clause: Span, amount: Amount) -> bool:
    ahead = clause.within(amount.start - CONTEXT_CHARACTERS, amount.start)
    return ahead.has(BONUS_AHEAD) or _beside(clause, amount, BONUS, before=12)


def _beside(
    span: Span, amount: Amount, words: re.Pattern[str], before: int = CONTEXT_CHARACTERS
) -> bool:
    """Whether words stand just after an amount, or just before it with no amount between."""
    after = span.within(amount.end, amount.end + CONTEXT_CHARACTERS)
    ahead = span.within(amount.start - before, amount.start)
    return _up_to_amount(after).has(words) or _after_amount(ahead).has(words)


def _up_to_amount(span: Span) -> Span:
    following = amounts(span)
    return span.within(span.start, following[0].start) if following else span


def _after_amount(span: Span) -> Span:
    preceding = amounts(span)
    return span.within(preceding[-1].end, span.end) if preceding else span


def _for_one_line(clause: Span, price: Amount) -> float:
    lines = clause.within(price.start - CONTEXT_CHARACTERS, price.end + CONTEXT_CHARACTERS).first(
        LINES
    )
    if lines is None or price.per_line:
        return price.monthly
    return round(price.monthly / max(number(lines["count"]), 1.0), 2)


def _phones(span: Span) -> float:
    match = span.first(PHONES)
    if match is None:
        return 0.0
    return min(number(match["count"]), 5.0) if match["count"] else 1.0


def _new_name(part: Span, launch: re.Match[str], names: CarrierNames) -> str | None:
    """The name that follows the launch, unless it is known already."""
    match = NEW_NAME.match(part.text, launch.end(), part.end)
    if match is None:
        return None
    known = {plan.name.lower() for plan in names.plans}
    is_add_on = any(words.match(match["name"]) for _, words in names.add_ons)
    return None if match["name"].lower() in known or is_add_on else match["name"][:60]


def _new_plan(part: Span, name: str | None, price: Amount, names: CarrierNames) -> NewPlan:
    lines, gigabytes = part.first(LINES), volumes(part)
    brands = {p.name: p.monthly_worth_dollars for p in _extras(part, name, names)}
    return NewPlan(
        name=name or "the new plan",
        price_dollars=price.monthly,
        data_gb=gigabytes[0] if gigabytes else None,
        perks_monthly_worth_dollars=min(sum(brands.values()), MOST_ADD_ONS_DOLLARS),
        lines=round(number(lines["count"])) if lines else 1,
    )


def _extras(part: Span, name: str | None, names: CarrierNames) -> list[AddOnValue]:
    """Branded add-ons of a new plan; a word of its own name ("Powder Max") is none."""
    brands = [(add_on, match) for add_on, match in _add_ons_in(part, names) if add_on.brand]
    return [add_on for add_on, match in brands if match.group() not in (name or "")]


def _add_ons_in(span: Span, names: CarrierNames) -> list[tuple[AddOnValue, re.Match[str]]]:
    """The add-ons a span names, in reading order; a longer or branded name hides a general one."""
    found: list[tuple[AddOnValue, re.Match[str]]] = []
    for add_on, words in names.add_ons:
        match = span.first(words)
        if match and all(match.end() <= m.start() or m.end() <= match.start() for _, m in found):
            found.append((add_on, match))
    return sorted(found, key=lambda pair: pair[1].start())


def _giving(part: Span, add_on: AddOnValue, match: re.Match[str]) -> re.Match[str] | None:
    """The word that makes an add-on free; without a brand it must be a plain one, close by."""
    plain = nearest_match(part, FREE, match.start())
    if add_on.brand:
        return plain or nearest_match(part, GIVE, match.start())
    close = plain is not None and abs(plain.start() - match.start()) <= 2 * CONTEXT_CHARACTERS
    return plain if close else None


def _value(
    kind: type[ValueAdd] | type[ValueRemoval],
    part: Span,
    add_on: AddOnValue,
    span: tuple[int, int],
    plans: tuple[str, ...],
) -> Reading:
    price = _price_of(part, span[1])
    months = duration_months(part)
    worth = _worth(part, add_on, price) * share_of_year(months)
    free = part.within(span[1], span[1] + CONTEXT_CHARACTERS).first(FREE)
    asked = (price.start, price.end) if price else None
    start, end = bounds(span, free, asked, part.first(DURATION))
    make = partial(
        kind,
        name=add_on.name if months is None else f"{add_on.name} for {months} months",
        monthly_worth_dollars=round(worth, 2),
        affinity=add_on.affinity,
        plans=plans,
        scope=scope_of(part),
    )
    return Reading(start, end, make if worth > 0 else None)


def _plans(part: Span, of_clause: tuple[str, ...], names: CarrierNames) -> tuple[str, ...]:
    """The plans a part names; those of its clause when it names none, nor everyone."""
    return plans_in(part, names) or (() if part.has(EVERYONE) else of_clause)


def _price_of(part: Span, position: int) -> Amount | None:
    """The price or worth right after an add-on."""
    following = dollar_amounts(part.within(position, position + CONTEXT_CHARACTERS))
    return following[0] if following and _names_price(part, following[0]) else None


def _names_price(part: Span, amount: Amount) -> bool:
    ahead = part.within(amount.start - 14, amount.start)
    return ahead.has(WORTH) or ahead.has(ASKED_FOR_IT)


def _worth(part: Span, add_on: AddOnValue, price: Amount | None) -> float:
    """Dollars a month: as the text has it, else the street price less what is asked for it."""
    if price is None:
        return add_on.monthly_worth_dollars
    if part.within(price.start - 14, price.start).has(WORTH):
        return price.monthly
    return max(add_on.monthly_worth_dollars - price.monthly, 0.0)
