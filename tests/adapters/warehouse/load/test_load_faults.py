"""Faults planted in many places: each is named right, and no other row is lost or changed."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load.load import load_files
from adapters.warehouse.load_report import LoadRefused, LoadReport, RejectLimit
from adapters.warehouse.scripts.tables import declared_tables
from tests.adapters.warehouse.load.faults import FAULTS, OF_CUSTOMERS, Files, Planted
from tests.fakes.small_base import add_customer, add_history, small_base, write_files
from tests.long import every

PLANTED = int(os.environ.get("CDT_PLANTED_FAULTS", "60"))  # 200 take about a minute
PLACES = -(-PLANTED // len(FAULTS))
CASES = every(3, [(kind, place) for kind in FAULTS for place in range(PLACES)])
WHOLE_ROWS = {"fields", "quotes", "encoding", "nul", "line_end", "cut_off", "repeated_header"}

Loaded = dict[str, Counter[tuple[object, ...]]]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Twenty-three customers' files, without fault."""
    folder = tmp_path_factory.mktemp("sound")
    with small_base() as tables:
        for number in range(20):
            add_customer(tables, number)
        add_history(tables)
        write_files(tables, folder, "csv")
    return {path.stem: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def loaded(sound: Files, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("loaded")
    load_files(write(sound, folder / "offered"), folder / "data")
    return rows_of(folder / "data")


@pytest.mark.parametrize(("kind", "place"), CASES)
def test_a_planted_fault_is_named_and_costs_no_other_row(
    sound: Files, loaded: Loaded, tmp_path: Path, kind: str, place: int
) -> None:
    files = dict(sound)
    planted = FAULTS[kind](files, np.random.default_rng([place, *kind.encode()]))
    offered = write(files, tmp_path / "offered")

    try:
        report = load_files(offered, tmp_path / "data", limit=RejectLimit(rows=100))
    except LoadRefused as refusal:
        report = refusal.report
        assert planted.line is None

    assert_named(planted, report)
    if report.version is not None:
        assert planted.line is not None
        assert_only_rejected_rows_are_missing(loaded, rows_of(tmp_path / "data"), report)


@pytest.mark.parametrize("kind", every(3, list(FAULTS)))
def test_a_load_with_a_planted_fault_is_refused_and_leaves_what_was_live(
    sound: Files, loaded: Loaded, tmp_path: Path, kind: str
) -> None:
    load_files(write(sound, tmp_path / "sound"), tmp_path / "data")
    files = dict(sound)
    planted = FAULTS[kind](files, np.random.default_rng(7))

    with pytest.raises(LoadRefused) as refusal:
        load_files(write(files, tmp_path / "offered"), tmp_path / "data")

    (fault,) = [fault for table in refusal.value.report.tables for fault in table.faults]
    assert (fault.file, fault.kind, fault.column) == (planted.file, planted.kind, planted.column)
    assert rows_of(tmp_path / "data") == loaded


def write(files: Files, folder: Path) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(content)
    return folder


def rows_of(data_dir: Path) -> Loaded:
    return {
        table.name: Counter(
            tuple(row.values())
            for row in pq.read_table(data_dir / "raw/current" / table.file).to_pylist()
        )
        for table in declared_tables()
    }


def assert_named(planted: Planted, report: LoadReport) -> None:
    """The fault is among those reported, and all others follow from a customer it cost."""
    faults = {fault for table in report.tables for fault in table.faults}
    (fault,) = [f for f in faults if f.kind not in {"orphan", "customer_rejected"}] or faults
    assert (fault.file, fault.kind, fault.column) == (planted.file, planted.kind, planted.column)
    if planted.line is not None:
        assert [place.number for place in fault.places] == [planted.line]
    if planted.kind not in WHOLE_ROWS and planted.line is not None:
        assert [place.value for place in fault.places] == [planted.value and planted.value[:60]]
    if len(faults) > 1:
        assert planted.file == "customers.csv"
        assert {f.file.removesuffix(".csv") for f in faults - {fault}} <= set(OF_CUSTOMERS)


def assert_only_rejected_rows_are_missing(
    before: Loaded, after: Loaded, report: LoadReport
) -> None:
    rejected = {table.table: table.rows_rejected for table in report.tables}
    for table, rows in after.items():
        assert rows <= before[table]
        assert before[table].total() - rows.total() == rejected[table]
