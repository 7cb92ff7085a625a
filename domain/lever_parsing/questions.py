"""Questions: what to ask a marketer about words that no lever accounts for."""

from __future__ import annotations

import re

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
    ValueAdd,
    ValueRemoval,
)
from domain.scenarios import UnreadReason

EXCEPTION = re.compile(r"(?:all|every\w*(?: \w+)?|any\w*|each \w+|all \w+|no ?one|nobody) but\b|except|exclud", re.I)
STANDS_ALONE = re.compile(
    r"(?:customers?|subscribers?|users?|members?|accounts?|households?|people|those|anyone|everyone"
    r"|everybody|lines|whoever|only|most|some|many|half)\b", re.IGNORECASE)
PREPOSITION = re.compile(r"(?:in|on|for|of|to|from|across|outside|without|with|over|under|aged?)\b", re.I)


def question_about(
    reason: UnreadReason, kind: str, words: str, lever: AnyLever | None
) -> str:
    """One plain question that would tell what the words mean; `lever` is what they may bear on."""
    move = lever.describe() if lever else "this"
    match reason:
        case "limit":
            return _whom(kind, words, lever)
        case "money":
            return _money(words, lever)
        case "percentage":
            return f"What goes up or down by {words}, and for whom?"
        case "quantity":
            return f"What do customers have today, and what does {_quoted(words)} change for them?"
        case "condition":
            if kind == "indexed":
                return f"By how much do prices change in all, with {_quoted(words)} worked out?"
            return f"Does {_quoted(move)} hold for everyone, or only {_quoted(words)}, and how many are that?"
        case "negation":
            return _negation(kind, words, move)
        case "alternative":
            return f"Which one is meant by {_quoted(words)}? Alternatives are compared as scenarios of their own."
        case "range":
            return f"How much is it for most customers: which one amount stands for {_quoted(words)}?"
        case "time_span":
            if kind == "past":
                return f"Is {_quoted(move)} still to come, or did it happen ({_quoted(words)})?"
            return f"Does {_quoted(move)} have an end or a start that {_quoted(words)} tells, and what holds before and after it?"
        case "actor":
            return f"Whose move is {_quoted(words)}: yours, a rival's or somebody else's?"
        case "language":
            return "What does the text say in English?"


def _whom(kind: str, words: str, lever: AnyLever | None) -> str:
    if re.match(r"unless\b", words, re.IGNORECASE):
        return f"{_who(lever)}: everyone, or not those meant by {_quoted(words)}?"
    if kind == "except":
        if re.match(r"(?:except|exclud|apart|other|aside|with the)", words, re.IGNORECASE):
            return f"{_who(lever)}: everyone, or everyone {words}?"
        if EXCEPTION.match(words):
            return f"{_who(lever)}: everyone, or {_lower(words)}?"
        return f"{_who(lever)}, and who does not, given {_quoted(words)}?"
    if kind == "eligible":
        return f"{_who(lever)}: everyone, or only those meant by {_quoted(words)}?"
    if STANDS_ALONE.match(words) or kind == "share":
        return f"{_who(lever)}: everyone, or {_only(_lower(words))}?"
    if kind == "lines":
        return f"{_who(lever)}: everyone, or only customers with {_lower(words)}?"
    if kind in {"place", "plan", "age"}:
        joint = "" if PREPOSITION.match(words) or kind == "age" else ("on " if kind == "plan" else "in ")
        if re.search(r"customers|subscribers|users|plans?$", words):
            joint = ""
            return f"{_who(lever)}: everyone, or only {words}?"
        return f"{_who(lever)}: everyone, or only customers {joint}{_lower(words, keep=not PREPOSITION.match(words))}?"
    return f"{_who(lever)}: everyone, or only {_lower(words)}?"


def _only(words: str) -> str:
    return words if words.startswith("only") else f"only {words}"


def _who(lever: AnyLever | None) -> str:
    """The beginning of a question for whom a lever is meant."""
    match lever:
        case PriceChange():
            return f"Who pays {lever.describe()}"
        case ValueAdd():
            return f"Who gets {lever.describe()}"
        case ValueRemoval():
            return f"Who loses {lever.name}"
        case Credit() | LoyaltyReward():
            return f"Who gets {lever.describe()}"
        case NewPlan():
            return f"Who may take {lever.describe()}"
        case PolicyChange():
            return f"Who has {lever.describe()}"
        case NetworkChange():
            return f"Who has {lever.describe()}"
        case ContractChange():
            return f"Who has {lever.describe()}"
        case CompetitorOffer():
            return f"Who can have the offer of {lever.competitor}"
        case None:
            return "Whom does the move touch"


def _money(words: str, lever: AnyLever | None) -> str:
    if isinstance(lever, PolicyChange):
        return f"Who pays or loses the {words}, and how often? Only {_quoted(lever.describe())} was read."
    return f"What is the {words}: a price, a fee, a discount or a worth, who pays or gets it, and what is it in dollars a month?"


def _negation(kind: str, words: str, move: str) -> str:
    if kind in {"dropped", "doubted"}:
        return f"Is {_quoted(move)} going to happen, or not ({_quoted(words)})?"
    if kind == "lost":
        return f"Do customers get {_quoted(move)}, or lose it ({_quoted(words)})?"
    return f"What does {_quoted(words)} rule out: {_quoted(move)}, or something else?"


def _lower(words: str, *, keep: bool = False) -> str:
    return words if keep or words[:2].isupper() else words[0].lower() + words[1:]


def _quoted(words: str) -> str:
    return f"\u201c{words}\u201d"
