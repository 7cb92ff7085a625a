"""What was said in a conversation is told again, and only that."""

from __future__ import annotations

import pytest

from domain.interview.conversations import Turn
from domain.interview.recall import recall
from domain.reactions import Reaction
from domain.scenarios.scenario import Scenario
from tests.fakes.simulations import a_reaction

RISE = "Prices go up by $5 a month."
GIFT = "Everybody gets free music."


def reacted(index: int, text: str, sentiment: float = -0.5) -> Turn:
    reaction = a_reaction().model_copy(update={"sentiment_score": sentiment})
    return Turn(index=index, scenario=Scenario(text=text), reply=reaction)


TURNS = (reacted(0, RISE), reacted(1, GIFT, 0.6))


def said(turn: Turn) -> Reaction:
    assert turn.reaction is not None
    return turn.reaction


@pytest.mark.parametrize(
    ("question", "words", "turns"),
    [
        ("What did I ask before?", RISE, (0, 1)),
        ("What have we talked about so far?", GIFT, (0, 1)),
        ("What was my first question?", RISE, (0,)),
        ("What did you say about the music?", GIFT, (1,)),
        ("You said something about prices, say that again", RISE, (0,)),
        ("Which one do you like better?", f'I like "{GIFT}" best', (0, 1)),
        ("Why?", said(TURNS[1]).reasoning, (1,)),
        ("And why is that?", said(TURNS[1]).reasoning, (1,)),
        ("What would change your mind?", said(TURNS[1]).what_would_change_mind, (1,)),
    ],
)
def test_a_reference_is_answered_from_the_turns(
    question: str, words: str, turns: tuple[int, ...]
) -> None:
    recalled = recall(question, TURNS)
    assert recalled is not None
    assert words in recalled.text
    assert recalled.turns == turns


@pytest.mark.parametrize(
    "question",
    [
        "Why do you stay with us?",
        "What would make you leave us?",
        "Do you like streaming?",
        "How long have you been a customer before you moved?",
        "Which plan are you on?",
    ],
)
def test_a_question_about_anything_else_is_not_taken_for_a_reference(question: str) -> None:
    assert recall(question, TURNS) is None


@pytest.mark.parametrize("question", ["What did I ask before?", "You said you'd leave: why?"])
def test_nothing_is_remembered_that_was_not_said(question: str) -> None:
    recalled = recall(question, ())
    assert recalled is not None
    assert (recalled.turns, "first turn" in recalled.text) == ((), True)


def test_words_put_into_its_mouth_are_set_right() -> None:
    recalled = recall("You said you would upgrade, right?", TURNS[:1])
    assert recalled is not None
    assert recalled.text.startswith("Not quite")
    assert said(TURNS[0]).reasoning in recalled.text


def test_a_long_conversation_is_told_shortly() -> None:
    turns = [reacted(i, f"{i} " + "very long words " * 500) for i in range(50)]
    for question in ("What did I ask before?", "What did you say?", "Why?"):
        recalled = recall(question, turns)
        assert recalled is not None
        assert len(recalled.text) <= 2_000
