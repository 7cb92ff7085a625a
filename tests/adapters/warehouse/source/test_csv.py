"""Reading CSV against the public corpora, and against itself in two ways."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.warehouse.source.csv_rows import BrokenRow, Row, read_header, read_rows
from adapters.warehouse.source.csv_scan import BLOCK_BYTES, scan
from tests.shared import SHARED, needs

SPECTRUM = sorted((SHARED / "corpora/csv-spectrum/csvs").glob("*.csv"))
DOUBTFUL = re.compile(r"\r|\t|(^|[\s,\"])0x", re.IGNORECASE)  # read row by row, for safety
FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@needs("corpora/csv-spectrum/csvs")
@pytest.mark.parametrize("path", SPECTRUM, ids=lambda path: path.name)
@pytest.mark.parametrize("end", [b"\n", b""], ids=["ended", "open-ended"])
def test_csv_spectrum_is_read_as_it_is_meant(path: Path, tmp_path: Path, end: bytes) -> None:
    whole = tmp_path / path.name
    whole.write_bytes(path.read_bytes().rstrip(b"\r\n") + end)
    expected = json.loads((path.parents[1] / "json" / f"{path.stem}.json").read_text())
    names = read_header(whole)

    rows = list(read_rows(whole, names))

    sound_rows = [dict(zip(names, row.fields, strict=True)) for row in rows if isinstance(row, Row)]
    assert json.dumps(sound_rows).replace("\\r\\n", "\\n") == json.dumps(expected).replace(
        "\\r\\n", "\\n"
    )
    assert len(sound_rows) == len(rows) == scan(whole).rows
    assert scan(whole).plain


@pytest.mark.parametrize(
    "content",
    [
        b'a,b\n"ab"cd,2\n',
        b'a,b\nab"c,2\n',
        b'a,b\n"ab,2\n3,4\n',
        b"a,b\n1,2\r3,4\n",
        b"a,b\n1,\0\n",
        b'a,b\n1,"2""\n3,"4"\n',
    ],
)
def test_what_readers_take_each_in_its_own_way_is_not_plain(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    broken = [row for row in read_rows(path, "ab") if isinstance(row, BrokenRow)]

    assert not scan(path).plain
    assert [row.line for row in broken] == [2]


@pytest.mark.parametrize("last", ["1,2", "1,", '1,"2"', '1,"a\n\nb"', "1,2\r", "1,é"])
@pytest.mark.parametrize("before", ["", "3,4\n", '"x\ny",4\r\n'])
def test_a_last_line_that_is_whole_needs_no_line_break(
    last: str, before: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(f"a,b\n{before}{last}\n".encode())
    ended = list(read_rows(path, "ab"))
    path.write_bytes(f"a,b\n{before}{last}".encode())

    assert list(read_rows(path, "ab")) == ended
    assert all(isinstance(row, Row) for row in ended)
    assert scan(path).plain
    assert scan(path).rows == len(ended)


@pytest.mark.parametrize("last", [b"1", b'1,"2', b'1,"2""', b'"1\n', b'1,"2\n3', b"1,\xc3", b'"'])
def test_a_last_line_that_stops_midway_was_cut_off(last: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b\n3,4\n" + last.removesuffix(b"\n"))

    broken = [row for row in read_rows(path, "ab") if isinstance(row, BrokenRow)]

    assert (broken[0].line, broken[0].kind) == (3, "cut_off")


@pytest.mark.parametrize(
    "again",
    ["no,plan", '"no","plan"', " No , PLAN ", "plan,no", "\ufeffno,plan", '"no",plan', "no,plan\r"],
)
@pytest.mark.parametrize("line", [2, 3, 4])
def test_a_header_that_comes_again_is_no_row(again: str, line: int, tmp_path: Path) -> None:
    rows = ["a,S", "no,S"]
    rows.insert(line - 2, again)
    path = tmp_path / "file.csv"
    path.write_bytes("".join(f"{row}\n" for row in ["no,plan", *rows]).encode())

    read = list(read_rows(path, ["no", "plan"]))

    (broken,) = [row for row in read if isinstance(row, BrokenRow)]
    assert (broken.line, broken.kind) == (line, "repeated_header")
    assert [row.fields for row in read if isinstance(row, Row)] == [["a", "S"], ["no", "S"]]


@pytest.mark.parametrize("number", ["0x1F", '"0X1f"', " 0x1F", "\t12", "12\t", '"\t12"', " \t12"])
def test_what_arrow_takes_for_a_number_and_is_none_is_not_plain(
    number: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.csv"
    for content in (f"a,b\n{number},2\n", f"a,b\n1,{number}\n"):
        path.write_text(content)
        assert not scan(path).plain

    path.write_text("a,b\n10x,text 12x\n1\t2,see Fig0x\n")
    assert scan(path).plain


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(FIELDS, FIELDS), max_size=8), end=st.sampled_from(["\n", "\r\n"]))
def test_what_is_well_written_is_plain_and_read_back(
    rows: list[tuple[str, str]], end: str, tmp_path: Path
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    path = tmp_path / "file.csv"
    path.write_bytes(text.getvalue().encode())

    scanned = scan(path)
    assert [tuple(row.fields) for row in read_rows(path, "ab") if isinstance(row, Row)] == rows
    assert scanned.plain or any(DOUBTFUL.search(field) for row in rows for field in row)
    assert scanned.rows == len(rows) or not scanned.plain


def test_a_quoted_field_may_lie_across_the_blocks_a_file_is_scanned_in(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    field = '"' + "line\n" * (BLOCK_BYTES // 4) + '"'
    path.write_text(f"a,b\n{field},2\n3,4\n")

    scanned = scan(path)

    assert (scanned.plain, scanned.rows, scanned.line_per_row) == (True, 2, False)
