"""What every Embedder promises, put to each adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from pydantic import SecretStr

from adapters.chat.credentials import Token
from adapters.chat.http_transport import open_transport
from adapters.embeddings.cortex import CortexEmbedder
from adapters.embeddings.cortex_sql import CortexSqlEmbedder
from domain.errors import ChatRefused
from domain.evidence.ports import Embedder
from tests.fakes.ai_server import AiServer
from tests.fakes.chat_server import TOKEN, ChatServer, serving
from tests.fakes.embeddings import vector_of

pytestmark = pytest.mark.anyio

MODEL = "e5-base-v2"
TEXTS = ["My bill rose again", "No signal", """It's "fine"; select ? -- {0} %s""", "你好 é"]

Make = Callable[[str], Embedder]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["cortex", "cortex_sql"])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """An embedder of a model by this name."""
    if request.param == "cortex_sql":
        ai: AiServer = request.getfixturevalue("ai_server")
        yield lambda model: CortexSqlEmbedder(ai.sessions, model)
        return
    token = Token(SecretStr(TOKEN), "PROGRAMMATIC_ACCESS_TOKEN")
    async with serving(ChatServer()) as server, open_transport(4) as transport:
        yield lambda model: CortexEmbedder(transport, server.address, model, token)


async def test_each_text_has_a_row_of_length_one_in_its_place(make: Make) -> None:
    rows = await make(MODEL).embed(TEXTS, "passage", deadline_seconds=10)
    expected = np.array([vector_of(f"passage: {text}") for text in TEXTS], dtype=np.float32)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected, rtol=1e-6)


async def test_no_texts_need_no_model(make: Make) -> None:
    assert len(await make("unknown").embed([], "query", deadline_seconds=10)) == 0


async def test_more_texts_than_a_request_holds_are_sent_in_parts(make: Make) -> None:
    texts = [f"word{i % 7} word{i % 11}" for i in range(1_300)]
    rows = await make(MODEL).embed(texts, "query", deadline_seconds=30)
    (last,) = await make(MODEL).embed(texts[-1:], "query", deadline_seconds=30)
    assert rows.shape == (1_300, 8)
    np.testing.assert_array_equal(rows[-1], last)


async def test_texts_of_any_length_can_be_embedded(make: Make) -> None:
    rows = await make(MODEL).embed(["long " * 4_000], "query", deadline_seconds=10)
    assert rows.shape == (1, 8)


async def test_a_model_that_is_not_known_is_refused_for_good(make: Make) -> None:
    with pytest.raises(ChatRefused) as refused:
        await make("nonesuch").embed(["hello"], "query", deadline_seconds=10)
    assert refused.value.lasting
    assert "nonesuch" not in str(refused.value)
