"""What no lever accounts for is told, with its reason and a question; what was read is not."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reading import named
from data_generator.carrier import reference_carrier
from domain.lever_parsing import read_levers
from domain.lever_parsing.questions import LIMITS, QUESTIONS
from domain.lever_parsing.unread import MOST_UNREAD
from domain.lever_parsing.unread_words import ANOTHER_LANGUAGE, CLASSES
from domain.scenarios import WHY_NOTHING, NothingBecause, UnreadReason

CARRIER = reference_carrier()
PIECES = (
    *(
        "Prices rise by $5",
        "Netflix is free",
        "for customers who",
        "only",
        "except Powder",
        "in Ohio",
    ),
    *(".", ",", "if", "or", "between", "up to", "30 GB", "5%", "not", "without", "until", "either"),
    *("\u00a33 fee", "$10", "to", "we considered", "last year"),
)
TEXTS = [
    json.loads(line)
    for line in (Path(__file__).parent / "texts" / "built_with.jsonl").read_text().splitlines()
]


def unread(text: str) -> list[tuple[str, UnreadReason]]:
    return [(span.text, span.reason) for span in read_levers(text, CARRIER).unread]


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case["text"][:40])
def test_a_text_is_read_as_far_as_a_person_says(case: dict[str, Any]) -> None:
    reading = read_levers(case["text"], CARRIER)

    assert (reading.status, reading.nothing_because) == (
        case["status"],
        case.get("nothing_because"),
    )
    assert len(reading.unread) == len(case["unread"])
    for want, span in zip(case["unread"], reading.unread, strict=True):
        assert named(want, span)


@pytest.mark.parametrize(
    "text",
    [
        "Powder goes from $55 to $60 a month.",
        "Powder goes up $2 to $57.",
        "Powder costs $57, up $2.",
        "Prices rise by $60 a year, which is $5 a month.",
        "Glacier gets $1 dearer as of 2027-05-01; 5G and the Galaxy S25 are not touched.",
        "Netflix comes free on Summit only.",
        "Postpaid only: prices rise by 2%.",
        "Verizon offers $100 for four lines.",
        "AT&T gives $300 to new customers who switch.",
        "A $10 credit a month for 6 months.",
        "Customers who stay get a $10 bill credit.",
        "Prices drop by $3 a month for 6 months.",
        "The return window goes from 30 to 14 days.",
        "Prices rise by $3 a month, effective in 60 days.",
        "Netflix is dropped.",
        "Overage fees were scrapped.",
        "What if we raised prices by $4 a month?",
    ],
)
def test_nothing_that_was_read_is_called_unread(text: str) -> None:
    reading = read_levers(text, CARRIER)
    assert (reading.status, reading.unread) == ("read", ())


@pytest.mark.parametrize(
    ("text", "words", "reason"),
    [
        ("Prices rise by $2 for customers 65 and older.", "65 and older", "limit"),
        ("Prices rise by $2 for five or more lines.", "five or more lines", "limit"),
        ("Prices rise by $2 in Texas.", "in Texas", "limit"),
        ("Prices rise by $2, except Glacier.", "except Glacier", "limit"),
        ("Prices rise by $2 for everyone but prepaid.", "everyone but prepaid", "limit"),
        ("Prices rise by $2 for a third of our customers.", "a third of our customers", "limit"),
        ("Prices rise by $2 if they pay on paper.", "if they pay on paper", "condition"),
        ("Prices go up by 4% at the rate of CPI.", "CPI", "condition"),
        ("Prices rise by $2 a week.", "$2 a week", "money"),
        ("Prices rise by $2. We add a fee of 50 cents.", "50 cents", "money"),
        ("Prices rise by $2. Speeds fall 30%.", "30%", "percentage"),
        ("Netflix is free. You get 30 GB.", "30 GB", "quantity"),
        ("A $10 loyalty discount will be removed.", "removed", "negation"),
        ("The $4 price increase was scrapped.", "was scrapped", "negation"),
        ("A $4 price increase will not happen.", "will not happen", "negation"),
        ("We considered a 10% rise in prices.", "considered", "negation"),
        ("Prices rise by $2 or $3.", "$2 or $3", "range"),
        ("Bills go up by at least $2; prices rise by $2.", "at least $2", "range"),
        ("Prices fall by $2 until June.", "until June", "time_span"),
        ("Spectrum cuts prices by $15 a month.", "Spectrum cuts", "actor"),
    ],
)
def test_what_no_lever_holds_is_told(text: str, words: str, reason: str) -> None:
    assert any(reason == why and words in said for said, why in unread(text))


def test_a_span_says_where_it_stands() -> None:
    text = "In Ohio, prices rise by $2 a month."
    (span,) = read_levers(text, CARRIER).unread
    assert text[span.start : span.end] == span.text == "In Ohio"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "Prices rise by $2 a month for customers without AutoPay.",
            "Who pays $2 more a month: everyone, or only customers without AutoPay?",
        ),
        (
            "Netflix ends on accounts with five or more lines.",
            "Who loses Netflix: everyone, or only accounts with five or more lines?",
        ),
        (
            "In Ohio, prices rise by $2 a month.",
            "Who pays $2 more a month: everyone, or only customers in Ohio?",
        ),
        (
            "Prices fall by $2 a month, except Powder.",
            "Who pays $2 less a month on Powder: everyone, or everyone except Powder?",
        ),
        (
            "Prices rise by $2 a week.",
            "What is the $2 a week: a price, a fee, a discount or a worth? Who pays or gets it?",
        ),
    ],
)
def test_a_question_is_made_of_the_words_and_the_lever(text: str, question: str) -> None:
    assert question in [span.question for span in read_levers(text, CARRIER).unread]


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("We love you.", "no_move"),
        ("Why do they leave us?", "question"),
        ("It went well last year, the press says.", "past"),
        ("A merger was considered.", "considered"),
        ("The launch was called off.", "cancelled"),
        ("Nous offrons une remise pour tous les clients.", "not_english"),
        ("全プランの料金を値上げします。", "not_english"),
    ],
)
def test_a_text_without_levers_says_why(text: str, because: NothingBecause) -> None:
    reading = read_levers(text, CARRIER)
    assert (reading.status, reading.nothing_because) == ("nothing", because)


def test_levers_of_a_text_in_another_language_are_doubted() -> None:
    (span,) = read_levers("Netflix gratis: es free para todos los clientes.", CARRIER).unread
    assert span.reason == "language"


def test_every_class_has_a_question_and_every_reason_a_class() -> None:
    classes = (*CLASSES, ANOTHER_LANGUAGE)
    assert {words.kind for words in classes if words.reason != "limit"} == QUESTIONS.keys()
    assert {words.reason for words in classes} == set(get_args(UnreadReason))
    assert set(get_args(NothingBecause)) == WHY_NOTHING.keys()
    assert all("{words}" in whom for whom in LIMITS.values())


def test_a_long_text_tells_no_more_than_anyone_would_mend() -> None:
    text = "Prices rise by $2 a month in Ohio. " * 500
    assert len(read_levers(text, CARRIER).unread) == MOST_UNREAD


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join))
def test_spans_are_words_of_the_text_in_order_and_apart(text: str) -> None:
    spans = read_levers(text, CARRIER).unread
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
