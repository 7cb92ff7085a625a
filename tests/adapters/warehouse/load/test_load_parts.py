"""A table offered in parts is loaded like the whole; parts that are not the whole are refused."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load.load import load_files
from adapters.warehouse.load_report import LoadRefused, LoadReport, RejectLimit
from adapters.warehouse.scripts.tables import declared_tables
from adapters.warehouse.source.file_manifest import read_file_manifest
from data_generator.generate.generate import generate, merge
from data_generator.io.recipe import Shard
from data_generator.io.write import Format
from domain.errors import DatasetRejected
from tests.fakes.small_base import add_customer, add_history, small_base, write_files
from tests.fakes.warehouses import DuckDBWarehouse, build
from tests.long import in_the_long_run

CUSTOMERS, SEED, OF = 300, 7, 3
BILLS = "monthly_usage"
FIRST, SECOND, THIRD = (f"-0000{number}-of-0000{OF}" for number in (1, 2, 3))

Damage = Callable[[Path], object]


@pytest.fixture(params=["csv", "parquet"])
def kind(request: pytest.FixtureRequest) -> Format:
    chosen: Format = request.param
    return chosen


@pytest.fixture
def in_parts(kind: Format, tmp_path: Path) -> Path:
    """Ninety-three customers' tables in three parts each, and whole files of the places."""
    folder = tmp_path / "parts"
    with small_base() as tables:
        for number in range(90):
            add_customer(tables, number)
        add_history(tables)
        write_files(tables, folder, kind)
    for path in sorted(folder.iterdir()):
        cut(path)
    return folder


def cut(path: Path) -> None:
    """Put three parts in the place of a file, if it has rows for them."""
    parts = [path.with_name(f"{path.stem}{part}{path.suffix}") for part in (FIRST, SECOND, THIRD)]
    rows = rows_of(path)
    places = [len(rows) * number // OF for number in range(OF + 1)]
    if len(rows) < OF:
        return
    for target, (first, last) in zip(parts, itertools.pairwise(places), strict=True):
        write_rows(path, target, first, last)
    path.unlink()


def rows_of(path: Path) -> pa.Table | list[str]:
    if path.suffix == ".csv":
        return path.read_text().splitlines(keepends=True)[1:]
    return pq.read_table(path)


def write_rows(source: Path, target: Path, first: int, last: int) -> None:
    """Some rows of a file as another file."""
    rows = rows_of(source)[first:last]
    if isinstance(rows, pa.Table):
        pq.write_table(rows, target)
        return
    header = source.read_text().split("\n")[0]
    target.write_text("".join([f"{header}\n", *rows]))


def refused(folder: Path, data_dir: Path) -> LoadReport:
    with pytest.raises(LoadRefused) as refusal:
        load_files(folder, data_dir)
    return refusal.value.report


def sentences_of(report: LoadReport) -> list[str]:
    return [sentence.split(";")[0] for sentence in report.sentences(values=True)]


@in_the_long_run
def test_shards_merged_load_as_one_run_does(kind: Format, tmp_path: Path) -> None:
    generate(tmp_path / "whole", CUSTOMERS, SEED, format=kind, workers=1)
    for number in range(1, OF + 1):
        shard = Shard(number, OF)
        generate(tmp_path / "merged", CUSTOMERS, SEED, format=kind, shard=shard, workers=1)
    merge(tmp_path / "merged")

    whole = load_files(tmp_path / "whole", tmp_path / "one")
    parts = load_files(tmp_path / "merged", tmp_path / "three")

    assert len(read_file_manifest(tmp_path / "merged").rows) == 9 * OF
    assert [replace(t, file=None) for t in parts.tables] == [
        replace(t, file=None) for t in whole.tables
    ]
    for table in declared_tables():
        one = pq.read_table(tmp_path / "one/raw/current" / table.file)
        assert pq.read_table(tmp_path / "three/raw/current" / table.file).equals(one)


def test_twins_built_of_parts_are_those_of_the_whole(
    in_parts: Path, ninety_more: Path, tmp_path: Path
) -> None:
    twins = []
    for number, folder in enumerate((ninety_more, in_parts)):
        warehouse = DuckDBWarehouse(tmp_path / str(number))
        warehouse.load(folder)
        build(warehouse)
        twins.append(warehouse.customers())

    assert twins[0].segments() == twins[1].segments()
    assert (twins[0].respondents().segment == twins[1].respondents().segment).all()


def test_a_fault_is_named_by_the_part_it_is_in(
    kind: Format, in_parts: Path, tmp_path: Path
) -> None:
    path = in_parts / f"customers{SECOND}.{kind}"
    spoil_third_age(path)

    report = refused(in_parts, tmp_path / "data")

    place = "line 4" if kind == "csv" else "row 3"
    assert sentences_of(report) == [f"{path.name}: age must be from 0 to 130"]
    assert f"such as {place} ('300')" in report.sentences(values=True)[0]


def test_a_key_may_not_come_again_in_a_later_part(
    kind: Format, in_parts: Path, tmp_path: Path
) -> None:
    first, third = (in_parts / f"{BILLS}{part}.{kind}" for part in (FIRST, THIRD))
    third.write_bytes(first.read_bytes())

    report = load_files(in_parts, tmp_path / "data", limit=RejectLimit(share=1.0))

    (bills,) = [table for table in report.tables if table.table == "monthly_usage"]
    (fault,) = bills.faults
    assert (fault.file, fault.kind, fault.rows) == (third.name, "duplicate", bills.rows_rejected)
    assert fault.places[0].number == (2 if kind == "csv" else 1)


ONCE = "must be one of the 3 parts of the table, each of them once"
DAMAGES: dict[str, tuple[Damage, list[str]]] = {
    "a part missing": (
        lambda folder: part(folder, SECOND).unlink(),
        ["monthly_usage-00002-of-00003: no such file"],
    ),
    "a part too many": (
        lambda folder: part(folder, SECOND).rename(beside(folder, "-00004-of-00003")),
        [
            f"monthly_usage-00004-of-00003: {ONCE}",
            "monthly_usage-00002-of-00003: no such file",
        ],
    ),
    "a part of another number": (
        lambda folder: beside(folder, "-00001-of-00002").write_bytes(b""),
        [
            f"monthly_usage-00001-of-00002: {ONCE}",
        ],
    ),
    "a part twice": (
        lambda folder: again(part(folder, FIRST)),
        [
            f"monthly_usage-00001-of-00003: {ONCE}",
        ],
    ),
    "a whole file beside": (
        lambda folder: beside(folder, "").write_bytes(b""),
        ["monthly_usage: must not lie beside parts of the same table"],
    ),
}


def part(folder: Path, suffix: str) -> Path:
    (found,) = folder.glob(f"{BILLS}{suffix}.*")
    return found


def again(path: Path) -> None:
    (path.parent / "internal").mkdir()
    (path.parent / "internal" / path.name).write_bytes(path.read_bytes())


def beside(folder: Path, suffix: str) -> Path:
    return folder / f"{BILLS}{suffix}{part(folder, FIRST).suffix}"


@pytest.mark.parametrize("damage", DAMAGES)
def test_parts_that_are_not_the_whole_are_refused_by_name(
    kind: Format, in_parts: Path, tmp_path: Path, damage: str
) -> None:
    spoil, named = DAMAGES[damage]
    spoil(in_parts)

    report = refused(in_parts, tmp_path / "data")

    assert [sentence.replace(f".{kind}:", ":") for sentence in sentences_of(report)] == named


def test_parts_of_two_formats_are_refused(kind: Format, in_parts: Path, tmp_path: Path) -> None:
    other = "csv" if kind == "parquet" else "parquet"
    part(in_parts, SECOND).rename(in_parts / f"{BILLS}{SECOND}.{other}")

    report = refused(in_parts, tmp_path / "data")

    assert sentences_of(report)[0] == (
        f"monthly_usage{SECOND}.{other}: must be .{kind} like the other parts"
    )


def test_a_damaged_part_is_named(kind: Format, in_parts: Path, tmp_path: Path) -> None:
    path = part(in_parts, THIRD)
    content = bytearray(path.read_bytes())
    content[400:460] = b"\xff" * 60
    path.write_bytes(content)

    report = refused(in_parts, tmp_path / "data")

    (bills,) = [table for table in report.tables if table.table == "monthly_usage"]
    assert {fault.file for fault in bills.faults} == {path.name}


def test_a_file_cut_off_between_two_rows_is_known_by_its_manifest(
    kind: Format, in_parts: Path, tmp_path: Path
) -> None:
    write_manifest(in_parts)
    load_files(in_parts, tmp_path / "data")
    path = part(in_parts, SECOND)
    write_rows(path, path, 0, 30)

    report = refused(in_parts, tmp_path / "data")

    expected = "must have the 31 rows that its manifest lists, not 30"
    assert sentences_of(report) == [f"{path.name}: {expected}"]


def test_a_listed_history_that_is_not_there_was_lost(in_parts: Path, tmp_path: Path) -> None:
    write_manifest(in_parts)
    for path in in_parts.glob("historical_reactions*"):
        path.unlink()

    assert sentences_of(refused(in_parts, tmp_path / "data")) == [
        "historical_reactions.parquet or historical_reactions.csv: no such file"
    ]


def test_a_manifest_of_something_else_says_nothing_and_half_a_one_is_refused(
    in_parts: Path, tmp_path: Path
) -> None:
    manifest = in_parts / "manifest.json"
    manifest.write_text(json.dumps({"files": ["a.csv"]}))
    load_files(in_parts, tmp_path / "data")

    write_manifest(in_parts)
    manifest.write_bytes(manifest.read_bytes()[:200])
    with pytest.raises(DatasetRejected, match=r"manifest\.json: must be whole JSON"):
        load_files(in_parts, tmp_path / "data")


def write_manifest(folder: Path) -> None:
    """As the generator writes it, as far as a load reads it."""
    files = [
        {"name": re.split("[-.]", path.name)[0], "path": path.name, "rows": len(rows_of(path))}
        for path in sorted(folder.iterdir())
        if path.suffix != ".json"
    ]
    (folder / "manifest.json").write_text(json.dumps({"files": files}))


def spoil_third_age(path: Path) -> None:
    if path.suffix == ".csv":
        header, *lines = path.read_text().splitlines(keepends=True)
        fields = lines[2].split(",")
        fields[header.split(",").index("age")] = "300"
        path.write_text("".join([header, *lines[:2], ",".join(fields), *lines[3:]]))
        return
    rows = pq.read_table(path)
    ages = rows["age"].to_pylist()
    ages[2] = 300
    place = rows.column_names.index("age")
    pq.write_table(rows.set_column(place, "age", pa.array(ages, pa.int32())), path)
