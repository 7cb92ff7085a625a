"""Cortex embeddings over SQL: one statement for many texts.

AI_EMBED gives a VECTOR, which the connector may hand over in more than one form; cast to an array
it comes as JSON. It has no way to fail for one row alone.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pydantic import TypeAdapter, ValidationError

from adapters.chat.sql_failures import failure_of_statement
from adapters.embeddings.texts import batches, prefixed_texts, unit_rows
from adapters.rows import Cell
from adapters.snowflake.sessions import Sessions
from domain.errors import ChatBroken, ChatTimedOut, Unavailable
from domain.evidence import Embeddings, Use

MOST_TEXTS = 1_024  # of one statement; chosen
STATEMENTS = 2  # at once, each with a thread and a session

STATEMENT = """
select
    asked.index as position,
    ai_embed(?, asked.value::varchar)::array as embedding
from table(flatten(input => parse_json(?))) as asked
"""

_Vector = TypeAdapter(list[float])


class CortexSqlEmbedder:
    """An embedding model asked by SQL; see Embedder.

    Statements have threads of their own, so that slow ones hold up nothing else. One that is given
    up runs on, up to the session's own limit.
    """

    def __init__(self, sessions: Sessions, model: str, statements: int = STATEMENTS) -> None:
        self._sessions = sessions
        self._model = model
        self._threads = ThreadPoolExecutor(statements, thread_name_prefix="ai-embed")

    @property
    def model(self) -> str:
        """See Embedder."""
        return self._model

    async def embed(self, texts: Sequence[str], use: Use, *, deadline_seconds: float) -> Embeddings:
        """See Embedder."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(deadline_seconds):
                return await loop.run_in_executor(self._threads, self._embed, texts, use)
        except TimeoutError as error:
            raise ChatTimedOut(deadline_seconds) from error

    def close(self) -> None:
        """Start no more statements; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _embed(self, texts: Sequence[str], use: Use) -> Embeddings:
        written = prefixed_texts(self._model, texts, use)
        vectors = [
            vector for batch in batches(written, MOST_TEXTS) for vector in self._vectors(batch)
        ]
        return unit_rows(vectors, len(texts))

    def _vectors(self, batch: Sequence[str]) -> list[list[float]]:
        started = time.monotonic()
        try:
            rows = self._sessions.rows(STATEMENT, [self._model, json.dumps(batch)])
        except Unavailable as refused:
            raise failure_of_statement(refused, time.monotonic() - started) from refused
        found = {row["position"]: row["embedding"] for row in rows}
        return [_vector(found.get(i)) for i in range(len(batch))]


def _vector(cell: Cell) -> list[float]:
    try:
        return _Vector.validate_json(cell if isinstance(cell, str) else "null")
    except ValidationError as error:
        raise ChatBroken("its answer holds no embedding for a text") from error
