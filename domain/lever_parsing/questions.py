"""Questions: what to ask a marketer about words that no lever accounts for."""

from __future__ import annotations

import re

from domain.levers import AnyLever, PolicyChange, ValueRemoval

# By kind of word class. `move` is the lever that the words may bear on, as it describes itself.
QUESTIONS = {
    "money": "What is the {words}: a price, a fee, a discount or a worth? Who pays or gets it?",
    "percentage": "What goes up or down by {words}, and for whom?",
    "volume": "What do customers have today, and what does “{words}” change for them?",
    "count": "What does “{words}” change for customers, in dollars a month?",
    "condition": "Does “{move}” hold for everyone, or just {small}? How many are that?",
    "indexed": "By how much do prices change in all, with “{words}” worked out?",
    "dropped": "Is “{move}” going to happen, or not (“{words}”)?",
    "doubted": "Is “{move}” going to happen, or not (“{words}”)?",
    "lost": "Do customers get “{move}”, or lose it (“{words}”)?",
    "not": "What does “{words}” rule out: “{move}”, or something else?",
    "options": "Which one is meant by “{words}”? Alternatives are scenarios to compare.",
    "between": "Which one amount stands for “{words}” with most customers?",
    "from_to": "Which one amount stands for “{words}” with most customers?",
    "up_to": "Which one amount stands for “{words}” with most customers?",
    "past": "Is “{move}” still to come, or did it happen (“{words}”)?",
    "until": "What holds after “{words}”, and is “{move}” to be counted for that time alone?",
    "time": "What does “{words}” tell of “{move}”: its start, its end, or how often it comes?",
    "temporary": "How many months does “{move}” last, given “{words}”?",
    "actor": "Whose move is “{words}”: yours, a rival's or somebody else's?",
    "language": "What does the text say in English?",
}
OF_A_RULE = "Who pays or loses the {words}, and how often? Only “{move}” was read of it."
WHO = {
    "price_change": "Who pays {move}",
    "value_add": "Who gets {move}",
    "value_removal": "Who loses {move}",
    "credit": "Who gets {move}",
    "loyalty_reward": "Who gets {move}",
    "new_plan": "Who may take {move}",
    "competitor_offer": "Who can have {move}",
}
WHO_HAS = "Who has {move}"  # kinds of lever that are not in WHO
WHO_AT_ALL = "Whom does the move touch"
# By kind of limit: who it may be besides everyone.
LIMITS = {
    "except": "everyone {words}",
    "but": "{words}",
    "exempt": "not those meant by “{words}”",
    "eligible": "only those meant by “{words}”",
    "only": "{words}",
    "share": "{words}, and which",
    "lines": "only customers with {words}",
    "at": "only customers {words}",
    "in": "only customers in {words}",
    "on": "only customers on {words}",
    "who": "only {words}",
}
PREPOSITION = re.compile(
    r"(?:in|on|for|of|to|from|across|outside|throughout|over|under|aged?|[0-9]|at)\b", re.IGNORECASE
)
LEFT_OUT = re.compile(r"unless|except|excluding|apart|other|aside|with the", re.IGNORECASE)
ALL_BUT = re.compile(r"\b(?:all|every|any|each|no)\w{0,6}(?: \w{1,12}){0,2} but\b", re.IGNORECASE)
ACCOUNTS = re.compile(r"(?:accounts|customers|households)$", re.IGNORECASE)
PEOPLE = re.compile(r"(?:customers|subscribers|users|accounts|plans?|lines)$", re.IGNORECASE)


def question_about(kind: str, words: str, lever: AnyLever | None) -> str:
    """One plain question that would tell what the words mean; `lever` is what they may bear on."""
    move = lever.describe() if lever else "the move"
    if kind == "money" and isinstance(lever, PolicyChange):
        return OF_A_RULE.format(words=words, move=move)
    if kind in QUESTIONS:
        return QUESTIONS[kind].format(words=words, small=_small(words), move=move)
    return f"{_who(lever)}: everyone, or {_whom(kind, words)}?"


def _who(lever: AnyLever | None) -> str:
    if lever is None:
        return WHO_AT_ALL
    move = lever.name if isinstance(lever, ValueRemoval) else lever.describe()
    return WHO.get(lever.kind, WHO_HAS).format(move=move)


def _whom(kind: str, words: str) -> str:
    how = _how(kind, words)
    return LIMITS[how].format(words=words if how in {"in", "on"} else _small(words))


def _small(words: str) -> str:
    """The words without the capital of a sentence's beginning."""
    return words if words[:2].isupper() else words[0].lower() + words[1:]


def _how(kind: str, words: str) -> str:
    """Which of LIMITS makes these words a group of customers."""
    match kind:
        case "except" if LEFT_OUT.match(words):
            how = "except"
        case "except":
            how = "but" if ALL_BUT.match(words) else "exempt"
        case "lines" if ACCOUNTS.search(words):
            how = "who"
        case "only" | "eligible" | "share" | "lines":
            how = kind
        case "place" | "age" | "plan" if PREPOSITION.match(words):
            how = "at"
        case "place" | "plan" if not PEOPLE.search(words):
            how = "on" if kind == "plan" else "in"
        case _:
            how = "who"
    return how
