"""Readers of money: price changes, credits and loyalty rewards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from domain.lever_parsing.names import (
    DURATION,
    POSTPAID,
    PREPAID,
    YEAR_MONTHS,
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
from domain.lever_parsing.price_moves import CUT_AFTER, PRICE, RISING, Move, move_of
from domain.lever_parsing.quantities import (
    MONEY,
    MONEY_OR_PERCENT,
    MONTHS,
    TIME,
    Amount,
    amounts,
    dollar_amounts,
    number,
)
from domain.lever_parsing.spans import CLAUSE_BREAK, Span, parts
from domain.lever_parsing.terms import FEES
from domain.levers import Credit, LoyaltyReward, PriceChange

NOT_PRICE = whole_words(
    r"coverage|speeds?|network|towers?|signal|data|gb|salar(?:y|ies)|wages?|staff|employees"
    r"|donat\w{1,4}|profits?|revenues?|dividends?|shares?|stock|invest\w{0,6}|satisfaction|churn"
    r"|traffic|usage|tax(?:es)?|inflation|cpi|costs|subscribers|sales|capacity|latency|minutes|app"
    r"|budget|nps|points?|battery|calls?"
)
OUR_COSTS = whole_words(r"our (?:\w{1,12} )?costs|inflation|cost of living|pay rise|wages|salaries")
STEADY = whole_words(
    r"stay(?:s|ing)?|remain(?:s|ing)?|unchanged|the same|keep(?:s|ing)?|hold(?:s|ing)?|frozen"
    r"|freez(?:e|es|ing)|guarantee[ds]?"
)
NEW_CUSTOMERS_ONLY = whole_words(r"new (?:customers?|subscribers?|joiners?)|switchers?")
OTHERS = whole_words(r"all|every\w{0,5}|each|others?|the rest")
ONE_OFF = whole_words(r"one[- ]?(?:time|off)|single|once")
PER_LINE = re.compile(r"/ ?line\b|\b(?:per|each|every|a) line\b", re.IGNORECASE)
SCOPED = re.compile(
    f"(?:{POSTPAID.pattern}|{PREPAID.pattern})(?: (?:plans?|customers?|lines?))?", re.IGNORECASE
)
LOYALTY = whole_words(
    r"loyal\w{0,5}|gift ?cards?|thank[- ]?yous?|anniversar(?:y|ies)|tenured?|rewards?"
)
EACH_MONTH = re.compile(
    r"/ ?mo(?:nth)?\b|\b(?:per|a|each|every) month\b|\bmonthly\b", re.IGNORECASE
)
MONEY_BACK = whole_words(
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


def read_money_back(clause: Span, names: CarrierNames) -> Iterator[Reading]:
    """Credits, refunds, discounts that end, and rewards for staying."""
    for part in parts(clause, MONEY, names.plan_words):
        sums = dollar_amounts(part)
        if not sums or negated(part, sums[0].start) or part.has(RISING):
            continue
        amount, tenure = sums[0], _tenure(part)
        loyal, back = (nearest_match(part, w, amount.start) for w in (LOYALTY, MONEY_BACK))
        off = part.within(amount.end, amount.end + 30).first(CUT_AFTER)
        span = (amount.start, amount.end)
        if loyal is not None or (tenure is not None and (back or off)):
            start, end = bounds(span, loyal, back, tenure, part.first(DURATION))
            yield Reading(start, end, partial(_reward, part, amount, tenure))
        elif back is not None or (off is not None and duration_months(part)):
            start, end = bounds(span, back, off, part.first(DURATION), part.first(ONE_OFF))
            yield Reading(start, end, partial(_credit, part, amount, names))


def read_price(clause: Span, names: CarrierNames) -> Iterator[Reading]:
    """What customers pay goes up or down: by an amount, by a percentage, or to a new price."""
    before: Move | None = None
    for part in parts(clause, MONEY_OR_PERCENT, names.plan_words):
        move = move_of(part, names, before) if _about_prices(part, names) else None
        if move is None or move.size == 0 or negated(part, move.span[0]):
            continue
        if before is not None and _says_it_again(part, move, before, names):
            continue
        before = move
        pieces = (*part.every(names.plan_words), part.first(DURATION), part.first(ONE_OFF))
        start, end = bounds(move.span, _scope_words(part), *pieces)
        yield Reading(start, end, partial(_price_change, part, move, names))


def _about_prices(part: Span, names: CarrierNames) -> bool:
    """Whether an amount in this part is what customers pay for what they have."""
    if part.has(FEES) or part.has(STEADY) or part.has(OUR_COSTS) or part.has(NEW_CUSTOMERS_ONLY):
        return False
    if any(part.has(words) for add_on, words in names.add_ons if add_on.brand):
        return False
    by_unit = any(a.per_month or a.per_line for a in amounts(part))
    by_word = part.has(PRICE) or part.has(names.plan_words)
    return by_unit or by_word or not part.has(NOT_PRICE)


def _says_it_again(part: Span, move: Move, before: Move, names: CarrierNames) -> bool:
    """Whether "costs $57, which is $2 more" says in its second part what the first comes to."""
    named_its_price = abs(before.size) != before.amount.monthly
    others = part.has(names.plan_words) or part.has(OTHERS)
    return named_its_price and move.size == before.size and not others


def _scope_words(part: Span) -> re.Match[str] | None:
    return part.first(SCOPED) if scope_of(part) != "all" else None


def _price_change(part: Span, move: Move, names: CarrierNames) -> PriceChange:
    clause_break = part.within(move.amount.end, part.end).first(CLAUSE_BREAK)
    clause = part.within(part.start, clause_break.start() if clause_break else part.end)
    size = move.size * share_of_year(duration_months(clause))
    dollars = move.amount.unit == "dollars"
    return PriceChange(
        amount_dollars=round(size, 2) if dollars else None,
        percent=None if dollars else round(size, 2),
        per_line=dollars and (move.amount.per_line or part.has(PER_LINE)),
        recurring=not part.has(ONE_OFF),
        plans=plans_in(part, names),
        scope=scope_of(part),
    )


def _credit(part: Span, amount: Amount, names: CarrierNames) -> Credit:
    months = duration_months(part) or (YEAR_MONTHS if part.has(EACH_MONTH) else 1)
    return Credit(
        amount_dollars=amount.monthly,
        months=months,
        plans=plans_in(part, names),
        scope=scope_of(part),
    )


def _reward(part: Span, amount: Amount, tenure: re.Match[str] | None) -> LoyaltyReward:
    months = duration_months(part) or YEAR_MONTHS
    tenure_months = number(tenure["count"]) * MONTHS[tenure["unit"].lower()] if tenure else 0
    return LoyaltyReward(
        worth_dollars=round(amount.value * (months if part.has(EACH_MONTH) else 1), 2),
        min_tenure_months=round(tenure_months),
    )


def _tenure(part: Span) -> re.Match[str] | None:
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
