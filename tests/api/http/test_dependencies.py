from __future__ import annotations

import pytest

from api.http.dependencies import PageWanted, paged, quality, read_cursor, write_cursor
from api.representations.problems import Refused
from tests.fakes.customers import FakeCustomers


@pytest.mark.parametrize(
    ("header", "admits"),
    [
        ("*/*", True),
        ("", True),
        ("application/json", True),
        ("text/html, application/*;q=0.5", True),
        ("text/html", False),
        ("application/json;q=0, */*", False),
        ("text/html, */*;q=0", False),
        ("application/json;q=often", False),
    ],
)
def test_the_most_specific_range_of_accept_decides(header: str, admits: bool) -> None:
    assert (quality(header, "application/json") > 0) is admits


@pytest.mark.parametrize("key", ["S1", "1764000000000000.sim_0", "caf\u00e9"])
def test_a_cursor_gives_back_its_key(key: str) -> None:
    assert read_cursor(write_cursor(key)) == key


@pytest.mark.parametrize("cursor", ["!", "_w", "caf\u00e9", "a", "=", "YQ YQ"])
def test_a_cursor_nobody_gave_out_is_refused(cursor: str) -> None:
    with pytest.raises(Refused, match="cursor"):
        read_cursor(cursor)


@pytest.mark.parametrize("limit", [1, 3, 8, 100])
def test_pages_together_are_the_whole_list(limit: int) -> None:
    segments = FakeCustomers().segments()
    seen: list[str] = []
    after: str | None = None
    while True:
        page = paged(segments, lambda segment: segment.id, PageWanted(limit, after))
        seen += [segment.id for segment in page.items]
        if page.next_cursor is None:
            break
        after = read_cursor(page.next_cursor)
    assert seen == [segment.id for segment in segments]
