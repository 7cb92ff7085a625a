from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from domain.customers.panel import Panel
from domain.engines.llm import ModelReactions
from domain.errors import ChatFailed, ChatRefused, ChatTimedOut, InvalidInput, ReplyInvalid
from domain.language_model.chat import Completion
from domain.language_model.prompts import PROMPT_HASH
from domain.levers import Credit
from domain.reactions import Action, Evidence, Reaction
from domain.scenarios.scenario import Audience, Scenario
from tests.fakes.chat_server import a_reply
from tests.fakes.chats import ScriptedChat
from tests.fakes.customers import AS_OF, FakeCustomers

pytestmark = pytest.mark.anyio

RISE = Scenario(text="We are raising prices by $5 a month.")
GOOD = json.dumps(a_reply())
BAD = "I would rather not."


class TalkativeCustomers(FakeCustomers):
    """Customers each of whose segments said something of its own about prices."""

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        return [Evidence(id=segment_id, source="calls", text=f"Prices bother us in {segment_id}.")]


CUSTOMERS = TalkativeCustomers()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def react(
    chat: ScriptedChat, scenario: Scenario = RISE, deadline_seconds: float = 10
) -> Reaction:
    engine = ModelReactions(CUSTOMERS, chat, deadline_seconds)
    return await engine.react(scenario, CUSTOMERS.personas()[0], Panel(), 7)


async def test_a_valid_reply_becomes_a_reaction_with_its_provenance() -> None:
    reaction = await react(ScriptedChat([GOOD]))
    assert reaction.likely_action is Action.COMPLAIN
    assert reaction.action_probability == pytest.approx(0.7)
    told = reaction.provenance
    assert (told.engine, told.model, told.seed) == ("llm", "scripted", 7)
    assert (told.prompt_hash, told.attempts) == (PROMPT_HASH, 1)
    assert (told.input_tokens, told.output_tokens) == (10, 5)
    assert (told.data_as_of, told.customers_asked) == (AS_OF, CUSTOMERS.personas()[0].customers)


async def test_what_a_model_says_is_no_business_figure() -> None:
    reaction = await react(ScriptedChat([GOOD]))
    assert reaction.effects is None
    assert reaction.drivers == ()


async def test_levers_are_read_from_the_text_or_taken_as_given() -> None:
    given = (Credit(amount_dollars=10),)
    assert (await react(ScriptedChat([GOOD]))).levers[0].kind == "price_change"
    told = await react(ScriptedChat([GOOD]), Scenario(text="A treat.", levers=given))
    assert told.levers == given
    assert told.measurable
    assert not (await react(ScriptedChat([GOOD]), Scenario(text="Hello there."))).measurable


async def test_only_words_of_the_personas_own_segment_are_shown_and_cited() -> None:
    chat = ScriptedChat([GOOD])
    reaction = await react(chat)
    own, *others = (persona.segment_id for persona in CUSTOMERS.personas())
    told = "\n".join([chat.prompts[0].system, *chat.prompts[0].user]).replace("^", " ")
    assert f"Prices bother us in {own}." in told
    assert not [other for other in others if f"Prices bother us in {other}." in told]
    assert [piece.id for piece in reaction.provenance.evidence] == [own]


async def test_a_bad_reply_is_asked_again_with_its_fault_and_all_is_counted() -> None:
    chat = ScriptedChat([BAD, json.dumps(a_reply(sentiment=400)), GOOD])
    reaction = await react(chat)
    assert reaction.provenance.attempts == 3
    assert reaction.provenance.input_tokens == 30
    assert "holds no JSON object" in chat.prompts[1].user[-1]
    assert "sentiment" in chat.prompts[2].user[-1]


async def test_after_three_bad_replies_it_fails_by_name() -> None:
    chat = ScriptedChat([BAD])
    with pytest.raises(ReplyInvalid, match="last of 3 replies"):
        await react(chat)
    assert len(chat.prompts) == 3


async def test_a_truncated_reply_is_asked_again_with_more_room() -> None:
    chat = ScriptedChat([Completion(text=GOOD, model="scripted", truncated=True), GOOD])
    await react(chat)
    assert chat.prompts[1].max_tokens == 2 * chat.prompts[0].max_tokens


@pytest.mark.parametrize("error", [ChatRefused("no", "pay", lasting=True), ChatTimedOut(1)])
async def test_other_failures_are_passed_on_at_once(error: ChatFailed) -> None:
    chat = ScriptedChat([error])
    with pytest.raises(type(error)):
        await react(chat)
    assert len(chat.prompts) == 1


async def test_all_attempts_share_one_deadline() -> None:
    chat = ScriptedChat([BAD, BAD, GOOD])
    await react(chat, deadline_seconds=10)
    first, second, third = chat.deadlines
    assert 10 >= first > second > third > 9
    with pytest.raises(ChatTimedOut):
        await react(chat, deadline_seconds=0)


async def test_a_panel_that_admits_nobody_costs_no_call() -> None:
    chat = ScriptedChat([GOOD])
    nobody = RISE.model_copy(update={"audience": Audience(min_tenure_months=600)})
    with pytest.raises(InvalidInput):
        await react(chat, nobody)
    assert not chat.prompts
