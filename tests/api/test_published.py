from __future__ import annotations

import pytest
from pydantic import BaseModel

from api import published
from api.published import TAKEN_FOR_LIVE_SECONDS, Published
from domain.errors import NotFound

pytestmark = pytest.mark.anyio


class Text(BaseModel):
    words: str


class Shelf:
    """Builds with a clock; `made` are the texts that were written out, and of which build."""

    def __init__(self) -> None:
        self.version = "0001"
        self.now = 0.0
        self.made: list[str] = []

    def text(self) -> Text:
        self.made.append(self.version)
        return Text(words=f"of {self.version}")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def shown(shelf: Shelf) -> Published:
    return Published(shelf, clock=lambda: shelf.now)


async def test_what_a_build_shows_is_written_out_once(shelf: Shelf, shown: Published) -> None:
    first = await shown.tagged("a", shelf.text)
    shelf.now += 1
    again = await shown.tagged("a", shelf.text)

    assert shelf.made == ["0001"]
    assert first is again
    assert first.body == b'{"words":"of 0001"}'


async def test_another_build_is_noticed_and_has_another_etag(
    shelf: Shelf, shown: Published
) -> None:
    first = await shown.tagged("a", shelf.text)
    shelf.version, shelf.now = "0002", TAKEN_FOR_LIVE_SECONDS

    second = await shown.tagged("a", shelf.text)

    assert (first.body, second.body) == (b'{"words":"of 0001"}', b'{"words":"of 0002"}')
    assert first.etag != second.etag


async def test_a_failure_is_not_kept(shelf: Shelf, shown: Published) -> None:
    def nothing() -> Text:
        raise NotFound("text", "use another")

    with pytest.raises(NotFound):
        await shown.tagged("a", nothing)

    assert (await shown.tagged("a", shelf.text)).body == b'{"words":"of 0001"}'


async def test_what_was_not_asked_for_longest_goes_first(
    shelf: Shelf, shown: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "MOST_KEPT", 2)

    for name in ("a", "b", "a", "c", "a", "b"):
        await shown.tagged(name, shelf.text)

    assert len(shelf.made) == 4  # b went when c came
