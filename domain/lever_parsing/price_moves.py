"""Price moves: how far a span says that prices go, and up or down."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.lever_parsing.names import CarrierNames, bounds, nearest_match, plans_in, whole_words
from domain.lever_parsing.quantities import EACH, Amount, amounts
from domain.lever_parsing.spans import Span

NEXT_WORD = 12  # chosen: characters in which a noun still belongs to the amount before it
STRONG_RISE = (
    r"rais(?:e|es|ed|ing)|increas(?:e|es|ed|ing)|hik(?:e|es|ed|ing)|ris(?:e|es|en|ing)|rose"
)
STRONG_CUT = (
    r"cut(?:s|ting)?|lower(?:s|ed|ing)?|reduc(?:e|es|ed|ing)|drop(?:s|ped|ping)?"
    r"|discount(?:s|ed|ing)?"
    r"|decreas(?:e|es|ed|ing)|slash(?:es|ed|ing)?|fall(?:s|en|ing)?|fell|sav(?:e|es|ing)"
)
RISING = whole_words(STRONG_RISE)
RISE_AFTER = whole_words(
    r"(?:price )?(?:increases?|rise|hike)|surcharge|charge|levy|more expensive|dearer|pricier"
    r"|higher"
)
CUT_AFTER = whole_words(
    r"(?:price )?(?:cut|reduction|decrease|drop)|off|cheaper|discount|less expensive|savings?"
    r"|lower"
)
RISE = whole_words(
    rf"{STRONG_RISE}|up(?! to)|upped|upward|bump(?:s|ed|ing)?|dearer|more|extra|add(?:s|ed|ing)?"
    r"|higher|surcharge|on top|additional(?= (?:US ?)?[$0-9])"
)
CUT = whole_words(
    rf"{STRONG_CUT}|cheaper|less|down|downward|off|reductions?|knock(?:s|ed|ing)?|tak(?:e|es|ing)"
)
STRONG = whole_words(f"{STRONG_RISE}|{STRONG_CUT}")
PRICE = whole_words(
    r"pric(?:es?|ed|ing)|rates?|bills?|plans?|charges?|tariffs?|subscriptions?|cheaper|dearer"
    r"|pricier|more expensive|discount(?:s|ed)?|off|hik(?:e|es|ed|ing)"
    r"|cost(?:s|ing)? (?:of|less|more)"
    r"|(?:monthly|service|access) fee|post-?paid|pre-?paid|sav(?:e|es|ing)|pay(?:s|ing)?"
)
DISCOUNT_ENDS = whole_words(
    r"discounts? (?:\w{1,10} ){0,3}(?:ends?|ended|ending|expires?|stops?|gone)"
    r"|(?:end|los|remov|scrap|withdraw|stop|cancel|eliminat)\w{0,4} (?:\S{1,14} ){0,5}discounts?"
)
# A price that is named, not a step: the new one of nobody knows what, or an old one
TARGET = re.compile(r"\b(?:to|at|from|than)(?: only| just)? $", re.IGNORECASE)
SIGN = re.compile(r"(?<!\w)[+\u2212-]$")  # "Powder +$5"
# Right after an amount, what makes it a step and no price: "Powder costs $2 more a month"
STEP = re.compile(
    r" (?:(?P<up>more(?! or less)|extra|additional|on top|up(?! (?:to|from|front))|higher|dearer"
    r"|pricier|above)"
    r"|less|cheaper|lower|off|down(?! (?:to|from|payment))|below)(?![\w-])"
    rf"(?: expensive)?(?P<each>{EACH})",
    re.IGNORECASE,
)
NEW_PRICE = re.compile(r"\b(?:to|costs?|be|is|now|becomes?)(?: only| just| now)? $", re.IGNORECASE)
FROM_OLD = re.compile(r"\bfrom (?:the )?(?:current |present )?$", re.IGNORECASE)
MOVES_BY = re.compile(
    rf"(?<!\w)(?:by|up|down|{STRONG_RISE}|{STRONG_CUT})(?: by)?(?: only| just)? $", re.IGNORECASE
)
TO_NEW = re.compile(r"^.{0,20}?(?:\bto\b|\u2192|->)", re.IGNORECASE | re.DOTALL)
OLD_AFTER_NEW = re.compile(
    r"^.{0,20}?(?:\binstead of|\b(?:up|down) from|\brather than|\bwas|\bformerly)\b.{0,6}$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Move:
    """How far the price goes, in the unit of the amount, and the words that say so."""

    size: float
    amount: Amount
    span: tuple[int, int]
    rising: bool


def move_of(part: Span, names: CarrierNames, before: Move | None) -> Move | None:
    """The move of a part of a clause, which may go on with the verb of the part before."""
    named = amounts(part)
    if not named:
        return None
    return (
        _between_two_prices(part, named)
        or _by_a_step(part, named[0])
        or _to_a_price(part, named[0], names)
        or _by_an_amount(part, named[0])
        or _by_as_much_again(part, named[0], names, before)
    )


def _between_two_prices(part: Span, named: list[Amount]) -> Move | None:
    """The step from $55 to $60, or to $60 instead of $55."""
    if len(named) < 2 or {a.unit for a in named[:2]} != {"dollars"}:
        return None
    first, second = named[:2]
    gap = part.text[first.end : second.start]
    from_old = part.within(first.start - 20, first.start).has(FROM_OLD)
    if OLD_AFTER_NEW.search(gap):
        old, new = second, first
    elif from_old or (TO_NEW.search(gap) and not _is_a_step(part, first, second)):
        old, new = first, second
    else:
        return None
    size = round(new.monthly - old.monthly, 2)
    verb = nearest_match(part.within(first.start - 60, second.end), STRONG, first.start)
    return Move(size, new, bounds((first.start, second.end), verb), size > 0)


def _is_a_step(part: Span, first: Amount, second: Amount) -> bool:
    """Whether "up $2 to $57" says by how much; nobody moves a price by half of what it becomes."""
    small = first.monthly < second.monthly / 2
    return small and part.within(first.start - 16, first.start).has(MOVES_BY)


def _by_a_step(part: Span, amount: Amount) -> Move | None:
    """What "costs $2 more" says, although a price might stand after "costs"."""
    lead = part.within(amount.start - 16, amount.start).first(NEW_PRICE)
    step = STEP.match(part.text, amount.end, part.end)
    if lead is None or step is None:
        return None
    rising, amount = step["up"] is not None, amount.each(step["each"])
    size = amount.monthly if rising else -amount.monthly
    return Move(size, amount, bounds(lead, (amount.start, amount.end), step), rising)


def _to_a_price(part: Span, amount: Amount, names: CarrierNames) -> Move | None:
    """The step to a new price from the present price of the one plan that is named."""
    plans = plans_in(part, names)
    lead = part.within(amount.start - 16, amount.start).first(NEW_PRICE)
    if amount.unit != "dollars" or lead is None or len(plans) != 1:
        return None
    old = next(plan.price_dollars for plan in names.plans if plan.name == plans[0])
    size = round(amount.monthly - old, 2)
    return Move(
        size, amount, bounds(lead, (amount.start, amount.end), part.first(STRONG)), size > 0
    )


def _by_an_amount(part: Span, amount: Amount) -> Move | None:
    if part.within(amount.start - 16, amount.start).has(TARGET):
        return None
    sign = part.within(amount.start - 1, amount.start).first(SIGN)
    word, rising = (sign, sign.group() == "+") if sign else _direction(part, amount)
    if word is None or (not rising and part.has(DISCOUNT_ENDS)):
        return None
    if step := STEP.match(part.text, amount.end, part.end):
        amount = amount.each(step["each"])
    size = amount.monthly if rising else -amount.monthly
    return Move(size, amount, bounds(word, (amount.start, amount.end), _object(part, word)), rising)


def _by_as_much_again(
    part: Span, amount: Amount, names: CarrierNames, before: Move | None
) -> Move | None:
    """The verb of the part before still holds: "cut Powder by $10 and Summit by $15"."""
    if before is None or not plans_in(part, names):
        return None
    size = amount.monthly if before.rising else -amount.monthly
    return Move(size, amount, (amount.start, amount.end), before.rising)


def _direction(part: Span, amount: Amount) -> tuple[re.Match[str] | None, bool]:
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
        if (m := nearest_match(near, p, amount.start)) is not None
    ]
    if nouns:
        return min(nouns, key=lambda noun: noun[0].start())
    if verbs:
        return verbs[-1]
    return min(others, key=lambda word: abs(word[0].start() - amount.start), default=(None, False))


def _object(part: Span, word: re.Match[str]) -> re.Match[str] | None:
    """The price that moves, if it is named near the word that moves it."""
    return nearest_match(part.within(word.start() - 40, word.end() + 40), PRICE, word.start())
