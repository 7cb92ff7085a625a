from __future__ import annotations

import re

import pytest

from data_generator.text.sentences import CATEGORIES, Topic, support
from data_generator.text.verbatims import TOPIC_WEIGHTS, summaries, verbatims


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


@pytest.mark.parametrize("topic", support().topics, ids=lambda topic: topic.subcategory)
def test_a_topic_has_something_to_say_in_every_polarity(topic: Topic) -> None:
    by_polarity = topic.in_order
    assert all(1 <= len(statements) <= 4 for statements in by_polarity)
    distinct = {statement for statements in by_polarity for statement in statements}
    assert len(distinct) == sum(map(len, by_polarity))


def test_every_category_has_topics_and_leanings_name_real_ones() -> None:
    topics = support().topics
    subcategories = [topic.subcategory for topic in topics]
    assert {topic.category for topic in topics} == set(CATEGORIES)
    assert len(set(subcategories)) == len(subcategories)
    named = {name for weights in TOPIC_WEIGHTS.values() for name in weights}
    assert named <= set(subcategories)
