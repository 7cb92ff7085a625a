"""AI functions of a real Snowflake account, as CDT_SNOWFLAKE and CDT_MODEL settings name it.

Needs a warehouse and a role that may use AI functions; makes nothing. Costs a few cents of tokens.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import numpy as np
import pytest

from adapters.chat.ai_complete import complete_all
from adapters.embeddings.cortex_sql import CortexSqlEmbedder
from adapters.snowflake.sessions import Sessions
from api.settings import Settings
from api.wiring.open_snowflake import open_sessions
from domain.errors import ChatRefused
from domain.language_model.chat import Completion, Prompt
from domain.language_model.replies import reaction_schema

pytestmark = pytest.mark.skipif(
    os.environ.get("CDT_LIVE_SNOWFLAKE") != "1",
    reason="needs a Snowflake account: set CDT_LIVE_SNOWFLAKE=1 and the CDT_SNOWFLAKE settings",
)

MODEL = Settings().model
SYSTEM = "Answer as a customer of a mobile carrier, in one JSON object."


@pytest.fixture(scope="module")
def sessions() -> Iterator[Sessions]:
    with open_sessions(Settings()) as opened:
        yield opened


def asking(text: str, max_tokens: int = 900) -> Prompt:
    return Prompt(SYSTEM, (text,), reaction_schema(), max_tokens=max_tokens, temperature=0.0)


def test_a_schema_binds_every_reply_of_one_statement(sessions: Sessions) -> None:
    texts = ["Prices rise by $5.", """It's "free"; select ? %s {0}""", "你好"]
    for said in complete_all(sessions, MODEL, [asking(text) for text in texts]):
        assert isinstance(said, Completion), said
        assert '"likely_action"' in said.text
        assert min(said.input_tokens, said.output_tokens) > 0
        assert not said.truncated


def test_a_reply_without_a_schema_is_text(sessions: Sessions) -> None:
    (said,) = complete_all(sessions, MODEL, [Prompt("Say yes.", ("Now.",))])
    assert isinstance(said, Completion), said
    assert said.text


def test_a_model_that_does_not_exist_is_refused_for_good(sessions: Sessions) -> None:
    (said,) = complete_all(sessions, "nonesuch", [asking("Prices rise by $5.")])
    assert isinstance(said, ChatRefused), said
    assert said.lasting


@pytest.mark.parametrize("model", ["snowflake-arctic-embed-m-v1.5", "e5-base-v2"])
def test_what_is_meant_alike_is_near(sessions: Sessions, model: str) -> None:
    embedder = CortexSqlEmbedder(sessions, model)
    said = ["There is no signal in my valley.", "My bill went up again."]
    passages = asyncio.run(embedder.embed(said, "passage", deadline_seconds=60))
    query = asyncio.run(embedder.embed(["a price increase"], "query", deadline_seconds=60))
    assert passages.shape == (2, 768)
    np.testing.assert_allclose(np.linalg.norm(passages, axis=1), 1, rtol=1e-5)
    assert np.argmax(passages @ query[0]) == 1
