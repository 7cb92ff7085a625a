from __future__ import annotations

import pytest

from api.representations import etag_cache
from api.representations.etag_cache import TAKEN_FOR_LIVE_SECONDS, EtagCache, Tagged
from domain.errors import NotFound

pytestmark = pytest.mark.anyio

A = ("/a", b"")


class Shelf:
    """Builds with a clock; `made` are the texts that were written out, and of which build."""

    def __init__(self) -> None:
        self.version = "0001"
        self.now = 0.0
        self.made: list[str] = []

    def text(self) -> Tagged:
        self.made.append(self.version)
        return Tagged.of(f"of {self.version}".encode())


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def shown(shelf: Shelf) -> EtagCache:
    return EtagCache(shelf, clock=lambda: shelf.now)


async def test_what_a_build_shows_is_written_out_once(shelf: Shelf, shown: EtagCache) -> None:
    first = await shown.tagged(A, shelf.text)
    shelf.now += 1
    again = await shown.tagged(A, shelf.text)

    assert shelf.made == ["0001"]
    assert first is again
    assert first.body == b"of 0001"


async def test_another_build_is_noticed_and_has_another_etag(
    shelf: Shelf, shown: EtagCache
) -> None:
    first = await shown.tagged(A, shelf.text)
    shelf.version, shelf.now = "0002", TAKEN_FOR_LIVE_SECONDS

    second = await shown.tagged(A, shelf.text)

    assert (first.body, second.body) == (b"of 0001", b"of 0002")
    assert first.etag != second.etag


async def test_a_failure_is_not_kept(shelf: Shelf, shown: EtagCache) -> None:
    def nothing() -> Tagged:
        raise NotFound("text", "use another")

    with pytest.raises(NotFound):
        await shown.tagged(A, nothing)

    assert (await shown.tagged(A, shelf.text)).body == b"of 0001"


async def test_what_was_not_asked_for_longest_goes_first(
    shelf: Shelf, shown: EtagCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(etag_cache, "MOST_KEPT", 2)

    for name in ("a", "b", "a", "c", "a", "b"):
        await shown.tagged((f"/{name}", b""), shelf.text)

    assert len(shelf.made) == 4  # b went when c came


async def test_nothing_is_ready_once_the_build_has_to_be_looked_for_again(
    shelf: Shelf, shown: EtagCache
) -> None:
    assert shown.ready(A) is None
    made = await shown.tagged(A, shelf.text)
    assert shown.ready(A) is made
    shelf.now += TAKEN_FOR_LIVE_SECONDS
    assert shown.ready(A) is None
