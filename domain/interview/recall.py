"""Recall: what a persona said earlier in a conversation, repeated or in other words, offline.

Nothing here is a language model, and nothing is recalled that is not in the stored turns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from domain.engines import DOINGS
from domain.evidence import most_relevant
from domain.interview.conversations import Turn
from domain.reactions import Action, Answer, Evidence, Reaction

MOST_LISTED = 6  # turns listed in one answer; of more the latest
LONGEST_QUOTE = 160  # characters of one thing said

_ASKED = re.compile(
    r"\bwhat (?:else )?(?:did|have) (?:i|we) (?:just |already )?"
    r"(?:ask|put|say|said|tell|told|talk|discuss)"
    r"|\bwhat (?:was|were) my (?:first |last |previous |earlier )?(?:question|scenario|offer)"
    r"|\bwhat did we (?:talk|speak) about\b|\bremind me what\b|\bdo you remember\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\bwhat (?:did|have) you (?:just |already )?(?:say|said|answer|tell|told|think of (?:it|that))"
    r"|\bwhat (?:was|were) your (?:first |last |previous |earlier )?(?:answers?|reactions?|words)"
    r"|\b(?:you|you've|you have) (?:just |also |already )?(?:said|told|mentioned|claimed)\b"
    r"|\b(?:earlier|a moment ago),? you\b|\bsay (?:that|it) again\b|\brepeat (?:that|it)\b",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|well)\W+)?(?:why(?: is that| so| not| that)?|how come|"
    r"why (?:do|would|did) you (?:say|think|feel|react)\b[^.?!]*)\W*$",
    re.IGNORECASE,
)
_COMPARE = re.compile(
    r"\bwhich (?:one|of (?:them|those|these|the two)|scenario|offer|do you|did you|would you) "
    r".{0,40}\b(?:like|prefer|better|best|worse|worst|rather|hate|mind)",
    re.IGNORECASE,
)
_MIND = re.compile(r"\bwhat (?:would|could|might) change your mind\b", re.IGNORECASE)
_FIRST = re.compile(r"\bfirst\b", re.IGNORECASE)

_CLAIMS: tuple[tuple[re.Pattern[str], Action], ...] = (
    (re.compile(r"\bthreaten", re.IGNORECASE), Action.THREATEN_CHURN),
    (re.compile(r"\b(?:leav|left|cancel|switch|quit|go to|churn)", re.IGNORECASE), Action.CHURN),
    (re.compile(r"\bcomplain", re.IGNORECASE), Action.COMPLAIN),
    (re.compile(r"\b(?:upgrad|bigger plan)", re.IGNORECASE), Action.UPGRADE),
    (re.compile(r"\b(?:downgrad|smaller plan)", re.IGNORECASE), Action.DOWNGRADE),
    (re.compile(r"\b(?:accept|take it|agree)", re.IGNORECASE), Action.ACCEPT),
    (re.compile(r"\b(?:ignore|do nothing|not care)", re.IGNORECASE), Action.IGNORE),
)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is said of earlier turns, and the indices of those it rests on."""

    text: str
    turns: tuple[int, ...]


def recall(question: str, turns: Sequence[Turn]) -> Recalled | None:
    """The answer to a question about the conversation itself; None when it is about anything else.

    Without turns nothing can be referred to, and what is asked all the same is answered so.
    """
    for pattern, answer in _ANSWERS:
        if pattern.search(question):
            return answer(question, turns) if turns else _NOTHING_YET
    return None


def _answer_asked(question: str, turns: Sequence[Turn]) -> Recalled:
    listed = turns[:1] if _FIRST.search(question) else turns[-MOST_LISTED:]
    left_out = len(turns) - len(listed)
    quotes = "; ".join(f"({turn.index + 1}) {_quoted(turn.words)}" for turn in listed)
    more = f" Before these there were {left_out} more." if listed[0].index and left_out else ""
    return Recalled(f"You put to me: {quotes}.{more}", tuple(turn.index for turn in listed))


def _answer_said(question: str, turns: Sequence[Turn]) -> Recalled:
    turn = turns[0] if _FIRST.search(question) else _meant(question, turns)
    reaction = turn.reaction
    if reaction is not None and (claimed := _claimed(question)):
        return Recalled(f"{_on_claim(reaction, claimed)} {reaction.reasoning}", (turn.index,))
    return Recalled(
        f"To {_quoted(turn.words)} I said: {_quoted(_spoken(turn))}{_stance(reaction)}",
        (turn.index,),
    )


def _answer_why(question: str, turns: Sequence[Turn]) -> Recalled:
    turn = turns[-1]
    if turn.reaction is None:
        return Recalled(
            f"To {_quoted(turn.words)} I said what my figures and the words of my segment hold: "
            f"{_quoted(_spoken(turn))} They do not say why.",
            (turn.index,),
        )
    return Recalled(turn.reaction.reasoning, (turn.index,))


def _answer_mind(question: str, turns: Sequence[Turn]) -> Recalled:
    reacted = [turn for turn in turns if turn.reaction is not None]
    if not reacted:
        return Recalled("You have put no scenario to me yet that I could think again about.", ())
    turn = reacted[-1]
    assert turn.reaction is not None  # noqa: S101 - chosen so
    return Recalled(
        f"About {_quoted(turn.words)}: {turn.reaction.what_would_change_mind}", (turn.index,)
    )


def _answer_compared(question: str, turns: Sequence[Turn]) -> Recalled:
    reacted = [(turn, turn.reaction) for turn in turns if turn.reaction is not None]
    if len(reacted) < 2:
        return Recalled("You have not put two scenarios to me yet that I could compare.", ())
    ordered = sorted(reacted, key=lambda pair: (-pair[1].sentiment_score, pair[0].index))
    (best, liked), (worst, disliked) = ordered[0], ordered[-1]
    if liked.sentiment_score == disliked.sentiment_score:
        text = f"They are the same to me: my sentiment is {liked.sentiment_score:+.2f} for each."
    else:
        text = (
            f"I like {_quoted(best.words)} best, with a sentiment of {liked.sentiment_score:+.2f}, "
            f"and {_quoted(worst.words)} least, with {disliked.sentiment_score:+.2f}."
        )
    return Recalled(text, tuple(sorted((best.index, worst.index))))


def _meant(question: str, turns: Sequence[Turn]) -> Turn:
    """The turn that shares most telling words with the question, or else the latest reaction."""
    spoken = [
        Evidence(id=str(turn.index), source="turn", text=f"{turn.words} {_spoken(turn)}")
        for turn in reversed(turns)
    ]
    if not _claimed(question) and (found := most_relevant(question, spoken, 1)):
        return turns[int(found[0].id)]
    reacted = [turn for turn in turns if turn.reaction is not None]
    return (reacted or turns)[-1]


def _claimed(question: str) -> Action | None:
    return next((action for pattern, action in _CLAIMS if pattern.search(question)), None)


def _on_claim(reaction: Reaction, claimed: Action) -> str:
    """What is true of the action somebody says the persona named."""
    likely, chance = reaction.likely_action, reaction.action_probabilities[claimed]
    if likely is claimed:
        return f"Yes: most likely I would {DOINGS[claimed]}, with {chance:.0%}."
    return (
        f"Not quite: most likely I would {DOINGS[likely]}, with "
        f"{reaction.action_probability:.0%}; the chance that I {DOINGS[claimed]} is {chance:.0%}."
    )


def _stance(reaction: Reaction | None) -> str:
    if reaction is None:
        return ""
    return (
        f" Most likely I would {DOINGS[reaction.likely_action]}, with "
        f"{reaction.action_probability:.0%}."
    )


def _spoken(turn: Turn) -> str:
    match turn.reply:
        case Reaction():
            return turn.reply.initial_reaction
        case Answer():
            return turn.reply.text
        case _:
            assert_never(turn.reply)


def _quoted(text: str) -> str:
    plain = " ".join(text.split()).replace('"', "'")
    if len(plain) > LONGEST_QUOTE:
        plain = plain[: LONGEST_QUOTE - 1].rstrip() + "\u2026"
    return f'"{plain}"'


_NOTHING_YET = Recalled("Nothing was said before: this is the first turn of our conversation.", ())

# The first that fits answers.
_ANSWERS: tuple[tuple[re.Pattern[str], Callable[[str, Sequence[Turn]], Recalled]], ...] = (
    (_COMPARE, _answer_compared),
    (_ASKED, _answer_asked),
    (_SAID, _answer_said),
    (_WHY, _answer_why),
    (_MIND, _answer_mind),
)
