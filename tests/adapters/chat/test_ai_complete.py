"""AI_COMPLETE by the real connector on fakesnow, with a stand-in for the function itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.chat.ai_complete import MOST_PROMPTS, complete_all, statements_of
from domain.errors import (
    ChatBroken,
    ChatFailed,
    ChatRefused,
    ChatThrottled,
    ChatTimedOut,
    ReplyInvalid,
)
from domain.language_model.chat import Completion, Prompt
from domain.language_model.replies import reaction_schema
from tests.fakes.ai_server import AiServer

MODEL = "claude-haiku-4-5"
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


def prompt(*user: str) -> Prompt:
    return Prompt("Speak.", user)


def outcomes_of(ai: AiServer, *prompts: Prompt, model: str = MODEL) -> Sequence[object]:
    return complete_all(ai.sessions, model, prompts)


def kinds(outcomes: Sequence[object]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_many_prompts_come_back_in_their_order_each_asked_once(ai: AiServer) -> None:
    prompts = [prompt(f"Question {i}.") for i in range(100)]
    outcomes = outcomes_of(ai, *prompts)
    assert outcomes == [
        Completion(f"heard Speak.\n\nQuestion {i}.", MODEL, 130, 20) for i in range(100)
    ]
    assert len(ai.calls()) == 100


def test_a_prompt_is_bound_and_never_read_as_sql(ai: AiServer) -> None:
    hostile = """'); drop database ai; -- \\ " ? :1 %s {0} \n \u2028 héllo 你好"""
    outcomes_of(ai, prompt("One.", hostile))
    (call,) = ai.calls()
    assert call["prompt"] == f"Speak.\n\nOne.\n\n{hostile}"


def test_a_schema_goes_along_and_its_reply_comes_back_as_json(ai: AiServer) -> None:
    asked = replace(prompt('<<say: {"a": 1}>>'), schema=reaction_schema(), temperature=1.5)
    (outcome,) = outcomes_of(ai, asked)
    (call,) = ai.calls()
    assert isinstance(outcome, Completion)
    assert json.loads(outcome.text) == {"a": 1}
    assert call["response_format"] == {"type": "json", "schema": reaction_schema()}
    assert call["model_parameters"] == {"max_tokens": 900, "temperature": 1.0}
    assert call["show_details"] is True
    assert call["return_error_details"] is True


def test_a_model_that_reasons_gets_room_to_and_no_temperature(ai: AiServer) -> None:
    outcomes_of(ai, replace(prompt("One."), max_tokens=500), model="openai-gpt-5-mini")
    (call,) = ai.calls()
    assert call["model_parameters"] == {"max_tokens": 2_500}


def test_prompts_of_different_manners_become_separate_statements() -> None:
    one = prompt("One.")
    longer, colder = replace(one, max_tokens=1_800), replace(one, temperature=0.0)
    prompts = [one, replace(one, schema=SCHEMA), longer, colder] * 2
    positions = [positions for _, positions in statements_of(MODEL, prompts)]
    assert positions == [[0, 4], [1, 5], [2, 6], [3, 7]]


@pytest.mark.parametrize(("length", "most"), [(1, MOST_PROMPTS), (3_000_000, 2)])
def test_a_statement_has_limits(length: int, most: int) -> None:
    prompts = [prompt("x" * length)] * (2 * most + 1)
    sizes = [len(positions) for _, positions in statements_of(MODEL, prompts)]
    assert sizes == [most, most, 1]


def test_a_failing_row_fails_alone(ai: AiServer) -> None:
    outcomes = outcomes_of(
        ai, prompt("One."), prompt("<<error: budget exceeded>>"), prompt("Three.")
    )
    assert kinds(outcomes) == [Completion, ChatRefused, Completion]
    assert len(ai.calls()) == 3


def test_where_one_row_fails_the_statement_only_its_prompt_fails(ai: AiServer) -> None:
    prompts = [prompt(f"{i}") for i in range(7)]
    prompts[4] = prompt("<<error: max tokens of count exceeded>>")
    with ai.other_sessions(()) as unforgiving:
        outcomes = complete_all(unforgiving, MODEL, prompts)
    assert kinds(outcomes) == [*[Completion] * 4, ChatRefused, *[Completion] * 2]


@pytest.mark.parametrize("tokens", ["-5", "99999999999999999999"])
def test_tokens_that_cannot_be_true_count_as_the_most_they_can_have_been(
    ai: AiServer, tokens: str
) -> None:
    (outcome,) = outcomes_of(ai, prompt(f"<<tokens: {tokens}>>"))
    assert isinstance(outcome, Completion)
    assert (outcome.output_tokens, outcome.estimated, outcome.truncated) == (900, True, False)


def test_a_reply_that_used_up_its_tokens_is_marked(ai: AiServer) -> None:
    outcomes = outcomes_of(ai, prompt("<<tokens: 900>>"), prompt("<<tokens: 899>>"))
    assert [isinstance(s, Completion) and s.truncated for s in outcomes] == [True, False]


def test_nothing_whole_is_asked_for_more_briefly(ai: AiServer) -> None:
    cut = "json mode output validation error: unexpected end of JSON input"
    for refused in outcomes_of(ai, prompt("<<null>>"), prompt(f"<<error: {cut}>>")):
        assert isinstance(refused, ReplyInvalid)
        assert refused.truncated


REMOTE = "Request failed for external function COMPLETE$V6 with remote service error:"
FAULTS: dict[str, type[ChatFailed]] = {
    "all requests were throttled by remote service": ChatThrottled,
    f"{REMOTE} 429 'too many'": ChatThrottled,
    f'{REMOTE} 400 \'"unknown model \\"x\\""\'': ChatRefused,
    f"{REMOTE} 400 '\"invalid options object\"'": ChatRefused,
    "Model x is unavailable in your region": ChatRefused,
    "Over model context window": ChatRefused,
    "Insufficient privileges to operate on the function": ChatRefused,
    "budget exceeded": ChatRefused,
    "json mode output validation error: x": ReplyInvalid,
    f"{REMOTE} 503 'inference timed out'": ChatTimedOut,
    f"{REMOTE} 500 'oops'": ChatBroken,
    "something nobody has seen": ChatBroken,
}


@pytest.mark.parametrize("manner", ["error", "fail"])
@pytest.mark.parametrize("message", FAULTS)
def test_what_is_said_becomes_the_error_that_says_what_to_do(
    ai: AiServer, message: str, manner: str
) -> None:
    (failure,) = outcomes_of(ai, prompt(f"My secret. <<{manner}: {message}>>"))
    assert type(failure) is FAULTS[message]
    assert "secret" not in f"{failure!r}"
    assert message not in f"{failure!r}"


@pytest.mark.parametrize(
    ("message", "lasting"),
    [("unknown model x", True), ("budget exceeded", True), ("Over model context window", False)],
)
def test_a_refusal_says_whether_every_other_call_would_fare_the_same(
    ai: AiServer, message: str, lasting: bool
) -> None:
    (refused,) = outcomes_of(ai, prompt(f"<<error: {message}>>"))
    assert isinstance(refused, ChatRefused)
    assert refused.lasting is lasting


def test_sessions_that_ended_are_opened_anew(ai: AiServer) -> None:
    assert kinds(outcomes_of(ai, prompt("One."))) == [Completion]
    assert ai.server.end_every_session()
    assert kinds(outcomes_of(ai, prompt("Two."))) == [Completion]


def test_an_account_without_the_function_is_a_refusal_for_good(ai: AiServer) -> None:
    with ai.server.sessions() as bare:
        outcomes = complete_all(bare, MODEL, [prompt("One."), prompt("Two.")])
    assert [isinstance(s, ChatRefused) and s.lasting for s in outcomes] == [True, True]
