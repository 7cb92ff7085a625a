"""A carrier's own files become our tables, and what the mapping cannot make of them is a fault."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load.load import load_files
from adapters.warehouse.load_report import LoadRefused
from adapters.warehouse.mapping.mapping import FileMapping, read_mapping
from domain.errors import DatasetRejected

MAPPING = """
[tables.customers]
file = "people.csv"
unused = ["Remark"]

[tables.customers.columns]
customer_id = { from = "No", prefix = "c-" }
zip_code = { from = "Zip", pad = 5 }
state_code = { constant = "MT" }
dma_code = { constant = "000" }
customer_since = { from = "Since", date_format = "%d.%m.%Y" }
tenure_months = "Months"
plan_name = { from = "Plan", values = { S = "Small", L = "Large" } }
plan_category = { from = "Plan", values = { S = "Prepaid" }, otherwise = "Postpaid" }
plan_price = { from = "Cents", times = 0.01 }
lines_on_account = { from = "Lines", empty = "1" }
"""

PEOPLE = """No,Zip,Since,Months,Plan,Cents,Lines,Remark
7,2139,31.01.2024,12,S,2550,,"late, often"
8,59715,01.02.2024,11,L,7500,2,
"""


@pytest.fixture
def mapping(tmp_path: Path) -> FileMapping:
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "mapping.toml").write_text(MAPPING)
    return read_mapping(tmp_path / "mapping.toml")


def test_a_carriers_file_becomes_our_table(mapping: FileMapping, tmp_path: Path) -> None:
    report = load_files(tmp_path, tmp_path / "data", mapping=mapping)

    rows = pq.read_table(tmp_path / "data/raw/current/internal/customers.parquet").to_pylist()
    sentences = [
        (r["customer_id"], r["zip_code"], str(r["customer_since"]), r["plan_name"]) for r in rows
    ]
    assert sentences == [
        ("c-7", "02139", "2024-01-31", "Small"),
        ("c-8", "59715", "2024-02-01", "Large"),
    ]
    assert [str(row["plan_price"]) for row in rows] == ["25.50", "75.00"]
    assert [row["lines_on_account"] for row in rows] == [1, 2]
    assert [row["plan_category"] for row in rows] == ["Prepaid", "Postpaid"]
    assert report.rows == dict.fromkeys(report.rows, 0) | {"customers": 2}
    assert not [note for note in report.notes() if "not used" in note]


@pytest.mark.parametrize(
    ("old", "new", "column", "kind", "value"),
    [
        (",S,", ",M,", "plan_name", "unmapped", "M"),
        ("31.01.2024", "2024/01/31", "customer_since", "type", "2024/01/31"),
        (",2550,", ",cheap,", "plan_price", "type", "cheap"),
        (",2550,", ",2550.5,", "plan_price", "type", "25.50500000"),
        (",2139,", ",MA2139,", "zip_code", "length", "MA2139"),
        ("\n8,", "\n7,", "customer_id", "duplicate", "c-7"),
    ],
)
def test_what_the_mapping_cannot_make_of_a_value_is_a_fault(  # noqa: PLR0917 a table of cases
    mapping: FileMapping, tmp_path: Path, old: str, new: str, column: str, kind: str, value: str
) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE.replace(old, new, 1))

    with pytest.raises(LoadRefused) as refusal:
        load_files(tmp_path, tmp_path / "data", mapping=mapping)

    faults = [fault for table in refusal.value.report.tables for fault in table.faults]
    assert (column, kind) in {(fault.column, fault.kind) for fault in faults}
    shown = next(f.places[0].value for f in faults if (f.column, f.kind) == (column, kind))
    assert str(shown).rstrip("0") == value.rstrip("0")


def test_a_mapped_file_may_be_parquet(mapping: FileMapping, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        people = connection.read_csv(str(tmp_path / "people.csv"), all_varchar=True)
        people.write_parquet(str(tmp_path / "people.parquet"))
    table = mapping.tables["customers"].model_copy(update={"file": "people.parquet"})

    report = load_files(
        tmp_path, tmp_path / "data", mapping=FileMapping(tables={"customers": table})
    )

    assert report.rows["customers"] == 2


def named(mapping: FileMapping, pattern: str) -> FileMapping:
    """The mapping with a pattern for its file."""
    table = mapping.tables["customers"].model_copy(update={"file": pattern})
    return FileMapping(tables={"customers": table})


def in_two(tmp_path: Path, *names: str) -> None:
    """The two people, each in a file of their own, in this order."""
    header, *rows = PEOPLE.splitlines()
    for name, row in zip(names, rows, strict=True):
        (tmp_path / name).write_text(f"{header}\n{row}\n")


def test_a_pattern_stands_for_files_in_the_order_of_their_names(
    mapping: FileMapping, tmp_path: Path
) -> None:
    in_two(tmp_path, "east-2.csv", "east-1.csv")

    report = load_files(tmp_path, tmp_path / "data", mapping=named(mapping, "east-?.csv"))

    loaded = pq.read_table(tmp_path / "data/raw/current/internal/customers.parquet")
    assert loaded["customer_id"].to_pylist() == ["c-8", "c-7"]
    assert ("customers", "2 files, east-1.csv to east-2.csv") in [
        (table.table, note) for table in report.tables for note in table.notes
    ]


def test_a_fault_behind_a_pattern_names_its_file(mapping: FileMapping, tmp_path: Path) -> None:
    in_two(tmp_path, "east-1.csv", "east-2.csv")
    second = tmp_path / "east-2.csv"
    second.write_text(second.read_text().replace("59715", "5971x"))

    with pytest.raises(LoadRefused) as refusal:
        load_files(tmp_path, tmp_path / "data", mapping=named(mapping, "east-*.csv"))

    (fault,) = [fault for table in refusal.value.report.tables for fault in table.faults]
    assert (fault.file, fault.column, fault.places[0].number) == ("east-2.csv", "zip_code", 2)


@pytest.mark.parametrize(
    ("names", "pattern", "says"),
    [
        (("east-1.csv", "east-2.parquet"), "east-*", r"east-2\.parquet: must be \.csv"),
        (("east-1.csv", "east-2.csv"), "west-*.csv", r"west-\*\.csv: no such file"),
        (
            ("east-00001-of-00003.csv", "east-00002-of-00003.csv"),
            "east-*.csv",
            r"east-00003-of-00003\.csv: no such file",
        ),
    ],
)
def test_files_behind_a_pattern_that_are_no_set_refuse_the_load(
    mapping: FileMapping, tmp_path: Path, names: tuple[str, str], pattern: str, says: str
) -> None:
    in_two(tmp_path, *names)

    with pytest.raises(LoadRefused, match=says):
        load_files(tmp_path, tmp_path / "data", mapping=named(mapping, pattern))


def test_a_column_the_mapping_names_must_be_in_the_file(
    mapping: FileMapping, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE.replace("Months", "Tenure"))

    with pytest.raises(LoadRefused, match=r"people\.csv: months must be a column of the file"):
        load_files(tmp_path, tmp_path / "data", mapping=mapping)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("tables.customers", "tables.clients", "there is no table clients"),
        ("tenure_months", "tenure", "customers has no column tenure"),
        ('tenure_months = "Months"', "", "customers needs tenure_months"),
        ('{ constant = "MT" }', "{ }", "needs either `constant` or `from`"),
        ('{ constant = "MT" }', '{ sql = "1; drop table x" }', "Extra inputs are not permitted"),
        ("pad = 5", "pad = 0", "greater than or equal to 1"),
        ("[tables.customers]", "[tables.customers", "this is not TOML; mend it: Expected"),
        ('file = "people.csv"', 'file = ""', "at least 1 character"),
        ('unused = ["Remark"]', 'unused = [" months"]', "`unused` has ' months', which a `from`"),
        ('unused = ["Remark"]', 'nulls = ["S"]', "plan_name: `values` and the `nulls` of the file"),
        ('"Months"', '{ from = "Months", date_format = "%Y" }', "`date_format` makes a day"),
        (
            '"Months"',
            '{ from = "Months", months_before = 2026-03-01 }',
            "makes a day, which tenure",
        ),
        ('date_format = "%d.%m.%Y"', "times = 12", "customer_since is a day; add date_format"),
    ],
)
def test_a_mapping_file_that_makes_no_sense_says_where(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING.replace(old, new))

    with pytest.raises(DatasetRejected, match=r"mapping\.toml") as refusal:
        read_mapping(path)

    assert says in str(refusal.value)


WORTHS = """No,Zip,Since,Months,Plan,Cents,Lines,Remark
7,2139,31.01.2024,12,S,NA,-,NA
8,59715,01.02.2024,11,L,2550,2,
"""


def test_words_that_stand_for_nothing_are_told_for_a_file_and_otherwise_for_a_column(
    tmp_path: Path,
) -> None:
    (tmp_path / "people.csv").write_text(WORTHS)
    options = {
        'unused = ["Remark"]': 'nulls = ["NA", "N/A", "-"]',
        "times = 0.01": 'times = 0.01, empty = "2000"',
        'dma_code = { constant = "000" }': """
            dma_code = { constant = "000" }
            lifetime_value = "Cents"
            acquisition_channel = { from = "Remark", nulls = [] }
        """,
    }
    text = MAPPING
    for old, new in options.items():
        text = text.replace(old, new)
    (tmp_path / "mapping.toml").write_text(text)

    load_files(tmp_path, tmp_path / "data", mapping=read_mapping(tmp_path / "mapping.toml"))

    stored = pq.read_table(tmp_path / "data/raw/current/internal/customers.parquet").to_pylist()
    names = ("plan_price", "lines_on_account", "lifetime_value", "acquisition_channel")
    assert [[row[name] for name in names] for row in stored] == [
        [20, 1, None, "NA"],
        [25.5, 2, 2550, None],
    ]


@pytest.mark.parametrize("marker", ["NA", "N/A", "NULL", "-", "?", "nan", '""', "''", "n.a.", "."])
def test_a_marker_is_nothing_and_what_is_no_marker_is_a_fault(tmp_path: Path, marker: str) -> None:
    quoted = marker.replace('"', '""')
    rows = PEOPLE.replace(",12,", f',"{quoted}",').replace(",Months,", ",Age,")
    (tmp_path / "people.csv").write_text(rows)
    text = MAPPING.replace('tenure_months = "Months"', 'age = "Age"\ntenure_months.constant = "1"')
    (tmp_path / "mapping.toml").write_text(text)
    without = read_mapping(tmp_path / "mapping.toml")
    text = text.replace("unused =", f"nulls = ['NA', {json.dumps(marker)}]\nunused =")
    (tmp_path / "mapping.toml").write_text(text)

    with pytest.raises(LoadRefused, match="age must be a whole number"):
        load_files(tmp_path, tmp_path / "data", mapping=without)
    load_files(tmp_path, tmp_path / "data", mapping=read_mapping(tmp_path / "mapping.toml"))

    stored = pq.read_table(tmp_path / "data/raw/current/internal/customers.parquet")
    assert stored["age"].to_pylist() == [None, 11]


def test_a_fault_of_an_option_is_told_once(mapping: FileMapping, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE.replace("31.01.2024", "2024-01-31"))

    with pytest.raises(LoadRefused) as refusal:
        load_files(tmp_path, tmp_path / "data", mapping=mapping)

    (fault,) = [fault for table in refusal.value.report.tables for fault in table.faults]
    assert (fault.column, fault.kind) == ("customer_since", "type")
    assert fault.must == "must be a day or time written '%d.%m.%Y'"


@pytest.mark.parametrize("text", ["x = [" * 5_000, "\x00", "a = 1\na = 2", '"\\q" = 1'])
def test_what_is_no_toml_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(text)

    with pytest.raises(DatasetRejected, match=r"mapping\.toml: this is not TOML"):
        read_mapping(path)


def test_a_mapping_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.toml", tmp_path):
        with pytest.raises(DatasetRejected, match=f"{path}: the mapping file cannot be read"):
            read_mapping(path)
