"""The longest text that is taken, said over and over, keeps no reader busy for long."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from domain.errors import ReplyInvalid
from domain.interview.answer import answer
from domain.interview.follow_up import follow_up
from domain.interview.persona_identity import say_of_itself
from domain.interview.recall import recall
from domain.language_model.chat import Completion
from domain.language_model.replies import read_reaction, read_text, sentences_of
from domain.lever_parsing.parser import read_levers
from tests.fakes.customers import AS_OF, CARRIER, FakeCustomers
from tests.long import LONG

SCENARIO, QUESTION, REPLY = 20_000, 4_000, 1_000_000  # characters
MOST_GROWTH = 3.0  # times the CPU at twice the length; the square would be 4
AT_ONCE_SECONDS = 0.25  # below it, nobody waits for anybody
MOST_SECONDS = 1.0  # 0.35 at most where it was measured, on a machine shared by eight

PERSONA = FakeCustomers().personas()[0]
VERBATIMS = FakeCustomers().verbatims("S1")
SAID = (
    "!", " ", "a ", "\n", "(", '"', "\u2014 ", "\u00e9", ", ", ". ", "; ", "and ", "^ ",
    "$5 ", "5% ", "five ", "twenty-", "no ", "not ", "if ", "what if ", "Disney+ free, ",
    "get Disney+ and ", "Verizon offers $5 off. ", "Verizon $5 ", "from $5 to $6, ", "Powder, ",
    "$5/month on Powder, ", "credit $5 for 6 months ", "contract of 24 months, ",
    "throttle after 20 GB, ", "coverage worse ", "outage 5 hours, ", "launch Max at $30, ",
)  # fmt: skip
SIGNS = ("!", " ", "a ", "\n", '"', "\\", "{", "^ ", " ^", "1")


def _read(text: str) -> None:
    read_levers(text, CARRIER)


def _answered(text: str) -> None:
    answer(PERSONA, text, VERBATIMS, data_as_of=AS_OF)
    say_of_itself(PERSONA, text)
    recall(text, ())
    follow_up(text, (), CARRIER)


def _replied(text: str) -> None:
    for reply in (
        text,
        json.dumps({"answer": text}),
        f'{{"initial_reaction": {json.dumps(text)}}}',
    ):
        completion = Completion(text=reply, model="any")
        with suppress(ReplyInvalid):
            read_text(completion, "answer", frozenset())
        with suppress(ReplyInvalid):
            read_reaction(completion, frozenset())
    sentences_of(text)


CASES = [
    *(
        (_read, SCENARIO, begun, SAID)
        for begun in ("", "Verizon offers ", "Prices rise by $5 and ")
    ),
    *((_answered, QUESTION, begun, SAID) for begun in ("", "Hello ", "Why do you say ")),
    (_replied, REPLY, "", SIGNS),
]


@pytest.mark.parametrize(("reader", "longest", "begun", "again"), CASES)
def test_a_text_said_over_and_over_takes_time_in_proportion(
    reader: Callable[[str], None], longest: int, begun: str, again: Sequence[str]
) -> None:
    for said in again[:: 1 if LONG else 4]:
        taken = [_seconds(reader, begun, said, longest)]
        while min(taken) >= MOST_SECONDS and len(taken) < 4:
            taken.append(_seconds(reader, begun, said, longest))
        assert min(taken) < MOST_SECONDS, said
        if min(taken) > AT_ONCE_SECONDS:
            assert any(_growth(reader, begun, said, longest) < MOST_GROWTH for _ in range(4)), said


def _growth(reader: Callable[[str], None], begun: str, said: str, longest: int) -> float:
    half = _seconds(reader, begun, said, longest // 2)
    return _seconds(reader, begun, said, longest) / max(half, AT_ONCE_SECONDS / 10)


def _seconds(reader: Callable[[str], None], begun: str, said: str, longest: int) -> float:
    """Of this thread alone, without the collector: neither is the reader's own time."""
    text = (begun + said * (longest // len(said) + 1))[:longest]
    gc.disable()
    try:
        started = time.thread_time()
        reader(text)
        return time.thread_time() - started
    finally:
        gc.enable()
