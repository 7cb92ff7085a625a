from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from adapters.chat.cache import caching
from domain.callers import working_for
from domain.errors import ReplyInvalid
from domain.language_model.chat import ChatModel, Completion, Prompt
from domain.language_model.prompts import OWN_SENTENCES, SHAPE
from domain.language_model.replies import ReactionReply, read_reaction
from domain.language_model.validated_reply import Exchange
from tests.fakes.chat_server import a_reply, truncated
from tests.fakes.chats import PROMPT, cortex, openai_compatible, opened

pytestmark = pytest.mark.anyio

GOOD = json.dumps(a_reply())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def ask(
    folder: Path, chat: ChatModel, prompt: Prompt = PROMPT, provider: str = "cortex here"
) -> tuple[ReactionReply, Exchange]:
    """A question with a cache that is opened for it, so that what is kept is on disk after it."""
    async with caching(chat, folder / "replies.sqlite3", 2**20, provider) as model:
        exchange = Exchange(model)
        return await exchange.until_valid(prompt, read), exchange


def read(completion: Completion) -> ReactionReply:
    return read_reaction(completion, OWN_SENTENCES)


async def test_the_same_is_asked_once_and_then_costs_nothing(tmp_path: Path) -> None:
    async with opened(cortex) as (chat, server):
        first, live = await ask(tmp_path, chat)
        again, completion = await ask(tmp_path, chat)
    assert again == first
    assert (live.cached, live.input_tokens) == (False, 130)
    assert (
        completion.cached,
        completion.input_tokens,
        completion.output_tokens,
        completion.attempts,
    ) == (True, 0, 0, 1)
    assert len(server.bodies) == 1


async def test_a_reply_is_not_given_to_another_tenant(tmp_path: Path) -> None:
    async with opened(cortex) as (chat, server):
        for tenant in ("brand", "rival", "brand"):
            working_for.set(tenant)
            await ask(tmp_path, chat)
    assert len(server.bodies) == 2


OTHERS = {
    "system": "Speak up.",
    "user": ("One.Two.",),
    "schema": SHAPE,
    "max_tokens": 901,
    "temperature": 0.0,
    "seed": 7,
}


def test_every_part_of_a_prompt_is_among_those_that_may_differ() -> None:
    assert {part.name for part in fields(Prompt)} == set(OTHERS)


@pytest.mark.parametrize("part", OTHERS)
async def test_whatever_differs_in_a_prompt_is_asked_anew(tmp_path: Path, part: str) -> None:
    other = replace(PROMPT, **{part: OTHERS[part]})  # type: ignore[arg-type]  # one field of six
    async with opened(cortex) as (chat, server):
        for prompt in (PROMPT, other, PROMPT, other):
            await ask(tmp_path, chat, prompt)
    assert len(server.bodies) == 2


async def test_another_model_or_provider_is_asked_anew(tmp_path: Path) -> None:
    asked = 0
    for make, provider in ((cortex, "here"), (cortex, "there"), (openai_compatible, "there")):
        async with opened(make) as (chat, server):
            await ask(tmp_path, chat, provider=provider)
            await ask(tmp_path, chat, provider=provider)
        asked += len(server.bodies)
    assert asked == 3


async def test_without_a_seed_each_reply_is_new(tmp_path: Path) -> None:
    async with opened(cortex) as (chat, server):
        for _ in range(2):
            await ask(tmp_path, chat, replace(PROMPT, seed=None))
    assert len(server.bodies) == 2


async def test_a_reply_that_took_corrections_is_given_without_them(tmp_path: Path) -> None:
    async with opened(cortex) as (chat, server):
        server.script.extend([truncated(GOOD), "I would rather not."])
        first, live = await ask(tmp_path, chat)
        again, completion = await ask(tmp_path, chat)
    assert (live.attempts, completion.attempts, again == first) == (3, 1, True)
    assert len(server.bodies) == 3


async def test_replies_that_were_refused_are_not_kept(tmp_path: Path) -> None:
    async with opened(cortex) as (chat, server):
        server.script.extend(["No.", truncated(GOOD), "No."])
        with pytest.raises(ReplyInvalid):
            await ask(tmp_path, chat)
        await ask(tmp_path, chat)
    assert len(server.bodies) == 4


async def test_a_reply_cut_short_is_not_kept_whoever_takes_it(tmp_path: Path) -> None:
    async with opened(cortex) as (chat, server):
        server.script.append(truncated(GOOD))
        async with caching(chat, tmp_path / "replies.sqlite3", 2**20, "here") as model:
            assert await Exchange(model).until_valid(PROMPT, lambda reply: reply.truncated)
        assert not (await ask(tmp_path, chat, provider="here"))[1].cached


async def test_a_kept_reply_that_is_no_longer_valid_is_replaced(tmp_path: Path) -> None:
    async with opened(cortex) as (chat, server):
        server.script.append("Old.")
        async with caching(chat, tmp_path / "replies.sqlite3", 2**20, "here") as model:
            await Exchange(model).until_valid(PROMPT, lambda reply: reply.text)
        _, exchange = await ask(tmp_path, chat, provider="here")
        _, completion = await ask(tmp_path, chat, provider="here")
    assert (exchange.cached, completion.cached, len(server.bodies)) == (False, True, 2)


async def test_a_file_that_cannot_be_used_fails_no_call(tmp_path: Path) -> None:
    (tmp_path / "replies.sqlite3").mkdir()
    async with opened(cortex) as (chat, server):
        for _ in range(2):
            await ask(tmp_path, chat)
    assert len(server.bodies) == 2
