from __future__ import annotations

import pytest

from adapters.embeddings.cortex_sql import CortexSqlEmbedder
from domain.errors import ChatRefused, ChatTimedOut
from tests.fakes.ai_server import AiServer

pytestmark = pytest.mark.anyio

MODEL = "e5-base-v2"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_texts_are_bound_and_asked_by_one_statement(ai: AiServer) -> None:
    texts = [f"Text {i}, it's ?" for i in range(200)]
    await CortexSqlEmbedder(ai.sessions, MODEL).embed(texts, "passage", deadline_seconds=30)
    calls = ai.calls()
    assert [call["text"] for call in calls] == [f"passage: {text}" for text in texts]
    assert len({call["statement"] for call in calls}) == 1


async def test_an_account_without_the_function_is_a_refusal_for_good(ai: AiServer) -> None:
    with ai.server.sessions() as bare, pytest.raises(ChatRefused) as refused:
        await CortexSqlEmbedder(bare, MODEL).embed(["one"], "query", deadline_seconds=10)
    assert refused.value.lasting


async def test_waiting_for_a_session_ends_with_the_deadline(ai: AiServer) -> None:
    with ai.other_sessions(()) as only:
        embedder = CortexSqlEmbedder(only, MODEL)
        with only.session(), pytest.raises(ChatTimedOut):
            await embedder.embed(["one"], "query", deadline_seconds=0.2)
        assert len(await embedder.embed(["one"], "query", deadline_seconds=10)) == 1
