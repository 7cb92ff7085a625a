"""Readers of money: price changes, credits and loyalty rewards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from domain.amounts import MONEY, MONEY_OR_PERCENT, MONTHS, TIME, Amount, amounts, money, number
from domain.lever_reading import (
    FOR_TIME,
    POSTPAID,
    PREPAID,
    YEAR_MONTHS,
    Names,
    Reading,
    denied,
    hull,
    limited_months,
    nearest,
    plans_in,
    scope_of,
    share_of_year,
    whole,
)
from domain.passages import JOINT, Passage, parts
from domain.read_rules import FEES
from domain.scenarios import Credit, LoyaltyReward, PriceChange

NEXT_WORD = 12  # chosen: characters in which a noun still belongs to the amount before it

STRONG_RISE = (
    r"rais(?:e|es|ed|ing)|increas(?:e|es|ed|ing)|hik(?:e|es|ed|ing)|ris(?:e|es|en|ing)|rose"
)
STRONG_CUT = (
    r"cut(?:s|ting)?|lower(?:s|ed|ing)?|reduc(?:e|es|ed|ing)|drop(?:s|ped|ping)?"
    r"|discount(?:s|ed|ing)?"
    r"|decreas(?:e|es|ed|ing)|slash(?:es|ed|ing)?|fall(?:s|en|ing)?|fell|sav(?:e|es|ing)"
)
RISING = whole(STRONG_RISE)
RISE_AFTER = whole(
    r"(?:price )?(?:increases?|rise|hike)|surcharge|charge|levy|more expensive|dearer|pricier"
    r"|higher"
)
CUT_AFTER = whole(
    r"(?:price )?(?:cut|reduction|decrease|drop)|off|cheaper|discount|less expensive|savings?"
    r"|lower"
)
RISE = whole(
    rf"{STRONG_RISE}|up(?! to)|upped|upward|bump(?:s|ed|ing)?|dearer|more|extra|add(?:s|ed|ing)?"
    r"|higher|surcharge"
)
CUT = whole(
    rf"{STRONG_CUT}|cheaper|less|down|downward|off|reductions?|knock(?:s|ed|ing)?|tak(?:e|es|ing)"
)
STRONG = whole(f"{STRONG_RISE}|{STRONG_CUT}")
PRICE = whole(
    r"pric(?:es?|ed|ing)|rates?|bills?|plans?|charges?|tariffs?|subscriptions?|cheaper|dearer"
    r"|pricier|more expensive|discount(?:s|ed)?|off|hik(?:e|es|ed|ing)"
    r"|cost(?:s|ing)? (?:of|less|more)"
    r"|(?:monthly|service|access) fee|post-?paid|pre-?paid|sav(?:e|es|ing)|pay(?:s|ing)?"
)
NOT_PRICE = whole(
    r"coverage|speeds?|network|towers?|signal|data|gb|salar(?:y|ies)|wages?|staff|employees"
    r"|donat\w{1,4}|profits?|revenues?|dividends?|shares?|stock|invest\w{0,6}|satisfaction|churn"
    r"|traffic|usage|tax(?:es)?|inflation|cpi|costs|subscribers|sales|capacity|latency|minutes|app"
    r"|budget|nps|points?|battery|calls?"
)
OUR_COSTS = whole(r"our (?:\w{1,12} )?costs|inflation|cost of living|pay rise|wages|salaries")
STEADY = whole(
    r"stay(?:s|ing)?|remain(?:s|ing)?|unchanged|the same|keep(?:s|ing)?|hold(?:s|ing)?|frozen"
    r"|freez(?:e|es|ing)|guarantee[ds]?"
)
NEW_CUSTOMERS_ONLY = whole(r"new (?:customers?|subscribers?|joiners?)|switchers?")
ONE_OFF = whole(r"one[- ]?(?:time|off)|single|once")
PER_LINE = re.compile(r"/ ?line\b|\b(?:per|each|every|a) line\b", re.IGNORECASE)
# A price that is named, not a step: the new one of nobody knows what, or an old one
TARGET = re.compile(r"\b(?:to|at|from|than)(?: only| just)? $", re.IGNORECASE)
DISCOUNT_ENDS = whole(
    r"discounts? (?:\w{1,10} ){0,3}(?:ends?|ended|ending|expires?|stops?|gone)"
    r"|(?:end|remov|scrap|withdraw|stop|cancel|eliminat)\w{0,4} (?:\S{1,14} ){0,5}discounts?"
)
SCOPED = re.compile(
    f"(?:{POSTPAID.pattern}|{PREPAID.pattern})(?: (?:plans?|customers?|lines?))?", re.IGNORECASE
)
SIGN = re.compile(r"(?<!\w)[+\u2212-]$")  # "Powder +$5"
NEW_PRICE = re.compile(r"\b(?:to|costs?|be|is|now|becomes?)(?: only| just| now)? $", re.IGNORECASE)
FROM_OLD = re.compile(r"\bfrom (?:the )?(?:current |present )?$", re.IGNORECASE)
TO_NEW = re.compile(r"^.{0,20}?(?:\bto\b|\u2192|->)", re.IGNORECASE | re.DOTALL)
OLD_AFTER_NEW = re.compile(
    r"^.{0,20}?(?:\binstead of|\b(?:up|down) from|\brather than|\bwas|\bformerly)\b.{0,6}$",
    re.IGNORECASE | re.DOTALL,
)

LOYALTY = whole(r"loyal\w{0,5}|gift ?cards?|thank[- ]?yous?|anniversar(?:y|ies)|tenured?|rewards?")
EACH_MONTH = re.compile(
    r"/ ?mo(?:nth)?\b|\b(?:per|a|each|every) month\b|\bmonthly\b", re.IGNORECASE
)
MONEY_BACK = whole(
    r"(?:bill |account |statement )?credit(?:s|ed|ing)?(?! (?:card|score|check))"
    r"|refund(?:s|ed|ing)?"
    r"|rebates?|cash ?back|money back|vouchers?|(?<=[0-9] )back"
)
SINCE = re.compile(
    r"(?:(?:more than|over|at least|beyond|past|us for|stayed(?: for)?)"
    r"|(?:customers?|members?|subscribers?|anyone|those) (?:of|with|for|after)) $",
    re.IGNORECASE,
)
WITH_US = re.compile(
    r"(?: or (?:more|longer)| with us| of (?:service|tenure|loyalty)| tenure| and over|\+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Move:
    """How far the price goes, in the unit of the amount, and the words that say so."""

    size: float
    amount: Amount
    span: tuple[int, int]
    rising: bool


def read_money_back(clause: Passage, names: Names) -> Iterator[Reading]:
    """Credits, refunds, discounts that end, and rewards for staying."""
    for part in parts(clause, MONEY, names.plan_words):
        sums = money(part)
        if not sums or denied(part, sums[0].start) or part.has(RISING):
            continue
        amount, tenure = sums[0], _tenure(part)
        loyal, back = (nearest(part, w, amount.start) for w in (LOYALTY, MONEY_BACK))
        off = part.within(amount.end, amount.end + 30).first(CUT_AFTER)
        span = (amount.start, amount.end)
        if loyal is not None or (tenure is not None and (back or off)):
            stayed = tenure.span() if tenure else None
            start, end = hull(span, loyal, back, stayed, part.first(FOR_TIME))
            yield Reading(start, end, partial(_reward, part, amount, tenure))
        elif back is not None or (off is not None and limited_months(part)):
            start, end = hull(span, back, off, part.first(FOR_TIME), part.first(ONE_OFF))
            yield Reading(start, end, partial(_credit, part, amount, names))


def read_price(clause: Passage, names: Names) -> Iterator[Reading]:
    """What customers pay goes up or down: by an amount, by a percentage, or to a new price."""
    before: Move | None = None
    for part in parts(clause, MONEY_OR_PERCENT, names.plan_words):
        move = _move(part, names, before) if _about_prices(part, names) else None
        if move is None or move.size == 0 or denied(part, move.span[0]):
            continue
        before = move
        pieces = (*part.every(names.plan_words), part.first(FOR_TIME), part.first(ONE_OFF))
        start, end = hull(move.span, _scope_words(part), *pieces)
        yield Reading(start, end, partial(_price_change, part, move, names))


def _about_prices(part: Passage, names: Names) -> bool:
    """Whether an amount in this part is what customers pay for what they have."""
    if part.has(FEES) or part.has(STEADY) or part.has(OUR_COSTS) or part.has(NEW_CUSTOMERS_ONLY):
        return False
    if any(part.has(words) for perk, words in names.perks if perk.brand):
        return False
    said = any(a.per_month or a.per_line for a in amounts(part))
    named = part.has(PRICE) or part.has(names.plan_words)
    return said or named or not part.has(NOT_PRICE)


def _move(part: Passage, names: Names, before: Move | None) -> Move | None:
    found = amounts(part)
    if not found:
        return None
    return (
        _between_two_prices(part, found)
        or _to_a_price(part, found[0], names)
        or _by_an_amount(part, found[0])
        or _by_as_much_again(part, found[0], names, before)
    )


def _between_two_prices(part: Passage, found: list[Amount]) -> Move | None:
    """The step from $55 to $60, or to $60 instead of $55."""
    if len(found) < 2 or {a.unit for a in found[:2]} != {"dollars"}:
        return None
    first, second = found[:2]
    gap = part.text[first.end : second.start]
    if OLD_AFTER_NEW.search(gap):
        old, new = second, first
    elif TO_NEW.search(gap) or part.within(first.start - 20, first.start).has(FROM_OLD):
        old, new = first, second
    else:
        return None
    size = round(new.monthly - old.monthly, 2)
    verb = nearest(part.within(first.start - 60, second.end), STRONG, first.start)
    return Move(size, new, hull((first.start, second.end), verb), size > 0)


def _to_a_price(part: Passage, amount: Amount, names: Names) -> Move | None:
    """The step to a new price from the present price of the one plan that is named."""
    plans = plans_in(part, names)
    lead = part.within(amount.start - 16, amount.start).first(NEW_PRICE)
    if amount.unit != "dollars" or lead is None or len(plans) != 1:
        return None
    old = next(plan.price_dollars for plan in names.plans if plan.name == plans[0])
    size = round(amount.monthly - old, 2)
    return Move(size, amount, hull(lead, (amount.start, amount.end), part.first(STRONG)), size > 0)


def _by_an_amount(part: Passage, amount: Amount) -> Move | None:
    if part.within(amount.start - 16, amount.start).has(TARGET):
        return None
    sign = part.within(amount.start - 1, amount.start).first(SIGN)
    word, rising = (sign, sign.group() == "+") if sign else _direction(part, amount)
    if word is None or (not rising and part.has(DISCOUNT_ENDS)):
        return None
    size = amount.monthly if rising else -amount.monthly
    return Move(size, amount, hull(word, (amount.start, amount.end), _object(part, word)), rising)


def _by_as_much_again(
    part: Passage, amount: Amount, names: Names, before: Move | None
) -> Move | None:
    """The verb of the part before still holds: "cut Powder by $10 and Summit by $15"."""
    if before is None or not plans_in(part, names):
        return None
    size = amount.monthly if before.rising else -amount.monthly
    return Move(size, amount, (amount.start, amount.end), before.rising)


def _direction(part: Passage, amount: Amount) -> tuple[re.Match[str] | None, bool]:
    """The word that says where the price goes, and whether that is up.

    A noun right after the amount ("a 5 % discount") decides, then the last strong verb before it,
    then whatever word lies nearest.
    """
    after = part.within(amount.end, amount.end + 24)
    ahead = part.within(amount.start - 80, amount.start)
    nouns = [(m, up) for p, up in ((RISE_AFTER, True), (CUT_AFTER, False)) if (m := after.first(p))]
    nouns = [(m, up) for m, up in nouns if m.start() <= amount.end + NEXT_WORD]
    verbs = [(m, bool(RISING.match(m.group()))) for m in ahead.every(STRONG)]
    near = part.within(amount.start - 80, amount.end + 80)
    others = [
        (m, up)
        for p, up in ((RISE, True), (CUT, False))
        if (m := nearest(near, p, amount.start)) is not None
    ]
    if nouns:
        return min(nouns, key=lambda found: found[0].start())
    if verbs:
        return verbs[-1]
    return min(
        others, key=lambda found: abs(found[0].start() - amount.start), default=(None, False)
    )


def _object(part: Passage, word: re.Match[str]) -> re.Match[str] | None:
    """The price that moves, if it is named near the word that moves it."""
    return nearest(part.within(word.start() - 40, word.end() + 40), PRICE, word.start())


def _scope_words(part: Passage) -> re.Match[str] | None:
    return part.first(SCOPED) if scope_of(part) != "all" else None


def _price_change(part: Passage, move: Move, names: Names) -> PriceChange:
    aside = part.within(move.amount.end, part.end).first(JOINT)
    told = part.within(part.start, aside.start() if aside else part.end)
    size = move.size * share_of_year(limited_months(told))
    dollars = move.amount.unit == "dollars"
    return PriceChange(
        amount_dollars=round(size, 2) if dollars else None,
        percent=None if dollars else round(size, 2),
        per_line=dollars and (move.amount.per_line or part.has(PER_LINE)),
        recurring=not part.has(ONE_OFF),
        plans=plans_in(part, names),
        scope=scope_of(part),
    )


def _credit(part: Passage, amount: Amount, names: Names) -> Credit:
    months = limited_months(part) or (YEAR_MONTHS if part.has(EACH_MONTH) else 1)
    return Credit(
        amount_dollars=amount.monthly,
        months=months,
        plans=plans_in(part, names),
        scope=scope_of(part),
    )


def _reward(part: Passage, amount: Amount, tenure: re.Match[str] | None) -> LoyaltyReward:
    months = limited_months(part) or YEAR_MONTHS
    stayed = number(tenure["count"]) * MONTHS[tenure["unit"].lower()] if tenure else 0
    return LoyaltyReward(
        worth_dollars=round(amount.value * (months if part.has(EACH_MONTH) else 1), 2),
        min_tenure_months=round(stayed),
    )


def _tenure(part: Passage) -> re.Match[str] | None:
    """How long customers have stayed: "2+ years", "more than 18 months", "five years or more"."""
    for time in part.every(TIME):
        if time["unit"].lower() not in MONTHS:
            continue
        ahead = part.within(time.start() - 24, time.start())
        after = part.within(time.end(), time.end() + 14)
        open_ended = "+" in time.group() or " or more" in time.group().lower()
        if open_ended or WITH_US.match(after.text, after.start, after.end) or ahead.has(SINCE):
            return time
    return None
