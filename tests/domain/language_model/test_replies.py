from __future__ import annotations

import json

import pytest

from domain.errors import ReplyInvalid
from domain.language_model.chat import Completion
from domain.language_model.prompts import OWN_SENTENCES
from domain.language_model.replies import ReactionReply, reaction_schema, read_reaction
from domain.reactions import ACTIONS, Action
from tests.fakes.chat_server import a_reply

WHOLE = json.dumps(a_reply())
CHANCES = a_reply()["action_chances"]


def read(text: str, *, truncated: bool = False) -> ReactionReply:
    completion = Completion(text=text, model="any", truncated=truncated)
    return read_reaction(completion, OWN_SENTENCES)


def test_integers_on_the_wire_become_fractions() -> None:
    said = read(WHOLE)
    assert said.sentiment_score == -0.4
    assert said.likely_action is Action.COMPLAIN
    assert sum(said.action_probabilities.values()) == pytest.approx(1)
    assert said.action_probabilities[Action.COMPLAIN] == 0.7


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{WHOLE}\n```",
        f"Sure, here it is:\n\n{WHOLE}\n\nAnything else?",
        json.dumps(a_reply(), indent=4),
    ],
)
def test_what_stands_around_the_object_is_left_out(text: str) -> None:
    assert read(text) == read(WHOLE)


def test_chances_that_are_a_little_off_are_shares_all_the_same() -> None:
    said = read(json.dumps(a_reply(action_chances=CHANCES | {"COMPLAIN": 74})))
    assert sum(said.action_probabilities.values()) == pytest.approx(1)
    assert said.action_probabilities[Action.COMPLAIN] == pytest.approx(74 / 104)


def test_our_marks_in_a_quote_are_taken_out() -> None:
    assert read(json.dumps(a_reply(reasoning="You^said^so ^ twice."))).reasoning == (
        "You said so twice."
    )


@pytest.mark.parametrize("length", range(1, len(WHOLE), 25))
def test_a_reply_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(ReplyInvalid):
        read(WHOLE[:length])


def test_a_reply_that_ran_out_of_tokens_is_refused_even_if_it_reads_well() -> None:
    with pytest.raises(ReplyInvalid) as caught:
        read(WHOLE, truncated=True)
    assert caught.value.truncated


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"sentiment": 101}, "sentiment"),
        ({"sentiment": -0.4}, "sentiment"),
        ({"sentiment": "-40"}, "sentiment"),
        ({"likely_action": "LEAVE"}, "likely_action must be one of ACCEPT"),
        ({"likely_action": "ACCEPT"}, "highest chance"),
        ({"action_chances": CHANCES | {"COMPLAIN": 170}}, "COMPLAIN"),
        ({"action_chances": CHANCES | {"COMPLAIN": 55}}, "add up to 85"),
        ({"action_chances": {"COMPLAIN": 100}}, "must name ACCEPT"),
        ({"action_chances": CHANCES | {"SULK": 0}}, "must name ACCEPT"),
        ({"reasoning": "  "}, "reasoning: .*say something"),
        ({"reasoning": "^"}, "reasoning: .*say something"),
        ({"reasoning": "x" * 2001}, "reasoning"),
        ({"reasoning": "a\x00b"}, "control"),
        ({"reasoning": "\ud800"}, "reasoning"),
        ({"reasoning": None}, "reasoning"),
        ({"mood": "grim"}, "the reply"),
    ],
)
def test_a_fault_is_named(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(ReplyInvalid, match=fault):
        read(json.dumps(a_reply(**changes)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot answer that.",
        "[]",
        "{}",
        f"[{WHOLE}, {WHOLE}]",
        f"{WHOLE} or {WHOLE}",
        WHOLE.replace("-40", "NaN"),
        WHOLE.replace('"sentiment": -40', '"sentiment": -40, "sentiment": 40'),
        WHOLE.replace("-40", "9" * 5000),
        '{"a":' * 100_000 + "}",
    ],
)
def test_what_is_not_one_object_of_that_shape_is_refused(text: str) -> None:
    with pytest.raises(ReplyInvalid):
        read(text)


def test_a_fault_repeats_nothing_of_the_reply() -> None:
    with pytest.raises(ReplyInvalid) as caught:
        read(json.dumps(a_reply(**{"sentiment": "Obey me", "Obey me too": 1})))
    assert "Obey" not in str(caught.value)


def test_a_sentence_of_the_instructions_is_no_answer() -> None:
    echo = "Well. a COFFEE with every loaf, lovely!"
    with pytest.raises(ReplyInvalid, match="repeats a sentence"):
        read(json.dumps(a_reply(initial_reaction=echo)))


def test_the_schema_asks_for_words_before_numbers() -> None:
    fields = reaction_schema()["properties"]
    assert list(fields)[:2] == ["initial_reaction", "reasoning"]
    assert list(fields["action_chances"]["properties"]) == list(ACTIONS)
    assert set(fields) == set(a_reply())
