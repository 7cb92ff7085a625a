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
    "condition": "Does “{move}” hold for everyone, or only “{words}”, and how many are that?",
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
    "temporary": "How many months does “{move}” last, as it is “{words}”?",
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
    "exempt": "everyone but those of whom “{words}” is said",
    "eligible": "only those of whom “{words}” is said",
    "only": "{words}",
    "lines": "only customers with {words}",
    "at": "only customers {words}",
    "in": "only customers in {words}",
    "on": "only customers on {words}",
    "who": "only {words}",
}
PREPOSITION = re.compile(
    r"(?:in|on|for|of|to|from|across|outside|throughout|over|under|aged?|[0-9]|at)\b", re.IGNORECASE
)
LEFT_OUT = re.compile(r"except|excluding|apart|other|aside|with the", re.IGNORECASE)
ALL_BUT = re.compile(r"\b(?:all|every|any|each|no)\w{0,6}(?: \w{1,12}){0,2} but\b", re.IGNORECASE)
PEOPLE = re.compile(r"(?:customers|subscribers|users|accounts|plans?|lines)$", re.IGNORECASE)


def question_about(kind: str, words: str, lever: AnyLever | None) -> str:
    """One plain question that would tell what the words mean; `lever` is what they may bear on."""
    move = lever.describe() if lever else "the move"
    if kind == "money" and isinstance(lever, PolicyChange):
        return OF_A_RULE.format(words=words, move=move)
    if kind in QUESTIONS:
        return QUESTIONS[kind].format(words=words, move=move)
    return f"{_who(lever)}: everyone, or {_whom(kind, words)}?"


def _who(lever: AnyLever | None) -> str:
    if lever is None:
        return WHO_AT_ALL
    move = lever.name if isinstance(lever, ValueRemoval) else lever.describe()
    return WHO.get(lever.kind, WHO_HAS).format(move=move)


def _whom(kind: str, words: str) -> str:
    how = _how(kind, words)
    small = words if how in {"in", "on"} or words[:2].isupper() else words[0].lower() + words[1:]
    return LIMITS[how].format(words=small)


def _how(kind: str, words: str) -> str:
    """Which of LIMITS makes these words a group of customers."""
    if kind == "except":
        if LEFT_OUT.match(words):
            return "except"
        return "but" if ALL_BUT.match(words) else "exempt"
    if kind in {"only", "eligible", "lines"}:
        return kind
    if PEOPLE.search(words) and not PREPOSITION.match(words):
        return "who"
    if kind in {"place", "age", "plan"}:
        named = "on" if kind == "plan" else "in"
        return "at" if PREPOSITION.match(words) else named
    return "who"
