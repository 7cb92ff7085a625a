"""Manifest: what a data set consists of, written last, and how shards become one data set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from data_generator.io.recipe import MANIFEST, Recipe, Shard
from data_generator.io.write import FileEntry, Format, sync_folder, write_whole
from data_generator.schema.schema import FOLDERS
from domain.errors import StateConflict


class IncompleteShards(StateConflict):
    """The shards in a folder are not together the whole of one data set."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a data set consists of; its presence says that all files are whole and on disk."""

    version: str
    seed: int
    as_of: str
    customers: int
    format: Format
    shard: str
    files: tuple[FileEntry, ...]

    def to_json(self) -> str:
        """As stored beside the files."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table."""
        count = dict.fromkeys(FOLDERS, 0)
        for file in self.files:
            count[file.name] += file.rows
        return count


def read_manifest(path: Path) -> Manifest:
    """A stored manifest. Raises OSError when there is none."""
    content = json.loads(path.read_text(encoding="utf-8"))
    files = tuple(FileEntry(**file) for file in content.pop("files"))
    return Manifest(**content, files=files)


def withdraw_manifests(recipe: Recipe, files: Sequence[FileEntry]) -> None:
    """Before files are replaced, remove what says of others in their place that they are whole."""
    recipe.manifest_path.unlink(missing_ok=True)
    merged = recipe.out / f"{MANIFEST}.json"
    if _lists_others(merged, files):
        merged.unlink(missing_ok=True)
    sync_folder(recipe.out)


def publish_manifest(manifest: Manifest, recipe: Recipe) -> None:
    """Say that the files are whole, after removing those a whole takes the place of."""
    if recipe.shard.of == 1:
        _remove_others(recipe.out, manifest)
    write_whole(recipe.manifest_path, manifest.to_json().encode())


def merge_shards(out: Path) -> Manifest:
    """Check that the shards below a folder are together the whole and give it one manifest.

    Every file is read and must be as its shard's manifest says. The files stay in their parts.
    Raises IncompleteShards, nothing changed, when a shard is missing, of another data set or
    damaged.
    """
    shards = sorted(map(read_manifest, out.glob(f"{MANIFEST}-*-of-*.json")), key=_number)
    _check_complete(out, shards)
    in_order = [file for table in FOLDERS for s in shards for file in s.files if file.name == table]
    for file in in_order:
        _check_file(out, file)
    whole = replace(shards[0], shard=str(Shard()), files=tuple(in_order))
    if whole.rows["customers"] != whole.customers:
        raise IncompleteShards(f"there are {whole.rows['customers']:,} of {whole.customers:,}")
    (out / f"{MANIFEST}.json").unlink(missing_ok=True)
    sync_folder(out)
    _remove_others(out, whole)
    write_whole(out / f"{MANIFEST}.json", whole.to_json().encode())
    return whole


def _lists_others(merged: Path, files: Sequence[FileEntry]) -> bool:
    """Whether shards were merged that have other content under the name of one of the files."""
    try:
        listed = {file.path: file.sha256 for file in read_manifest(merged).files}
    except (FileNotFoundError, ValueError, TypeError, KeyError):  # none, or not one of ours
        return False
    return any(listed.get(file.path, file.sha256) != file.sha256 for file in files)


def _number(shard: Manifest) -> int:
    return Shard.parse(shard.shard).number


def _check_complete(out: Path, shards: Sequence[Manifest]) -> None:
    if not shards:
        raise IncompleteShards(f"no shard below {out}; generate one with --shard 1/4")
    recipes = {replace(shard, shard=shard.shard.split("/")[1], files=()) for shard in shards}
    if len(recipes) > 1:
        raise IncompleteShards("shards of different data sets; generate them into empty folders")
    of = Shard.parse(shards[0].shard).of
    missing = sorted(set(range(1, of + 1)) - set(map(_number, shards)))
    if missing:
        names = ", ".join(f"{number}/{of}" for number in missing[:10])
        raise IncompleteShards(f"{len(missing)} of {of} shards are missing; generate {names}")


def _check_file(out: Path, file: FileEntry) -> None:
    path = out / file.path
    if not path.is_file() or _digest(path) != file.sha256:
        raise IncompleteShards(f"{file.path} is not as its shard says; generate that shard again")


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _remove_others(out: Path, manifest: Manifest) -> None:
    """Manifests of shards that are no more, then files of tables that are not listed."""
    listed = {out / file.path for file in manifest.files}
    parts = any("-of-" in file.path for file in manifest.files)
    if not parts:
        for shard in out.glob(f"{MANIFEST}-*-of-*.json"):
            shard.unlink()
        sync_folder(out)
    for path in _files_of_tables(out):
        if path not in listed:
            path.unlink()


def _files_of_tables(out: Path) -> Iterator[Path]:
    for table, folder in FOLDERS.items():
        for ending in ("parquet", "csv"):
            yield from out.glob(f"{folder}/{table}.{ending}")
            yield from out.glob(f"{folder}/{table}-?????-of-?????.{ending}")
