"""History is the one table that a load may be without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.warehouse.build.duckdb import open_build
from adapters.warehouse.load.load import load_files, read_manifest
from adapters.warehouse.load_report import LoadRefused, RejectLimit
from adapters.warehouse.scripts.tables import declared_tables
from adapters.warehouse.versions.duckdb_files import live_file, open_file
from data_generator.generate.generate import generate
from data_generator.io.write import Format
from tests.fakes.small_base import CARRIER, add_history, small_base, write_files
from tests.fakes.warehouses import DuckDBWarehouse, build

Offer = Callable[[str], Path]
Spoil = Callable[[str], str]

SPOILT: dict[str, tuple[Spoil, tuple[str, str, int]]] = {
    "no number": (lambda text: text.replace("0.04", "few", 1), ("accept_share", "type", 2)),
    "not a number": (lambda text: text.replace("0.04", "nan", 1), ("accept_share", "type", 2)),
    "a share above one": (
        lambda text: text.replace("0.04", "4.0", 1),
        ("accept_share", "range", 2),
    ),
    "another word for an action": (
        lambda text: text.replace("IGNORE", "SHRUG", 1),
        ("likely_action", "range", 2),
    ),
    "levers that are no list": (
        lambda text: text.replace('[{""kind""', '{""kind""', 1),
        ("levers", "range", 2),
    ),
    "a lever nobody knows": (
        lambda text: text.replace('""price_change""', '""price_rise""', 1),
        ("levers", "range", 2),
    ),
    "a lever beyond all limits": (
        lambda text: text.replace("5.0}]", "5e9}]", 1),
        ("levers", "range", 2),
    ),
    "a segment twice in one event": (
        lambda text: text.replace(",S2,", ",S1,", 1),
        ("event_id", "duplicate", 3),
    ),
    "a category of support": (
        lambda text: text.replace("Pricing", "Billing", 1),
        ("category", "range", 2),
    ),
}


@pytest.fixture
def with_history(tmp_path: Path) -> Path:
    with small_base() as tables:
        add_history(tables)
        write_files(tables, tmp_path / "nine", "csv")
    return tmp_path / "nine"


def history_of(data_dir: Path) -> list[tuple[Any, ...]]:
    """Rows of the live build's table."""
    live = live_file(data_dir)
    assert live is not None
    with open_file(live, data_dir, read_only=True) as connection:
        return connection.execute(
            "select event_id, segment_id, churn_uplift_points from personas.historical_reactions"
            " order by all"
        ).fetchall()


def test_a_carrier_without_history_loads_eight_tables(offer: Offer, tmp_path: Path) -> None:
    report = load_files(offer("parquet"), tmp_path / "data")

    assert len(report.tables) == 8
    assert report.notes() == []
    manifest = read_manifest(tmp_path / "data/raw/current")
    assert [table.name for table in manifest.tables] == [
        table.name for table in declared_tables() if not table.optional
    ]


def test_history_that_was_loaded_is_in_the_build_and_gone_with_the_next_load(
    ninety_more: Path, tmp_path: Path
) -> None:
    warehouse = DuckDBWarehouse(tmp_path)
    warehouse.load(ninety_more)
    build(warehouse)
    assert history_of(tmp_path) == [
        ("e1", "S1", 1.5),
        ("e1", "S2", 1.5),
        ("e2", "S1", -0.5),
        ("e2", "S2", -0.5),
    ]

    for file in ninety_more.iterdir():
        if file.stem != "historical_reactions":
            (tmp_path / "eight").mkdir(exist_ok=True)
            (tmp_path / "eight" / file.name).write_bytes(file.read_bytes())
    warehouse.load(tmp_path / "eight")
    build(warehouse)
    assert history_of(tmp_path) == []


@pytest.mark.parametrize("done", SPOILT)
def test_a_fault_in_history_is_named_like_any_other(
    with_history: Path, tmp_path: Path, done: str
) -> None:
    spoil, named = SPOILT[done]
    path = with_history / "historical_reactions.csv"
    spoilt = spoil(path.read_text())
    assert spoilt != path.read_text()
    path.write_text(spoilt)

    with pytest.raises(LoadRefused) as refusal:
        load_files(with_history, tmp_path / "data")

    (fault,) = [fault for table in refusal.value.report.tables for fault in table.faults]
    assert (fault.column, fault.kind, fault.places[0].number) == named


def test_a_rejected_lever_is_counted_and_never_met_by_a_build(
    with_history: Path, tmp_path: Path
) -> None:
    path = with_history / "historical_reactions.csv"
    path.write_text(path.read_text().replace('""price_change""', '""price_rise""', 1))

    report = load_files(with_history, tmp_path / "data", limit=RejectLimit(rows=1))

    (history,) = [table for table in report.tables if table.table == "historical_reactions"]
    assert (history.rows_in, history.rows_good, history.rows_rejected) == (4, 3, 1)
    with open_build(tmp_path / "data", CARRIER) as twins:
        twins.make_features()
        events = [(event.event_id, event.segment_id) for event in twins.past_events()]
    assert events == [("e1", "S2"), ("e2", "S1"), ("e2", "S2")]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_generated_history_arrives_whole(tmp_path: Path, kind: Format) -> None:
    generate(tmp_path / "out", 200, 42, format=kind, workers=1)

    report = load_files(tmp_path / "out", tmp_path / "data")

    assert report.rows["historical_reactions"] == 736
    with open_build(tmp_path / "data", CARRIER) as twins:
        assert twins.make_features() == 200
