from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_generator.__main__ import main
from data_generator.generate.generate import AlreadyGenerating, generate, merge
from data_generator.io.manifest import IncompleteShards, read_manifest
from data_generator.io.recipe import Shard
from data_generator.io.write import Format
from data_generator.schema.schema import FOLDERS

CUSTOMERS, SEED, OF = 700, 7, 3
SHARDS = [Shard(number, OF) for number in range(1, OF + 1)]


def cut(out: Path, file_format: Format) -> None:
    """All shards, the last one first, each by other workers and chunks."""
    for shard, workers, chunk in zip(reversed(SHARDS), (1, 2, 1), (99, 16_384, 500), strict=True):
        generate(
            out,
            CUSTOMERS,
            SEED,
            format=file_format,
            shard=shard,
            workers=workers,
            chunk_customers=chunk,
        )


def part(out: Path, table: str, shard: Shard, file_format: Format) -> Path:
    return out / FOLDERS[table] / f"{table}{shard.suffix}.{file_format}"


@pytest.fixture(scope="module")
def in_parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards in CSV that nobody has merged."""
    folder = tmp_path_factory.mktemp("parts")
    cut(folder, "csv")
    return folder


@pytest.fixture
def parts(in_parts: Path, tmp_path: Path) -> Path:
    """A copy of the shards that a test may damage."""
    for file in in_parts.rglob("*"):
        if file.is_file():
            copy = tmp_path / "parts" / file.relative_to(in_parts)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    return tmp_path / "parts"


def test_shards_one_after_the_other_are_the_whole_byte_by_byte(
    in_parts: Path, tmp_path: Path
) -> None:
    generate(tmp_path, CUSTOMERS, SEED, format="csv", workers=1)
    for table, folder in FOLDERS.items():
        whole = (tmp_path / folder / f"{table}.csv").read_bytes()
        header, _ = whole.split(b"\n", 1)
        pieces = [part(in_parts, table, s, "csv").read_bytes().split(b"\n", 1) for s in SHARDS]
        assert all(first == header for first, _ in pieces)
        assert header + b"\n" + b"".join(rows for _, rows in pieces) == whole, table


def test_rows_of_parquet_shards_are_those_of_the_whole(tmp_path: Path) -> None:
    generate(tmp_path / "whole", CUSTOMERS, SEED, workers=1)
    cut(tmp_path / "parts", "parquet")
    for table, folder in FOLDERS.items():
        whole = pq.read_table(tmp_path / "whole" / folder / f"{table}.parquet")
        pieces = [part(tmp_path / "parts", table, shard, "parquet") for shard in SHARDS]
        assert pa.concat_tables(map(pq.read_table, pieces)).equals(whole), table


def test_a_shard_has_the_same_bytes_wherever_it_is_made(in_parts: Path, tmp_path: Path) -> None:
    manifest = generate(tmp_path, CUSTOMERS, SEED, format="csv", shard=SHARDS[1], workers=1)
    for file in manifest.files:
        assert (tmp_path / file.path).read_bytes() == (in_parts / file.path).read_bytes()
    assert read_manifest(in_parts / "manifest-00002-of-00003.json") == manifest


def test_merged_shards_are_one_data_set_of_all_parts(parts: Path) -> None:
    for old in ("customers.csv", "customers.parquet", "customers-00001-of-00002.csv"):
        (parts / "internal" / old).write_text("of an earlier data set")
    assert main(["--merge", "--out", str(parts)]) == 0
    manifest = read_manifest(parts / "manifest.json")
    assert manifest.rows["customers"] == CUSTOMERS
    assert manifest.rows["zip_demographics"] == 42_000
    listed = {parts / file.path for file in manifest.files}
    assert listed == set(parts.glob("*/*"))
    assert len(listed) == OF * len(FOLDERS)


@pytest.mark.parametrize(("seed", "stays"), [(SEED, True), (SEED + 1, False)])
def test_a_new_shard_ends_the_merged_data_set_unless_it_is_the_same(
    parts: Path, seed: int, *, stays: bool
) -> None:
    merge(parts)
    generate(parts, CUSTOMERS, seed, format="csv", shard=SHARDS[1], workers=1)
    assert (parts / "manifest.json").exists() is stays


def test_a_manifest_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "an app"}')
    generate(tmp_path, 60, SEED, shard=Shard(1, 2), workers=1)
    assert (tmp_path / "manifest.json").read_text() == '{"name": "an app"}'


def test_merging_clears_away_what_killed_runs_left(parts: Path) -> None:
    left = parts / "internal" / ".customers-00001-of-00009.csv.partial"
    left.write_text("half a")
    merge(parts)
    assert not left.exists()


def test_a_whole_takes_the_place_of_all_shards(parts: Path) -> None:
    generate(parts, 50, 1, format="csv", workers=1)
    assert len(list(parts.glob("*/*"))) == len(FOLDERS)
    assert [path.name for path in parts.glob("*.json")] == ["manifest.json"]


def lose_a_shard(parts: Path) -> None:
    (parts / "manifest-00002-of-00003.json").unlink()


def change_a_byte(parts: Path) -> None:
    file = part(parts, "monthly_usage", SHARDS[2], "csv")
    file.write_bytes(file.read_bytes().replace(b"Paid", b"Late", 1))


def change_the_manifest(parts: Path, field: str, value: object) -> None:
    manifest = parts / "manifest-00001-of-00003.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {field: value}))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lose_a_shard, "1 of 3 shards are missing; generate 2/3"),
        (change_a_byte, "monthly_usage-00003-of-00003.csv is not as its shard says"),
        (partial(change_the_manifest, field="seed", value=8), "different data sets"),
        (partial(change_the_manifest, field="as_of", value="2025-01-01"), "different data sets"),
        (partial(change_the_manifest, field="shard", value="1/2"), "different data sets"),
        (partial(change_the_manifest, field="files", value=[]), "there are 467 of 700"),
    ],
)
def test_shards_that_are_not_the_whole_are_refused(
    parts: Path, damage: Callable[[Path], None], says: str
) -> None:
    damage(parts)
    before = sorted(parts.rglob("*"))
    with pytest.raises(IncompleteShards, match=says):
        merge(parts)
    assert sorted(parts.rglob("*")) == before


def test_a_folder_without_shards_cannot_be_merged(tmp_path: Path) -> None:
    with pytest.raises(IncompleteShards, match="--shard 1/4"):
        merge(tmp_path)
    with pytest.raises(IncompleteShards, match="no folder"):
        merge(tmp_path / "elsewhere")


def test_two_shards_may_be_made_at_once_but_not_one_twice(tmp_path: Path) -> None:
    tried: list[str] = []

    def beside(table: str, done: int, total: int) -> None:
        if tried:
            return
        tried.append(table)
        generate(tmp_path, 60, SEED, shard=Shard(2, 2), workers=1)
        with pytest.raises(AlreadyGenerating):
            generate(tmp_path, 60, SEED, shard=Shard(1, 2), workers=1)
        with pytest.raises(AlreadyGenerating):
            generate(tmp_path, 60, SEED, workers=1)
        with pytest.raises(AlreadyGenerating):
            merge(tmp_path)

    generate(tmp_path, 60, SEED, shard=Shard(1, 2), workers=1, progress=beside)
    assert tried
    assert merge(tmp_path).customers == 60


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/0", "two", "1/2/3", "-1/2"])
def test_what_is_no_shard_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--shard", text, "--out", str(tmp_path)])
    assert stopped.value.code == 2


def test_there_are_at_most_as_many_shards_as_customers(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 customers cannot be cut into 4"):
        generate(tmp_path, 3, SEED, shard=Shard(1, 4))


def test_the_manifest_of_a_shard_says_which_it_is(in_parts: Path) -> None:
    stored = json.loads((in_parts / "manifest-00001-of-00003.json").read_text())
    assert (stored["shard"], stored["customers"]) == ("1/3", CUSTOMERS)
    rows = {file["name"]: file["rows"] for file in stored["files"]}
    assert (rows["customers"], rows["zip_demographics"]) == (233, 14_000)
