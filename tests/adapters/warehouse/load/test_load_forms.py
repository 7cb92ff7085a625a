"""The same data written in other ways loads the same; other data does not get in as these."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load.load import load_files
from adapters.warehouse.load_report import LoadRefused, RejectLimit
from tests.shared import SHARED, needs

Offer = Callable[[str], Path]
Rewrite = Callable[[bytes], bytes]


def all_quoted(content: bytes) -> bytes:
    text = io.StringIO()
    rows = csv.reader(io.StringIO(content.decode()))
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def turned_around(content: bytes) -> bytes:
    text = io.StringIO()
    rows = csv.reader(io.StringIO(content.decode()))
    csv.writer(text, lineterminator="\n").writerows(row[::-1] for row in rows)
    return text.getvalue().encode()


def with_another_column(content: bytes) -> bytes:
    header, *rows = content.decode().splitlines()
    return "\n".join([f"{header},extra", *(f"{row},x" for row in rows), ""]).encode()


FORMS: dict[str, Rewrite] = {
    "a byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "CR LF": lambda content: content.replace(b"\n", b"\r\n"),
    "empty lines": lambda content: content.replace(b"\n", b"\n\n") + b"\n",
    "columns in another order": turned_around,
    "another column": with_another_column,
    "every field quoted": all_quoted,
    "names in capitals": lambda c: c.replace(c.split(b"\n")[0], c.split(b"\n")[0].upper(), 1),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rows_in_another_form_load_the_same(
    offer: Offer, tmp_path: Path, form: str
) -> None:
    folder = offer("csv")
    load_files(folder, tmp_path / "plain")

    for path in folder.iterdir():
        path.write_bytes(FORMS[form](path.read_bytes()))
    load_files(folder, tmp_path / "other")

    for path in (tmp_path / "plain/raw/current").rglob("*.parquet"):
        other = tmp_path / "other" / path.relative_to(tmp_path / "plain")
        table = pq.read_table(path)
        assert pq.read_table(other).select(table.column_names).equals(table)


@pytest.mark.parametrize(
    ("old", "new", "taken"),
    [
        (",12,", ",0x1F,", False),
        (",12,", ", 0x1F,", False),
        (",12,", ",1e2,", False),
        (",12,", ",\t12,", False),
        (",12,", ",12 ,", True),
        (",12,", ",+12,", True),
        (",35.00,", ",3.5e1,", True),
        (",35.00,", ",35.01E+2,", True),
        (",35.00,", ",3.5005e1,", False),
        (",35.00,", ",1e-3,", False),
        (",35.00,", ",0x23,", False),
        (",35.00,", ",3500000000000000e-14,", False),
        (",2024-01-01,", ",20240101,", False),
        (",2024-01-01,", ",2024-01-01 00:00,", False),
    ],
)
def test_a_text_is_taken_alike_whether_its_file_is_read_at_once_or_row_by_row(
    offer: Offer, tmp_path: Path, old: str, new: str, taken: bool
) -> None:
    path = offer("csv") / "customers.csv"
    quick = path.read_text().replace(old, new, 1)
    assert quick != path.read_text()

    outcomes = []
    for text in (quick, quick.replace("True", "tRUE")):  # which Arrow takes for no boolean
        path.write_text(text)
        outcomes.append(outcome(path.parent, tmp_path / "data"))

    assert outcomes[0] == outcomes[1]
    assert (outcomes[0][0] == "loaded") == taken


def outcome(folder: Path, data_dir: Path) -> list[Any]:
    """What is stored of the customers, or what is said of them."""
    try:
        load_files(folder, data_dir)
    except LoadRefused as refusal:
        return refusal.report.sentences(values=True)
    stored = pq.read_table(data_dir / "raw/current/internal/customers.parquet")
    return ["loaded", stored.to_pylist()]


def test_a_column_that_is_not_used_is_noted(offer: Offer, tmp_path: Path) -> None:
    path = offer("csv") / "customers.csv"
    path.write_bytes(with_another_column(path.read_bytes()))

    report = load_files(path.parent, tmp_path / "data")

    assert report.notes() == ["customers: columns that are not used: extra"]


def test_customers_whose_place_is_not_in_the_files_are_counted_in_a_note(
    offer: Offer, tmp_path: Path
) -> None:
    path = offer("csv") / "customers.csv"
    path.write_text(path.read_text().replace(",59715,MT,001,", ",59716,MT,002,", 2))

    report = load_files(path.parent, tmp_path / "data")

    zip_codes = "2 customers live in a ZIP code that is not in the file"
    assert report.notes() == [
        f"zip_demographics: {zip_codes}",
        f"economic_indicators: {zip_codes}",
        "competitive_landscape: 2 customers live in a market that is not in the file",
        f"lifestyle_segments: {zip_codes}",
    ]


@pytest.mark.parametrize(
    ("column", "values", "named"),
    [
        ("tenure_months", pa.array([12, 12, 2**40], pa.int64()), ("type", str(2**40))),
        ("tenure_months", pa.array([12, 12.5, 12], pa.float64()), ("type", "12.5")),
        ("plan_price", pa.array([35.0, 35.555, 35.0], pa.float64()), ("type", "35.555")),
        (
            "customer_since",
            pa.array(["2024-1-2"] * 3),
            ("type", "2024-1-2"),
        ),
        ("age", pa.array([[1], None, None]), ("type", "[1]")),
        ("zip_code", pa.array([59715, 59715, 2139], pa.int32()), ("range", "2139")),
    ],
)
def test_a_value_of_another_type_must_have_an_exact_equal(
    offer: Offer, tmp_path: Path, column: str, values: pa.Array[Any], named: tuple[str, str]
) -> None:
    path = offer("parquet") / "customers.parquet"
    table = pq.read_table(path)
    place = table.column_names.index(column)
    pq.write_table(table.set_column(place, column, values), path)

    with pytest.raises(LoadRefused) as refusal:
        load_files(path.parent, tmp_path / "data")

    faults = [fault for table in refusal.value.report.tables for fault in table.faults]
    assert [(f.column, (f.kind, f.places[0].value)) for f in faults] == [(column, named)]


def test_numbers_of_another_type_that_fit_are_stored_in_the_declared_one(
    offer: Offer, tmp_path: Path
) -> None:
    path = offer("parquet") / "customers.parquet"
    table = pq.read_table(path)
    place = table.column_names.index("plan_price")
    pq.write_table(table.set_column(place, "plan_price", pa.array([35.1, 35.2, 35.3])), path)

    load_files(path.parent, tmp_path / "data")

    stored = tmp_path / "data/raw/current/internal/customers.parquet"
    with duckdb.connect() as connection:
        prices = connection.read_parquet(str(stored)).project("plan_price")
        assert [str(kind) for kind in prices.types] == ["DECIMAL(6,2)"]
        assert [str(price) for (price,) in prices.fetchall()] == ["35.10", "35.20", "35.30"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_parquet_file_is_refused(offer: Offer, tmp_path: Path, share: float) -> None:
    path = offer("parquet") / "monthly_usage.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(LoadRefused, match=r"monthly_usage\.parquet: must be whole Parquet"):
        load_files(path.parent, tmp_path / "data")


@pytest.mark.parametrize("place", [4, -1000], ids=["a page", "the footer"])
def test_a_parquet_file_with_bytes_overwritten_is_refused(
    offer: Offer, tmp_path: Path, place: int
) -> None:
    path = offer("parquet") / "customers.parquet"
    content = bytearray(path.read_bytes())
    content[place : place + 60] = b"\xff" * 60
    path.write_bytes(content)

    with pytest.raises(LoadRefused, match=r"customers\.parquet: must be whole Parquet"):
        load_files(path.parent, tmp_path / "data")


def test_a_value_is_found_that_the_statistics_of_its_file_deny(
    offer: Offer, tmp_path: Path
) -> None:
    path = offer("parquet") / "customers.parquet"
    denying = with_ages(path, [20, 30, 40])
    content = with_ages(path, [20, 300, 40])
    footer = 8 + int.from_bytes(denying[-8:-4], "little")
    path.write_bytes(content[: len(denying) - footer] + denying[-footer:])
    age = pq.read_schema(path).names.index("age")
    statistics = pq.read_metadata(path).row_group(0).column(age).statistics
    assert statistics is not None
    assert statistics.max == 40

    with pytest.raises(LoadRefused, match=r"age must be from 0 to 130"):
        load_files(path.parent, tmp_path / "data")


def with_ages(path: Path, ages: list[int]) -> bytes:
    """The file's rows with other ages, written so that they lie where any others would."""
    table = pq.read_table(path)
    place = table.column_names.index("age")
    table = table.set_column(place, "age", pa.array(ages, pa.int32()))
    pq.write_table(table, path, compression="none", use_dictionary=False)
    return path.read_bytes()


@needs("corpora/blns/blns.json")
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_naughty_strings_arrive_as_they_were_sent(offer: Offer, tmp_path: Path, kind: str) -> None:
    texts = [text for text in json.loads((SHARED / "corpora/blns/blns.json").read_text()) if text]
    path = offer(kind) / f"support_interactions.{kind}"
    write_contacts(path, texts)

    load_files(path.parent, tmp_path / "data")

    stored = tmp_path / "data/raw/current/internal/support_interactions.parquet"
    assert pq.read_table(stored)["customer_verbatim"].to_pylist() == texts


def write_contacts(path: Path, texts: list[str]) -> None:
    """One contact for each text, like the first of the file there is."""
    if path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(path.read_text())))
        names = rows[0]
        first = dict(zip(names, rows[1], strict=True))
    else:
        names = pq.read_schema(path).names
        first = pq.read_table(path).to_pylist()[0]
    contacts = [
        first | {"interaction_id": f"i{number}", "customer_verbatim": text}
        for number, text in enumerate(texts)
    ]
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(contacts, pq.read_schema(path)), path)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(contacts)


def test_rejected_rows_are_kept_with_their_reasons(offer: Offer, tmp_path: Path) -> None:
    path = offer("csv") / "customers.csv"
    path.write_text(path.read_text().replace("c1,,59715", "c1,,none", 1))

    report = load_files(path.parent, tmp_path / "data", limit=RejectLimit(rows=3))

    assert report.rejects_file is not None
    lines = (tmp_path / "data" / report.rejects_file).read_text().splitlines()
    rejects = [json.loads(line) for line in lines]
    assert [(row["table"], row["place"], row["faults"][0]["kind"]) for row in rejects] == [
        ("customers", 2, "range"),
        ("monthly_usage", 2, "customer_rejected"),
        ("support_interactions", 2, "customer_rejected"),
    ]
    assert rejects[0]["row"]["zip_code"] == "none"
    assert report.rows["customers"] == 2


@pytest.mark.parametrize("limit", ["3", "100%"])
def test_as_many_rows_as_allowed_may_be_left_out(offer: Offer, tmp_path: Path, limit: str) -> None:
    path = offer("csv") / "customers.csv"
    path.write_text(path.read_text().replace("c1,,59715", "c1,,none", 1))

    report = load_files(path.parent, tmp_path / "data", limit=RejectLimit.read(limit))

    assert [(t.rows_in, t.rows_good, t.rows_rejected) for t in report.tables[:3]] == [
        (3, 2, 1),
        (3, 2, 1),
        (1, 0, 1),
    ]


@pytest.mark.parametrize("limit", ["2", "50%"])
def test_one_row_more_than_allowed_forbids_the_load(
    offer: Offer, tmp_path: Path, limit: str
) -> None:
    path = offer("csv") / "customers.csv"
    path.write_text(path.read_text().replace("c1,,59715", "c1,,none", 1))

    with pytest.raises(LoadRefused, match="are rejected than allowed"):
        load_files(path.parent, tmp_path / "data", limit=RejectLimit.read(limit))


@pytest.mark.parametrize("limit", ["-1", "101%", "nan%", "many", "%", "1.5"])
def test_a_limit_that_makes_no_sense_is_refused(limit: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        RejectLimit.read(limit)
