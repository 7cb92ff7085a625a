"""The options of a mapping: each does what it says, and any two either both act or are refused."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from adapters.warehouse.mapping.columns import ColumnMapping, staged_as
from adapters.warehouse.validation.checks import use_utc

Given = Mapping[str, Any]

OPTIONS: Given = {
    "constant": "7",
    "join": ".",
    "nulls": ["NA", "-"],
    "empty": "2",
    "values": {"2": "4", "S": "01.0124", "2.0": "6.5"},
    "otherwise": "9.5",
    "times": 2,
    "decimals": 0,
    "prefix": "1",
    "pad": 7,
    "date_format": "%d.%m%y",
    "months_before": "2026-03-01",
}
WHOLE_DAYS = {"date_format": "%Y%m%d"}  # such as a rounded number can be
WORDS = [
    ("20240131.4", ""),
    *((word, "") for word in ("", "NA", " - ", "2", "S", "2.4", "01.0124", "1.0124", "10124.6")),
    ("2", "0"),
    ("01", "0124"),
    ("NA", "5"),
]


def made(given: Given, words: Sequence[tuple[str, str]] = WORDS) -> list[str | None]:
    """What a column with these options makes of the words of two columns."""
    column = ColumnMapping.model_validate(given)
    with duckdb.connect() as connection:
        use_utc(connection)
        connection.execute(f'create table words ("{staged_as("a")}" text, "{staged_as("b")}" text)')
        connection.executemany("insert into words values (nullif(?, ''), nullif(?, ''))", words)
        rows = connection.execute(f"select {column.sql()} from words").fetchall()  # noqa: S608
    return [text for (text,) in rows]


def unmappable(given: Given, words: Sequence[str]) -> list[str]:
    """The words of which the operations can make nothing."""
    (condition,) = [fault.where for fault in ColumnMapping.model_validate(given).unmappable()]
    with duckdb.connect() as connection:
        use_utc(connection)
        connection.execute(f'create table words ("{staged_as("a")}" text)')
        connection.executemany("insert into words values (?)", [[word] for word in words])
        rows = connection.execute(f"select * from words where {condition}").fetchall()  # noqa: S608
    return [text for (text,) in rows]


def with_what_it_needs(*names: str) -> dict[str, Any]:
    """Options, and those without which they are refused anyway."""
    given = {name: OPTIONS[name] for name in names}
    if {*names} == {"decimals", "date_format"}:
        given |= WHOLE_DAYS
    if "otherwise" in given:
        given.setdefault("values", OPTIONS["values"])
    if "constant" in given:
        return given
    return given | {"from": ["a", "b"] if "join" in given else ["a"]}


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(OPTIONS, 2)))
def test_of_two_options_each_has_an_effect_or_both_are_named(one: str, other: str) -> None:
    both = with_what_it_needs(one, other)
    if refused := refusal(both):
        assert f"`{one}`" in refused
        assert f"`{other}`" in refused
        return

    for name in (one, other):
        without = {option: value for option, value in both.items() if option != name}
        if name == "values":
            without.pop("otherwise", None)
        assert made(without) != made(both), f"{name} is passed over in silence"


def refusal(given: Given) -> str | None:
    try:
        ColumnMapping.model_validate(given)
    except ValidationError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("given", "word", "text"),
    [
        ({"times": 12, "months_before": "2026-03-01"}, "2", "2024-03-01"),
        ({"times": 12.0, "decimals": 0, "months_before": "2026-03-01"}, "0.7", "2025-07-01"),
        ({"months_before": "2026-03-31"}, "1.0", "2026-02-28"),
        ({"months_before": "2026-03-01"}, "1.5", "1.5"),
        ({"decimals": 0, "pad": 5}, "2139.0", "02139"),
        ({"decimals": 0, "date_format": "%Y%m%d"}, "20240131.0", "2024-01-31"),
        ({"times": 12}, "2", "24"),
        ({"times": 0.001}, "1500", "1.5"),
        ({"times": 1, "prefix": "c-"}, "7.0", "c-7"),
        ({"times": 0.01, "decimals": 2}, "2550", "25.50"),
        ({"decimals": 2}, "29.850000000000001", "29.85"),
        ({"decimals": 1}, "1e-12", "0.0"),
        ({"times": 2}, "0.00000000001", "0.00000000001"),
        ({"times": 2}, "1_000", "1_000"),
        ({"times": 2}, "0x1F", "0x1F"),
        ({"times": 1e5}, "1" + "0" * 14, "1" + "0" * 19),
        ({"times": 1e8}, "1" + "0" * 14, "1" + "0" * 14),
        ({"values": {"NA": ""}, "prefix": "c-"}, "NA", None),
        ({"nulls": ["NA"], "prefix": "c-"}, " NA ", None),
        ({"nulls": ["NA"], "empty": "none"}, "NA", "none"),
        ({"nulls": ["NA"]}, "na", "na"),
        ({"nulls": ['""', "?"]}, '""', None),
        ({"date_format": "%d.%m.%Y"}, "31.01.2024", "2024-01-31"),
        ({"date_format": "%d.%m.%Y %H:%M"}, "31.01.2024 09:30", "2024-01-31 09:30:00"),
        ({"date_format": "%d.%m.%Y %H:%M %z"}, "31.01.2024 09:30 +0200", "2024-01-31 07:30:00"),
    ],
)
def test_options_make_one_text_of_a_word(given: Given, word: str, text: str | None) -> None:
    assert made({"from": "a", **given}, [(word, "")]) == [text]


def test_nothing_but_separators_is_nothing() -> None:
    given = {"from": ["a", "b"], "join": "/", "nulls": ["NA"], "empty": "none"}

    assert made(given, [("", ""), ("NA", ""), ("Yes", ""), ("Yes", "No")]) == [
        *("none", "none", "Yes/", "Yes/No")
    ]


@pytest.mark.parametrize(
    ("given", "words", "told"),
    [
        ({"times": 2}, ["1", "1e2", "", "-", "soon", "1,5", "0.0000000001"], slice(3, None)),
        ({"decimals": 2}, ["0.0000000001", "1e-3", "12 %", "9" * 16], slice(2, None)),
        ({"months_before": "2026-03-01"}, ["12", "12.0", "1.5", "99999", "x"], slice(2, None)),
        ({"date_format": "%d.%m.%Y"}, ["1.2.2024", "2024-02-01", "31.02.2024"], slice(1, None)),
        ({"values": {"S": "1"}, "times": 2}, ["S", "", "M", "3"], slice(2, None)),
    ],
)
def test_what_an_option_cannot_work_on_is_told(given: Given, words: list[str], told: slice) -> None:
    column = ColumnMapping.model_validate({"from": "a", **given})
    if len(list(column.unmappable())) > 1:
        given = {name: value for name, value in given.items() if name != "times"}

    assert unmappable({"from": "a", **given}, words) == words[told]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"constant": "7", "nulls": ["NA"]}, "leave out `nulls`"),
        ({"from": "a", "join": "/"}, "`join` goes between the columns"),
        ({"from": "a", "empty": ""}, "at least 1 character"),
        ({"from": "a", "values": {}}, "at least 1 item"),
        ({"from": "a", "values": {"": "x"}}, "say `empty`"),
        ({"from": "a", "values": {"NA": "x"}, "nulls": ["NA"]}, "both have 'NA'"),
        ({"from": "a", "values": {"S": "x"}, "empty": "M"}, "does not have 'M'"),
        ({"from": "a", "times": 0}, "must not be 0"),
        ({"from": "a", "times": float("inf")}, "finite"),
        ({"from": "a", "times": float("nan")}, "finite"),
        ({"from": "a", "times": 1e-10}, "decimal places"),
        ({"from": "a", "times": 1e20}, "digits"),
        ({"from": "a", "date_format": "%Q"}, "'%Q' is no format"),
        ({"from": "a", "date_format": ""}, "'' is no format"),
        ({"from": "a", "date_format": "%d.%m."}, "has no year"),
        ({"from": "a", "date_format": "%d.%m.%%Y"}, "has no year"),
        ({"from": "a", "decimals": 2, "months_before": "2026-03-01"}, "`decimals` must be 0"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_a_sentence(given: Given, says: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        ColumnMapping.model_validate(given)

    assert says in str(refusal.value)
