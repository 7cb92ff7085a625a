"""What is DuckDB's own: files, folders and pointers; see also tests/contract/test_twins.py."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from adapters.warehouse.build.duckdb import open_build
from adapters.warehouse.live.duckdb import DuckDBCustomerBase
from adapters.warehouse.load.load import load_files
from domain.errors import StateConflict, Unavailable
from domain.personas.persona import Persona
from tests.fakes.small_base import CARRIER, plain_persona
from tests.fakes.warehouses import DuckDBWarehouse, run
from tests.fakes.warehouses import build as build_twins


@pytest.fixture
def data_dir(ninety_more: Path, tmp_path: Path) -> Path:
    """A data directory with ninety-three customers loaded and nothing built."""
    load_files(ninety_more, tmp_path / "data")
    return tmp_path / "data"


def build(data_dir: Path, *personas: Persona) -> str:
    return build_twins(DuckDBWarehouse(data_dir), *personas)


def test_each_figure_names_rows_that_can_be_counted_again(data_dir: Path) -> None:
    version = build(data_dir)
    path = data_dir / "analytics" / version / "twins.duckdb"
    segments = DuckDBCustomerBase(data_dir).segments()

    with duckdb.connect(
        str(path), read_only=True, config={"file_search_path": str(data_dir)}
    ) as connection:
        for source in {
            str(f.source): f.source for s in segments for f in s.statistics.values()
        }.values():
            rows = connection.table(source.table).filter(source.filter)
            assert len(rows.fetchall()) == source.rows > 0


def test_a_build_that_ends_early_changes_nothing(data_dir: Path) -> None:
    live = build(data_dir)

    with open_build(data_dir, CARRIER) as twins:
        run(twins)

    assert DuckDBCustomerBase(data_dir).version == live


def test_a_data_directory_that_was_moved_still_works(data_dir: Path) -> None:
    build(data_dir)
    moved = data_dir.rename(data_dir.with_name("elsewhere"))

    assert len(DuckDBCustomerBase(moved).respondents()) == 93
    assert build(moved) == "0002"


def test_data_in_use_by_a_build_outlives_later_loads(data_dir: Path, ninety_more: Path) -> None:
    build(data_dir)
    for _ in range(3):
        load_files(ninety_more, data_dir)

    raw = {path.name for path in (data_dir / "raw").iterdir()}

    assert raw == {"0001", "0003", "0004", "current"}


def test_every_version_of_a_persona_is_kept(data_dir: Path) -> None:
    for version in (1, 2):
        build(data_dir, plain_persona().model_copy(update={"version": version}))

    with duckdb.connect(str(data_dir / "analytics/current/twins.duckdb"), read_only=True) as file:
        versions = file.table("personas.persona_versions").project("segment_id, version").fetchall()

    assert sorted(versions) == [("S1", 1), ("S1", 2)]


def test_a_build_published_while_serving_is_noticed(data_dir: Path) -> None:
    base = DuckDBCustomerBase(data_dir)
    versions = []
    for _ in range(2):
        build(data_dir)
        versions.append(base.version)
        assert len(base.segments()) == 3

    assert versions == ["0001", "0002"]


def test_a_file_in_use_as_its_own_service_is_no_hindrance_to_the_next_build(
    data_dir: Path,
) -> None:
    build(data_dir)
    base = DuckDBCustomerBase(data_dir)
    base.segments()

    assert build(data_dir) == "0002"
    assert base.as_of == str(date(2025, 1, 31))


def test_two_builds_at_once_are_refused(data_dir: Path) -> None:
    with open_build(data_dir, CARRIER), pytest.raises(StateConflict):
        build(data_dir)


def test_a_broken_file_is_unavailable_rather_than_a_surprise(data_dir: Path) -> None:
    version = build(data_dir)
    (data_dir / "analytics" / version / "twins.duckdb").write_bytes(b"not a database" * 99)

    with pytest.raises(Unavailable, match="twin build"):
        DuckDBCustomerBase(data_dir).segments()
