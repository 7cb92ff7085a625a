from __future__ import annotations

import asyncio

import pytest

from domain.errors import ChatBroken, ChatFailed
from domain.evidence.lexical import BM25, ByWords
from domain.evidence.semantic import LEFT_ALONE_SECONDS, ByMeaning
from domain.reactions import Evidence
from tests.fakes.embeddings import WordEmbedder

pytestmark = pytest.mark.anyio

SAID = tuple(
    Evidence(id=str(i), source="s", text=text)
    for i, text in enumerate(["my bill rose again", "no signal here", "the bill rose"])
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Heard(list[ChatFailed]):
    """The failures a retriever told of."""


def by_meaning(embedder: WordEmbedder, heard: Heard | None = None) -> tuple[ByMeaning, Clock]:
    clock = Clock()
    told = Heard() if heard is None else heard
    return ByMeaning(embedder, ByWords(), told.append, clock), clock


async def test_the_nearest_in_meaning_come_first_and_the_model_is_named() -> None:
    retriever, _ = by_meaning(WordEmbedder())
    found = await retriever.find("the bill rose", SAID, 2)
    assert [piece.id for piece in found.evidence] == ["2", "0"]
    assert found.found_by == "cosine similarity, words"


async def test_words_of_the_segment_are_embedded_once_and_a_text_once() -> None:
    embedder = WordEmbedder()
    retriever, _ = by_meaning(embedder)
    await asyncio.gather(*(retriever.find("the bill rose", SAID, 2) for _ in range(5)))
    await retriever.find("no signal", SAID, 2)
    assert [use for use, _ in embedder.asked] == ["query", "passage", "query"]


async def test_new_words_of_a_segment_are_embedded_anew() -> None:
    embedder = WordEmbedder()
    retriever, _ = by_meaning(embedder)
    await retriever.find("the bill rose", SAID, 1)
    found = await retriever.find("the bill rose", SAID[:2], 1)
    assert [piece.id for piece in found.evidence] == ["0"]
    assert [use for use, _ in embedder.asked].count("passage") == 2


async def test_only_so_many_texts_are_kept_those_asked_for_last() -> None:
    embedder = WordEmbedder()
    retriever, _ = by_meaning(embedder)
    for i in [*range(256), 0, 256, 0, 1]:
        await retriever.find(f"question {i}", SAID, 1)
    assert [use for use, _ in embedder.asked].count("query") == 258


async def test_without_an_embedding_words_are_compared_and_the_failure_is_told_once() -> None:
    heard = Heard()
    retriever, clock = by_meaning(WordEmbedder(ChatBroken("gone")), heard)
    await retriever.find("why did my bill rise", SAID, 2)
    clock.now += LEFT_ALONE_SECONDS + 1
    found = await retriever.find("why did my bill rise", SAID, 2)
    assert found == await ByWords().find("why did my bill rise", SAID, 2)
    assert found.found_by == BM25
    assert len(heard) == 1


async def test_a_failing_embedder_is_left_alone_and_tried_again_later() -> None:
    embedder = WordEmbedder(ChatBroken("gone"))
    retriever, clock = by_meaning(embedder)
    await retriever.find("the bill rose", SAID, 1)
    asked = len(embedder.asked)
    await retriever.find("the bill rose", SAID, 1)
    assert len(embedder.asked) == asked

    embedder.failure = None
    clock.now += LEFT_ALONE_SECONDS
    found = await retriever.find("the bill rose", SAID, 1)
    assert found.found_by == "cosine similarity, words"


async def test_a_segment_that_said_nothing_needs_no_model() -> None:
    embedder = WordEmbedder()
    retriever, _ = by_meaning(embedder)
    assert (await retriever.find("the bill rose", (), 2)).evidence == ()
    assert embedder.asked == []


async def test_whoever_stops_waiting_does_not_stop_the_others() -> None:
    embedder = WordEmbedder()
    embedder.gate.clear()
    retriever, _ = by_meaning(embedder)
    impatient = asyncio.create_task(retriever.find("the bill rose", SAID, 1))
    patient = asyncio.create_task(retriever.find("the bill rose", SAID, 1))
    await embedder.reached.wait()
    impatient.cancel()
    await asyncio.wait([impatient])
    embedder.gate.set()
    assert (await patient).evidence == (SAID[2],)
