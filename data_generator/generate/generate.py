"""Generate: a whole data set of nine files and a manifest, or a shard of one, out of a seed.

Tables are made by separate processes, each in blocks of customers, so that memory does not grow
with the number of customers. A block is a row group of the Parquet files, which is why neither the
number of workers nor the size of chunks changes a byte.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from data_generator.generate.make import TABLES, Progress
from data_generator.generate.workers import write_tables
from data_generator.io.manifest import (
    IncompleteShards,
    Manifest,
    merge_shards,
    publish_manifest,
    withdraw_manifests,
)
from data_generator.io.recipe import AS_OF, BLOCK_CUSTOMERS, SCRATCH, VERSION, WHOLE, Recipe, Shard
from data_generator.io.write import FileEntry, Format, partial_path, publish
from data_generator.schema.schema import FOLDERS
from domain.errors import StateConflict

LOCK = ".generate.lock"


class AlreadyGenerating(StateConflict):
    """Another process is writing into the same folder."""


def generate(  # noqa: PLR0913 - a name and a default for each thing a caller may choose
    out: Path,
    customers: int,
    seed: int,
    *,
    format: Format = "parquet",  # noqa: A002 - the word users know from the command line
    as_of: date = AS_OF,
    shard: Shard = WHOLE,
    workers: int | None = None,
    chunk_customers: int = BLOCK_CUSTOMERS,
    progress: Progress | None = None,
) -> Manifest:
    """Write all nine tables, or a shard of them, below `out` and return what was written.

    The same seed, customers, format and as-of day give the same bytes; the rows of the shards in
    turn are those of the whole. `workers` is by default one per processor, one in all for small
    sets. Each makes at most `chunk_customers` at a time and holds two blocks. `progress` gets
    the table, how many customers (for places: tables) are done, and of how many. Until the files
    get their names what was in `out` stays as it was. Raises ValueError for counts below one,
    AlreadyGenerating, and OSError when the folder cannot be written.
    """
    chunk = min(chunk_customers, BLOCK_CUSTOMERS)
    recipe = Recipe(out, customers, seed, format, as_of, chunk, shard)
    useful = min(os.cpu_count() or 1, len(TABLES), 1 + len(recipe.rows) // BLOCK_CUSTOMERS)
    if workers is not None and workers < 1:
        raise ValueError("workers must be at least 1")
    with _exclusive(recipe):
        _clean(recipe)
        with ExitStack() as if_stopped:
            if_stopped.callback(_clean, recipe)
            entries = write_tables(recipe, workers or useful, progress or _no_progress)
            if_stopped.pop_all()
        with ThreadPoolExecutor(1) as publisher:  # signals interrupt the main thread only
            return publisher.submit(_publish_files, recipe, entries).result()


def _publish_files(recipe: Recipe, entries: Mapping[str, FileEntry]) -> Manifest:
    """Give the files their names, and then their manifest."""
    files = tuple(entries[table] for table in FOLDERS)
    withdraw_manifests(recipe, files)
    for table in TABLES:
        publish(recipe.path(table))
    as_of, shard = recipe.as_of.isoformat(), str(recipe.shard)
    manifest = Manifest(VERSION, recipe.seed, as_of, recipe.customers, recipe.format, shard, files)
    publish_manifest(manifest, recipe)
    return manifest


def merge(out: Path) -> Manifest:
    """Make the shards below a folder one data set; see `merge_shards`.

    Raises IncompleteShards when they are not the whole or there is no such folder, and
    AlreadyGenerating while a shard is being made.
    """
    if not out.is_dir():
        raise IncompleteShards(f"there is no folder {out}; generate shards into it first")
    with _locked(out / LOCK, fcntl.LOCK_EX):
        manifest = merge_shards(out)
        _sweep(out)
        return manifest


def _no_progress(table: str, done: int, total: int) -> None:
    """Report nothing."""


@contextmanager
def _exclusive(recipe: Recipe) -> Iterator[None]:
    """Hold the folder for this process, or its place beside other shards.

    The locks end with the process, however it ends.
    """
    for folder in set(FOLDERS.values()):
        (recipe.out / folder).mkdir(parents=True, exist_ok=True)
    whole = recipe.shard.of == 1
    with ExitStack() as locks:
        kind = fcntl.LOCK_EX if whole else fcntl.LOCK_SH
        locks.enter_context(_locked(recipe.out / LOCK, kind))
        if not whole:
            own = recipe.out / f"{LOCK}{recipe.shard.suffix}"
            locks.enter_context(_locked(own, fcntl.LOCK_EX))
        yield


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another process is generating into {path.parent}; wait for it to end"
            raise AlreadyGenerating(message) from error
        yield


def _clean(recipe: Recipe) -> None:
    """Remove what a killed run left behind, a shard only its own."""
    if recipe.shard.of == 1:
        _sweep(recipe.out)
        return
    for path in (recipe.manifest_path, *map(recipe.path, TABLES)):
        partial_path(path).unlink(missing_ok=True)


def _sweep(out: Path) -> None:
    """Remove all that killed runs left behind; nobody else may be generating."""
    for folder in (out, *(out / name for name in set(FOLDERS.values()))):
        for leftover in folder.glob(".*.partial"):
            leftover.unlink()
    for scratch in out.glob(f"{SCRATCH}*"):
        shutil.rmtree(scratch)
