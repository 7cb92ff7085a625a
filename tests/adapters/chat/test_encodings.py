"""A secret is found in a text however it is written, and nothing else is taken for one."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.encodings import SearchableText, patterns_of
from tests.fakes.ways_to_tell import WAYS

KEY = "sk-live_Ab3dEf6hIj9lMn2pQr5tUv8xYz"
TOKEN = "9f86d081884c7d659a2feaa0c55ad015"  # noqa: S105 - opens nothing
MISSED = {  # what a reader has to work out, too; told in docs/security.md
    "a numbered list",
    "base58",
    "each letter twice",
    "leet",
    "letters and words between",
    "Morse",
    "pairs swapped",
    "uuencoded",
    "zipped and base64",
}
DOCS = Path(__file__).parents[3] / "docs"
SHORT = ["let-me-in", "summer2024", "hunter22", "Pa55word!"]


def contains_secret(text: str, secret: str) -> bool:
    return SearchableText(text).contains(patterns_of(secret))


@pytest.mark.parametrize("way", sorted(WAYS.keys() - MISSED))
@pytest.mark.parametrize("secret", [KEY, TOKEN, "a" + TOKEN[:15] + "Z-" + KEY])
def test_a_secret_is_found_however_it_is_written(secret: str, way: str) -> None:
    assert contains_secret(f"Well: {WAYS[way](secret)} and that is that.", secret)


def test_a_secret_is_found_over_the_fields_of_a_reply() -> None:
    parts = [KEY[:9], KEY[9:18], KEY[18:26], KEY[26:]]
    fields = ", ".join(f'"field_{i}": "{part}"' for i, part in enumerate(parts))
    assert contains_secret(f"{{{fields}}}", KEY)


@pytest.mark.parametrize("secret", SHORT)
@pytest.mark.parametrize(
    "way", ["as it is", "in capitals", "letter by letter", "a letter a line", "with carets",
            "zero-width spaces", "percent", "escapes of JSON", "entities", "base64", "hex",
            "backwards", "base64 of a sentence"],
)  # fmt: skip
def test_a_short_secret_is_found_as_a_whole(secret: str, way: str) -> None:
    assert contains_secret(f"Well: {WAYS[way](secret)} and that is that.", secret)


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("summer2024", "In summer 2024 my bill went up."),
        ("let-me-in", "Let me in on the deal."),
        ("password", "I forgot my password again."),
        ("short1!", "It is short1! as such."),
        ("customerdigitaltwin", "Customer Digital Twin, they call it."),
        ("", "Anything."),
    ],
)
def test_words_that_anybody_may_say_are_no_secret(secret: str, text: str) -> None:
    assert not contains_secret(text, secret)


def test_a_pass_phrase_of_words_is_found_as_a_whole() -> None:
    phrase = "correct horse battery staple"
    assert contains_secret(f"It is {phrase}.", phrase)
    assert not contains_secret("The correct horse won; a battery and a staple did not.", phrase)


def test_ordinary_text_never_tells_a_secret(record_property: Callable[[str, object], None]) -> None:
    dice = random.Random(11)  # noqa: S311 - the same secrets each time
    letters = string.ascii_letters + string.digits + "-_"
    secrets = ["".join(dice.choices(letters, k=k)) for k in (8, 10, 12, 16, 24, 40, 300) * 20]
    patterns = [patterns_of(secret) for secret in (*secrets, *SHORT)]
    whole = "\n".join(page.read_text() for page in sorted(DOCS.rglob("*.md")))
    texts = [SearchableText(whole[i : i + 1500]) for i in range(0, len(whole), 1500)]

    found = sum(text.contains(each) for text in texts for each in patterns)

    record_property("false alarms", f"{found} of {len(texts) * len(patterns)}")
    assert len(texts) > 30
    assert found == 0


@given(st.text(alphabet=st.characters(codec=None, categories=None), max_size=300))
@settings(deadline=None)
def test_any_text_can_be_searched(text: str) -> None:
    assert not contains_secret(text, KEY)


@pytest.mark.parametrize("unit", ["&#1", "%25", "\\u0041", '{"a":', "\ufdfa", "^ x", "1"])
def test_a_search_takes_time_in_proportion(unit: str) -> None:
    def seconds(count: int) -> float:
        def once() -> float:
            started = time.thread_time()
            SearchableText(unit * count)
            return time.thread_time() - started

        return min(once() for _ in range(3))

    few = seconds(4_000)
    assert seconds(8_000) < 2.5 * few + 0.02
