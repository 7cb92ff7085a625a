from __future__ import annotations

import re

import pytest

from data_generator.text.topics import CATEGORIES, MOODS, NETWORK_TOPICS, TOPICS
from data_generator.text.verbatims import LEANINGS, summaries, verbatims


def test_no_text_holds_a_blank_to_fill_or_a_number() -> None:
    for text in {*verbatims(), *summaries()}:
        assert "{" not in text
        assert not re.search(r"\d{2}|@|  ", text), text


def test_texts_fit_their_columns() -> None:
    assert max(map(len, verbatims())) <= 2000
    assert max(map(len, summaries())) <= 1000


def test_there_are_thousands_of_distinct_texts() -> None:
    assert len(set(verbatims())) > 4000
    assert len(set(summaries())) > 4000


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.subcategory)
def test_a_topic_has_something_to_say_in_every_mood(topic: object) -> None:
    said = [getattr(topic, mood) for mood in MOODS]
    assert all(1 <= len(events) <= 4 for events in said)
    assert len({event for events in said for event in events}) == sum(map(len, said))


def test_every_category_has_topics_and_leanings_name_real_ones() -> None:
    subcategories = [topic.subcategory for topic in TOPICS]
    assert {topic.category for topic in TOPICS} == set(CATEGORIES)
    assert len(set(subcategories)) == len(subcategories)
    named = {name for leaning in LEANINGS.values() for name in leaning} | NETWORK_TOPICS
    assert named <= set(subcategories)
