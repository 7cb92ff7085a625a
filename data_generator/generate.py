"""Generate: a whole data set of eight files and a manifest, out of a seed.

Tables are made by separate processes, each in blocks of customers, so that memory does not grow
with the number of customers. A block is a row group of the Parquet files, which is why neither the
number of workers nor the size of chunks changes a byte.
"""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import multiprocessing.queues
import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from data_generator.columns import joined
from data_generator.population import Population
from data_generator.schema import FOLDERS
from data_generator.tables.campaign_responses import campaign_responses_table
from data_generator.tables.competitive_landscape import competitive_landscape_table
from data_generator.tables.customers import customers_table
from data_generator.tables.economic_indicators import economic_indicators_table
from data_generator.tables.lifestyle_segments import lifestyle_segments_table
from data_generator.tables.monthly_usage import monthly_usage_table
from data_generator.tables.support_interactions import support_interactions_table
from data_generator.tables.zip_demographics import zip_demographics_table
from data_generator.write import FileEntry, Format, publish, write_aside, write_whole
from domain.errors import StateConflict

VERSION = "1"  # grows when the same seed gives other bytes
AS_OF = date(2026, 3, 1)
BLOCK_CUSTOMERS = 16_384
MANIFEST = "manifest.json"
LOCK = ".generate.lock"

Progress = Callable[[str, int, int], None]  # what is made, how much is done, of how much

# the longest first, so that workers finish together
CUSTOMER_TABLES: dict[str, Callable[[Population], pa.RecordBatch]] = {
    "monthly_usage": monthly_usage_table,
    "campaign_responses": campaign_responses_table,
    "support_interactions": support_interactions_table,
    "customers": customers_table,
}
PLACE_TABLES: dict[str, Callable[[int, date], pa.RecordBatch]] = {
    "zip_demographics": lambda seed, _: zip_demographics_table(seed),
    "lifestyle_segments": lambda seed, _: lifestyle_segments_table(seed),
    "economic_indicators": economic_indicators_table,
    "competitive_landscape": competitive_landscape_table,
}
TABLES = (*CUSTOMER_TABLES, *PLACE_TABLES)


if TYPE_CHECKING:
    Channel: TypeAlias = multiprocessing.queues.Queue[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a data set consists of; written last, so its presence says that all files are whole."""

    version: str
    seed: int
    as_of: str
    customers: int
    format: Format
    files: tuple[FileEntry, ...]

    def to_json(self) -> str:
        """As stored beside the files."""
        return json.dumps(asdict(self), indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a data set depends on, and how it is made."""

    out: Path
    customers: int
    seed: int
    format: Format
    as_of: date
    chunk_customers: int

    def path(self, table: str) -> Path:
        """Where a table's file goes."""
        return self.out / FOLDERS[table] / f"{table}.{self.format}"

    def other_path(self, table: str) -> Path:
        """Where the same table lies in the format this data set is not in."""
        return self.path(table).with_suffix(".csv" if self.format == "parquet" else ".parquet")


class AlreadyGenerating(StateConflict):
    """Another process is writing into the same folder."""


def generate(  # noqa: PLR0913 - a name and a default for each thing a caller may choose
    out: Path,
    customers: int,
    seed: int,
    *,
    format: Format = "parquet",  # noqa: A002 - the word users know from the command line
    as_of: date = AS_OF,
    workers: int | None = None,
    chunk_customers: int = BLOCK_CUSTOMERS,
    progress: Progress | None = None,
) -> Manifest:
    """Write all eight tables below `out` and return what was written.

    The same seed, customers, format and as-of day give the same bytes. `workers` is by default one
    per processor, one in all for small sets. Each makes at most `chunk_customers` at a time and
    holds at most a block. `progress` is told the table, how many customers (for places: tables)
    are done, and of how many. Until the files get their names what was in `out` stays as it was.
    Raises ValueError for counts below one, AlreadyGenerating, and OSError when the folder cannot
    be written.
    """
    workers = workers or min(os.cpu_count() or 1, len(TABLES), 1 + customers // BLOCK_CUSTOMERS)
    if min(customers, workers, chunk_customers) < 1:
        raise ValueError("customers, workers and chunk_customers must be at least 1")
    recipe = Recipe(out, customers, seed, format, as_of, min(chunk_customers, BLOCK_CUSTOMERS))
    with _alone(out):
        _clean(recipe)
        entries = _written(recipe, workers, progress or _silent)
        (out / MANIFEST).unlink(missing_ok=True)
        for table in TABLES:
            publish(recipe.path(table))
            recipe.other_path(table).unlink(missing_ok=True)
        files = tuple(entries[table] for table in FOLDERS)
        manifest = Manifest(VERSION, seed, as_of.isoformat(), customers, format, files)
        write_whole(out / MANIFEST, manifest.to_json().encode())
    return manifest


def _silent(table: str, done: int, total: int) -> None:
    """Tell nobody."""


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder for this process; the lock ends with the process, however it ends."""
    for folder in set(FOLDERS.values()):
        (out / folder).mkdir(parents=True, exist_ok=True)
    with (out / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another process is generating into {out}; wait for it to end"
            raise AlreadyGenerating(message) from error
        yield


def _clean(recipe: Recipe) -> None:
    """Remove what a killed run left behind."""
    for folder in (recipe.out, *(recipe.out / name for name in set(FOLDERS.values()))):
        for leftover in folder.glob(".*.partial"):
            leftover.unlink()


def _written(recipe: Recipe, workers: int, progress: Progress) -> dict[str, FileEntry]:
    if workers == 1:
        return {table: _write(recipe, table, progress) for table in TABLES}
    context = multiprocessing.get_context("spawn")
    channel: Channel = context.Queue()
    with ProcessPoolExecutor(
        min(workers, len(TABLES)), context, _start_worker, (channel, os.getpid())
    ) as pool:
        tasks = {table: pool.submit(_write_in_worker, recipe, table) for table in TABLES}
        _relay(channel, list(tasks.values()), progress)
        return {table: task.result() for table, task in tasks.items()}


def _relay(channel: Channel, tasks: list[Future[FileEntry]], progress: Progress) -> None:
    """Pass the workers' progress on until all have finished or one has failed."""
    while True:
        finished = wait(tasks, timeout=0).not_done == set()
        failed = any(task.done() and task.exception() for task in tasks)
        try:
            progress(*channel.get(timeout=0.1))
        except queue.Empty:
            if finished or failed:
                break
    if failed:
        for task in tasks:
            task.cancel()


_worker: dict[str, Any] = {}


def _start_worker(channel: Channel, parent: int) -> None:
    _worker.update(channel=channel, parent=parent)


def _write_in_worker(recipe: Recipe, table: str) -> FileEntry:
    def progress(table: str, done: int, total: int) -> None:
        _leave_without_parent()
        _worker["channel"].put((table, done, total))

    _leave_without_parent()
    return _write(recipe, table, progress)


def _leave_without_parent() -> None:
    """Nobody is left to publish what this process writes, and another run may write it too."""
    if os.getppid() != _worker["parent"]:
        os._exit(1)


def _write(recipe: Recipe, table: str, progress: Progress) -> FileEntry:
    path = recipe.path(table)
    rows, size, digest = write_aside(path, _batches(recipe, table, progress), recipe.format)
    return FileEntry(table, str(path.relative_to(recipe.out)), rows, size, digest)


def _batches(recipe: Recipe, table: str, progress: Progress) -> Iterator[pa.RecordBatch]:
    if table in PLACE_TABLES:
        yield PLACE_TABLES[table](recipe.seed, recipe.as_of)
        progress(table, 1, 1)
        return
    for first in range(0, recipe.customers, BLOCK_CUSTOMERS):
        count = min(BLOCK_CUSTOMERS, recipe.customers - first)
        yield joined(list(_chunks(recipe, table, first, count)))
        progress(table, first + count, recipe.customers)


def _chunks(recipe: Recipe, table: str, first: int, count: int) -> Iterator[pa.RecordBatch]:
    for start in range(first, first + count, recipe.chunk_customers):
        end = min(start + recipe.chunk_customers, first + count)
        yield CUSTOMER_TABLES[table](Population(recipe.seed, recipe.as_of, start, end - start))
