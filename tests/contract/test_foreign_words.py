"""What a language model says becomes a value that can be sent and stored, or it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.chat.ai_complete import complete_all
from adapters.chat.completions import completion_of
from adapters.chat.http_transport import HttpReply
from adapters.snowflake.sessions import Session
from adapters.store import SqlSimulationStore, open_store
from domain.errors import ChatFailed, ReplyInvalid
from domain.interview.conversations import Retention, Turn
from domain.interview.converse import transcript
from domain.language_model.chat import Completion, Prompt
from domain.language_model.prompts import OWN_SENTENCES
from domain.language_model.replies import read_reaction, read_text
from domain.reactions import Answer, Reaction
from tests.fakes.chat_server import a_reply
from tests.fakes.customers import FakeCustomers
from tests.fakes.postgres import PostgresServer
from tests.fakes.simulations import a_reaction, a_request, finish, some_calls

PERSONA = FakeCustomers().personas()[0]
PROMPT = Prompt("Speak.", ("One.",))
RETENTION = Retention(most_turns=10**6, seconds=3600)
OFTEN = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ODD = (
    "\ud83d", "\ude00", "\ud83d\ude00", "\x00", "\x01", "\x7f", "\x85", "\x9f", "\ufdd0", "\ufffe",
    "\uffff", "\U0001fffe", "\U0010ffff", "\ufffd", "\ue000", "\U000f0000", "\u202e", "\u2028",
    "\u200d", "\ufeff", "\u0301" * 800, "\U000e0041", "\u1160", "^", "{", '"', "\\ud83d",
)  # fmt: skip
WORDS = st.one_of(
    st.text(st.characters(codec=None), max_size=40),
    st.lists(st.sampled_from(ODD) | st.just("Fine. "), max_size=6).map("".join),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlSimulationStore]:
    if request.param == "sqlite":
        opened = open_store(f"sqlite:///{tmp_path / 's.db'}", max_unfinished_calls=10**6)
        yield opened
        opened.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as name:
        opened = open_store(server.url(name), max_unfinished_calls=10**6)
        yield opened
        opened.close()


def by_http(text: str) -> Completion:
    message = {"message": {"role": "assistant", "content": text}}
    body = json.dumps({"choices": [message]}).encode()
    return completion_of(HttpReply(200, httpx.Headers(), body), "m", PROMPT, 900)


class OneRow:
    """Sessions of which every statement gives one row, with this reply in it."""

    def __init__(self, reply: str) -> None:
        self._reply = reply

    def retried(self, _: Callable[[Session], object]) -> list[dict[str, object]]:
        return [{"position": 0, "reply": self._reply}]


def by_sql(text: str, *, nested: bool) -> Completion:
    value = {"choices": [{"messages": text}], "usage": {}}
    reply = json.dumps({"value": json.dumps(value) if nested else value, "error": None})
    (outcome,) = complete_all(OneRow(reply), "m", [PROMPT])  # type: ignore[arg-type]
    if isinstance(outcome, ChatFailed):
        raise outcome
    return outcome


CARRIED: dict[str, Callable[[str], Completion]] = {
    "as it is": lambda text: Completion(text, "m"),
    "HTTP": by_http,
    "SQL": lambda text: by_sql(text, nested=False),
    "SQL, in a string": lambda text: by_sql(text, nested=True),
}
carried = pytest.mark.parametrize("carry", CARRIED.values(), ids=CARRIED)
escaped = pytest.mark.parametrize("escape", [True, False], ids=["escaped", "bare"])
numbers = count()


@carried
@escaped
@given(words=WORDS)
@OFTEN
def test_a_reaction_can_be_sent_and_stored_or_is_refused(
    store: SqlSimulationStore, carry: Callable[[str], Completion], escape: bool, words: str
) -> None:
    reply = json.dumps(a_reply(reasoning=words, sample_verbatim=words), ensure_ascii=escape)
    try:
        said = read_reaction(carry(reply), OWN_SENTENCES)
    except ReplyInvalid:
        return
    reaction = a_reaction().with_(reasoning=said.reasoning, sample_verbatim=said.sample_verbatim)
    assert Reaction.model_validate_json(reaction.model_dump_json().encode()) == reaction
    name = f"sim_{next(numbers)}"
    store.submit(name, a_request(), some_calls(1))
    (leased,) = store.claim("w", 1, 60)
    assert finish(store, leased, reaction, 1.0)
    assert store.records(name, 1)[0].reaction == reaction


@carried
@escaped
@given(words=WORDS)
@OFTEN
def test_a_turn_can_be_sent_stored_and_told_again_or_is_refused(
    store: SqlSimulationStore, carry: Callable[[str], Completion], escape: bool, words: str
) -> None:
    reply = json.dumps({"answer": words}, ensure_ascii=escape)
    try:
        text = read_text(carry(reply), "answer", OWN_SENTENCES)
    except ReplyInvalid:
        return
    answer = _answer().with_(text=text)
    turn = Turn(index=0, question="Why?", reply=answer)
    name = f"c{next(numbers)}"
    store.conversations.add(name, "ours", PERSONA, turn, RETENTION)
    (kept,) = store.conversations.turns(name, "ours", 1)
    assert kept == turn
    assert "\n".join(transcript([kept])).encode()


@pytest.mark.parametrize("words", ["\ud83d", "Bye \ude00.", "\x00", "\x85", "\ufffe", "\U0010ffff"])
def test_what_is_no_text_is_refused_in_words_fit_for_the_model(words: str) -> None:
    for reply in (
        json.dumps({"answer": f"Well {words} then"}),
        f'{{"answer": "Well {words} then"}}',
    ):
        for carry in CARRIED.values():
            with pytest.raises(ReplyInvalid) as refused:
                read_text(carry(reply), "answer", OWN_SENTENCES)
            assert words not in refused.value.fault


@pytest.mark.parametrize("words", ["\U0001f600", "\U0001f469\u200d\U0001f680", "\ue000", "e\u0301"])
def test_whole_characters_pass(words: str) -> None:
    for carry in CARRIED.values():
        assert read_text(carry(json.dumps({"answer": words})), "answer", OWN_SENTENCES) == words


def _answer() -> Answer:
    reaction = a_reaction()
    return Answer(
        persona_id=PERSONA.persona_id,
        segment_id=PERSONA.segment_id,
        question="Why?",
        text="So.",
        evidence=(),
        provenance=reaction.provenance,
    )
