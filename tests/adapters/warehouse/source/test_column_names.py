"""Columns of a carrier's file may be called anything, or nothing: loaded, or refused in words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load.load import load_files
from adapters.warehouse.load_report import LoadReport
from adapters.warehouse.mapping.mapping import FileMapping
from domain.errors import DatasetRejected
from tests.long import LONG, every

FUZZED = 1_000 if LONG else 10
NAMES = (
    *("", " ", "\t", "#line", "=", "=x", "file_row_number", "filename", "rowid", "part", "offered"),
    *('a"b', '"', '""', "a'b", "';--", "a;b", "a,b", "a\nb", "a\r\nb", "a\\b", "`", "[x]", "{x}"),
    *("select", "from", "null", "order", "table", "x; drop table y", "a.b", "*", "?", "%s", "$1"),
    *("é", "名前", "💥", "\u202ex", "\u200b", "\x1b[31mred", "\x07", "x" * 5_000, "C0", "column0"),
    *("customer_id", "zip_code", "Months", "months ", "true", "1", "-1", "1.5"),
)
ENGINE_WORDS = re.compile(r"Error|Exception|LINE 1|duckdb|arrow|Traceback", re.IGNORECASE)
CONSTANTS = {
    "zip_code": "59715",
    "state_code": "MT",
    "dma_code": "000",
    "customer_since": "2024-01-01",
    "tenure_months": "12",
    "plan_name": "Small",
    "plan_category": "Prepaid",
    "plan_price": "25",
    "lines_on_account": "1",
}


def taking(column: str, kind: str = "csv") -> FileMapping:
    """A mapping that takes customer_id from a column and knows the rest by itself."""
    columns: dict[str, object] = {name: {"constant": text} for name, text in CONSTANTS.items()}
    table = {"file": f"people.{kind}", "columns": columns | {"customer_id": {"from": column}}}
    return FileMapping.model_validate({"tables": {"customers": table}})


def write(folder: Path, names: Sequence[str], rows: Sequence[Sequence[str]], kind: str) -> None:
    """A file with these names and rows, as a spreadsheet or as pandas would write it."""
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([names, *rows])
        (folder / "people.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
        return
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(columns, names=list(names)), folder / "people.parquet")


def ids_of(data_dir: Path) -> list[str | None]:
    stored = pq.read_table(data_dir / "raw/current/internal/customers.parquet")
    return stored["customer_id"].to_pylist()


def load(folder: Path, mapping: FileMapping) -> LoadReport:
    return load_files(folder, folder / "data", mapping=mapping)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("name", every(4, NAMES), ids=ascii)
def test_a_column_may_have_any_name(name: str, kind: str, tmp_path: Path) -> None:
    write(tmp_path, ["first", name, "last"], [["a", "c1", "x"], ["b", "c2", "y"]], kind)

    load(tmp_path, taking(name, kind))

    assert ids_of(tmp_path / "data") == ["c1", "c2"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("seed", range(FUZZED))
def test_any_header_is_loaded_or_refused_in_words(kind: str, seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    names = [NAMES[i] for i in rng.integers(len(NAMES), size=int(rng.integers(1, 7)))]
    rows = [[f"{row}.{place}" for place in range(len(names))] for row in range(3)]
    write(tmp_path, names, rows, kind)
    wanted = int(rng.integers(len(names)))

    report, refused = outcome(tmp_path, taking(names[wanted], kind))

    if report is None:
        assert not ENGINE_WORDS.search(refused)
        assert len({name.strip().lower() for name in names}) < len(names) or len(names) == 1
    else:
        assert ids_of(tmp_path / "data") == [row[wanted] for row in rows]
        assert report.tables[0].rows_in == len(rows)


def outcome(folder: Path, mapping: FileMapping) -> tuple[LoadReport | None, str]:
    """What was loaded, or why nothing was."""
    try:
        return load(folder, mapping), ""
    except DatasetRejected as refusal:
        return None, str(refusal)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_column_without_a_name_can_be_used_wherever_it_stands(place: int, tmp_path: Path) -> None:
    names, rows = ["one", "two"], [["a", "b"], ["c", "d"]]
    names.insert(place, "")
    for number, row in enumerate(rows):
        row.insert(place, f"c{number}")
    write(tmp_path, names, rows, "csv")

    load(tmp_path, taking(""))

    assert ids_of(tmp_path / "data") == ["c0", "c1"]


def test_columns_without_names_that_are_not_used_are_noted(tmp_path: Path) -> None:
    write(tmp_path, ["", "no", "", " "], [["1", "a", "", ""]], "csv")

    report = load(tmp_path, taking("no"))

    assert ids_of(tmp_path / "data") == ["a"]
    assert report.tables[0].notes == ("columns that are not used: the column without a name",)


def test_of_several_columns_without_a_name_none_is_taken(tmp_path: Path) -> None:
    write(tmp_path, ["", "no", ""], [["1", "a", "2"]], "csv")

    with pytest.raises(DatasetRejected, match="the column without a name must be one column, not"):
        load(tmp_path, taking(""))


def test_a_column_of_an_unmapped_parquet_file_may_have_blanks_about_its_name(
    offer: Callable[[str], Path], tmp_path: Path
) -> None:
    path = offer("parquet") / "customers.parquet"
    table = pq.read_table(path)
    pq.write_table(table.rename_columns([f" {name.upper()} " for name in table.column_names]), path)

    report = load_files(path.parent, tmp_path / "data")

    stored = pq.read_table(tmp_path / "data/raw/current/internal/customers.parquet")
    assert stored.column_names == table.column_names
    assert stored["zip_code"].to_pylist() == table["zip_code"].to_pylist()
    assert report.notes() == []
