from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest

from domain.customers.panel import Panel
from domain.engines.grounded import GroundedReactions
from domain.errors import (
    ChatBroken,
    ChatFailed,
    ChatRefused,
    ChatThrottled,
    ChatTimedOut,
    ReplyInvalid,
)
from domain.personas.persona import Persona
from domain.reactions import ACTIONS, Action, Engine, Reaction
from domain.scenarios.scenario import Scenario
from tests.fakes.chat_server import a_reply
from tests.fakes.chats import ScriptedChat
from tests.fakes.customers import FakeCustomers
from tests.fakes.engines import AsksNoModel
from tests.fakes.simulations import a_reaction

pytestmark = pytest.mark.anyio

RISE = Scenario(text="We are raising prices by $5 a month.")
PERSONA = FakeCustomers().personas()[0]


class KnownNumbers(AsksNoModel):
    """An engine that always has the same numbers: unhappy, most of them complain."""

    engine: Engine = "choice"

    def __init__(self, *, measurable: bool = True, sentiment: float = -0.4) -> None:
        mix = dict.fromkeys(ACTIONS, 0.05) | {Action.COMPLAIN: 0.7}
        plain = a_reaction("As measured.").model_dump() | {
            "sentiment_score": sentiment,
            "likely_action": Action.COMPLAIN,
            "action_probability": 0.7,
            "action_probabilities": mix,
            "measurable": measurable,
        }
        self.reaction = Reaction.model_validate(plain)

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        return self.reaction


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def react(chat: ScriptedChat, numbers: KnownNumbers | None = None) -> Reaction:
    engine = GroundedReactions(numbers or KnownNumbers(), chat)
    return await engine.react(RISE, PERSONA, Panel(), 7)


async def test_numbers_stay_and_words_are_the_models() -> None:
    known = KnownNumbers().reaction
    reaction = await react(ScriptedChat([json.dumps(a_reply(sentiment=-90))]))
    assert reaction.initial_reaction == "Not again."
    assert reaction.sentiment_score == known.sentiment_score
    assert reaction.action_probabilities == known.action_probabilities
    assert reaction.effects == known.effects
    told = reaction.provenance
    assert (told.engine, told.model) == ("grounded", known.provenance.model)
    assert (told.words_by, told.attempts, told.input_tokens) == ("scripted", 1, 10)


async def test_the_model_is_told_the_numbers_it_must_agree_with() -> None:
    chat = ScriptedChat([json.dumps(a_reply())])
    await react(chat)
    told = chat.prompts[0].user[-2]
    assert '"sentiment": -40' in told
    assert '"likely_action": "COMPLAIN"' in told
    assert '"COMPLAIN": 70' in told


LEAVING: dict[str, object] = {"sample_verbatim": "I'm leaving, close my account."}
CONTRADICTIONS: dict[str, dict[str, object]] = {
    "action": {
        "likely_action": "ACCEPT",
        "action_chances": dict.fromkeys(ACTIONS, 0) | {"ACCEPT": 100},
    },
    "sign": {"sentiment": 60},
    "claim": LEAVING,
    "other claim": {"initial_reaction": "Lovely, sign me up!"},
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
async def test_words_against_the_numbers_are_asked_again(kind: str) -> None:
    contradicting = json.dumps(a_reply(**CONTRADICTIONS[kind]))
    chat = ScriptedChat([contradicting, json.dumps(a_reply())])
    reaction = await react(chat)
    assert reaction.provenance.attempts == 2
    assert reaction.initial_reaction == "Not again."


async def test_words_that_never_agree_are_replaced_and_marked() -> None:
    known = KnownNumbers().reaction
    reaction = await react(ScriptedChat([json.dumps(a_reply(**LEAVING))]))
    assert reaction.sample_verbatim == known.sample_verbatim
    assert reaction.provenance.words_by == reaction.provenance.model == known.provenance.model
    assert (reaction.provenance.attempts, reaction.provenance.input_tokens) == (3, 30)


async def test_near_indifference_the_sign_is_not_disputed() -> None:
    chat = ScriptedChat([json.dumps(a_reply(sentiment=15))])
    reaction = await react(chat, KnownNumbers(sentiment=-0.05))
    assert reaction.provenance.attempts == 1


async def test_where_nothing_was_measured_no_words_are_bought() -> None:
    chat = ScriptedChat([json.dumps(a_reply())])
    reaction = await react(chat, KnownNumbers(measurable=False))
    assert not chat.prompts
    assert reaction.provenance.engine == "grounded"
    assert reaction.provenance.words_by == reaction.provenance.model


@pytest.mark.parametrize(
    "failure",
    [
        ChatBroken("HTTP 500"),
        ChatThrottled(),
        ChatTimedOut(50),
        ChatRefused("no credit", "top it up", lasting=True),
        ReplyInvalid("no object"),
    ],
)
async def test_a_model_that_fails_leaves_the_numbers_and_is_told_of(failure: ChatFailed) -> None:
    reaction = await react(ScriptedChat([failure]))
    degraded = reaction.provenance.degraded
    assert degraded is not None
    assert degraded.code == failure.code
    assert reaction.initial_reaction == "As measured."
    assert reaction.provenance.attempts >= 1


async def test_a_model_that_does_not_keep_to_its_deadline_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("domain.language_model.validated_reply.GRACE_SECONDS", 0.01)
    chat = ScriptedChat([json.dumps(a_reply())])
    monkeypatch.setattr(chat, "complete", lambda *_, **__: asyncio.Event().wait())
    reaction = await GroundedReactions(KnownNumbers(), chat, 0.01).react(RISE, PERSONA, Panel(), 7)
    assert reaction.provenance.degraded is not None
    assert reaction.provenance.degraded.code == "chat_timed_out"
