from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from data_generator.generate.generate import AlreadyGenerating, generate
from data_generator.generate.make import TABLES
from data_generator.io.recipe import BLOCK_CUSTOMERS
from data_generator.io.write import Format
from data_generator.schema.schema import DECIMALS, FOLDERS, SCHEMAS
from tests.data_generator.conftest import CUSTOMERS, SEED, Market

SMALL = 1_500


def digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.glob("*/*"))
    }


def as_read(schema: pa.Schema) -> pa.Schema:
    """Arrow reads decimals into its widest form, however narrow they were written."""
    return pa.schema(
        [
            field.with_type(pa.decimal128(field.type.precision, field.type.scale))
            if isinstance(field.type, DECIMALS)
            else field
            for field in schema
        ]
    )


def test_all_nine_files_have_the_columns_and_types_of_the_schema(market: Market) -> None:
    assert set(digests(market.folder)) == {file.path for file in market.manifest.files}
    assert {file.name for file in market.manifest.files} == set(FOLDERS)
    for table, schema in SCHEMAS.items():
        file = market.folder / FOLDERS[table] / f"{table}.parquet"
        assert pq.read_schema(file).equals(as_read(schema)), table


def test_the_manifest_describes_the_files_as_they_are(market: Market) -> None:
    stored = json.loads((market.folder / "manifest.json").read_text())
    assert (stored["seed"], stored["customers"], stored["as_of"]) == (SEED, CUSTOMERS, "2026-03-01")
    on_disk = digests(market.folder)
    for file in stored["files"]:
        assert on_disk[file["path"]] == file["sha256"]
        assert (market.folder / file["path"]).stat().st_size == file["bytes"]
        assert market.count(file["name"]) == file["rows"]


def test_neither_chunks_nor_workers_change_a_byte_of_parquet(
    tmp_path: Path, market: Market
) -> None:
    generate(tmp_path, CUSTOMERS, SEED, workers=1, chunk_customers=BLOCK_CUSTOMERS // 3)
    assert digests(tmp_path) == digests(market.folder)


def test_neither_chunks_nor_workers_change_a_byte_of_csv(tmp_path: Path) -> None:
    generate(tmp_path / "whole", SMALL, 7, format="csv", workers=1)
    generate(tmp_path / "cut", SMALL, 7, format="csv", workers=2, chunk_customers=401)
    assert digests(tmp_path / "whole") == digests(tmp_path / "cut")
    assert len(digests(tmp_path / "cut")) == len(FOLDERS)


def test_more_customers_leave_the_first_ones_as_they_were(tmp_path: Path, market: Market) -> None:
    generate(tmp_path, SMALL, SEED, workers=1)
    few = tmp_path / "internal" / "customers.parquet"
    same = """
        select count(*) from (
            select * from '{}' intersect
            select * exclude (file_row_number) from customers where file_row_number < {}
        )
    """
    assert market.number(same, str(few), str(SMALL)) == SMALL


def test_another_seed_gives_another_market(tmp_path: Path) -> None:
    generate(tmp_path / "one", 300, 7, workers=1)
    generate(tmp_path / "other", 300, 8, workers=1)
    one, other = digests(tmp_path / "one"), digests(tmp_path / "other")
    assert not set(one.values()) & set(other.values())


def test_a_market_a_year_earlier_is_as_full(tmp_path: Path) -> None:
    manifests = [
        generate(tmp_path / str(day), SMALL, 7, as_of=day, workers=1)
        for day in (date(2026, 3, 1), date(2024, 2, 29))
    ]
    rows = [{file.name: file.rows for file in manifest.files} for manifest in manifests]
    for table in TABLES:
        assert rows[0][table] == pytest.approx(rows[1][table], rel=0.08), table
    usage = pq.read_table(tmp_path / "2024-02-29" / "internal" / "monthly_usage.parquet")
    assert pc.max(usage["billing_month"]).as_py() == date(2024, 1, 1)


@pytest.mark.parametrize("wrong", [{"customers": 0}, {"workers": -1}, {"chunk_customers": 0}])
def test_counts_below_one_are_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        generate(tmp_path, **{"customers": 10, "seed": 1, **wrong})  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_reaches_the_end_of_every_table(tmp_path: Path, workers: int) -> None:
    seen: dict[str, tuple[int, int]] = {}
    generate(
        tmp_path,
        300,
        7,
        workers=workers,
        progress=lambda table, done, total: seen.update({table: (done, total)}),
    )
    assert set(seen) == set(TABLES)
    assert all(done == total for done, total in seen.values())
    assert seen["customers"] == (300, 300)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_leaves_nothing_half_and_the_next_cleans_up(
    tmp_path: Path, workers: int
) -> None:
    command = [sys.executable, "-m", "data_generator", "--customers", "900000"]
    run = subprocess.Popen([*command, "--out", str(tmp_path), "--workers", str(workers)])
    while not list(tmp_path.glob("*/.*.partial")):
        assert run.poll() is None
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert digests(tmp_path).keys() == {
        str(file.relative_to(tmp_path)) for file in tmp_path.glob("*/.*.partial")
    }
    generate(tmp_path, 300, 7, workers=1)
    assert len(digests(tmp_path)) == len(FOLDERS)
    assert not list(tmp_path.glob("**/.*.partial"))


def test_a_failed_run_leaves_the_market_that_was_there(tmp_path: Path) -> None:
    generate(tmp_path, 300, 7, workers=1)
    before = digests(tmp_path)

    def fail(table: str, done: int, total: int) -> None:
        raise RuntimeError(f"{table} {done} of {total}")

    with pytest.raises(RuntimeError, match="monthly_usage 400 of 400"):
        generate(tmp_path, 400, 8, workers=1, progress=fail)
    after = {name: digest for name, digest in digests(tmp_path).items() if "partial" not in name}
    assert after == before
    assert (tmp_path / "manifest.json").exists()


def test_a_market_in_another_format_takes_the_place_of_the_old(tmp_path: Path) -> None:
    formats: tuple[Format, ...] = ("parquet", "csv")
    for file_format in formats:
        generate(tmp_path, 300, 7, format=file_format, workers=1)
    assert {Path(name).suffix for name in digests(tmp_path)} == {".csv"}
    assert len(digests(tmp_path)) == len(FOLDERS)


def test_what_a_killed_audit_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".audit-7" / "spilled").mkdir(parents=True)
    (tmp_path / ".audit-7" / "customers.parquet").touch()
    generate(tmp_path, 10, 1, workers=1)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"internal", "external"}


def test_two_runs_into_one_folder_are_refused(tmp_path: Path) -> None:
    def again(table: str, done: int, total: int) -> None:
        generate(tmp_path, 10, 1, workers=1)

    with pytest.raises(AlreadyGenerating, match="another process"):
        generate(tmp_path, 300, 7, workers=1, progress=again)
