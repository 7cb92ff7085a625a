"""Workers: processes that each make and write whole tables, so that all processors are busy."""

from __future__ import annotations

import multiprocessing
import multiprocessing.queues
import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from datetime import date
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from data_generator.columns import joined
from data_generator.population import Population
from data_generator.recipe import BLOCK_CUSTOMERS, Recipe
from data_generator.tables.campaign_responses import campaign_responses_table
from data_generator.tables.competitive_landscape import competitive_landscape_table
from data_generator.tables.customers import customers_table
from data_generator.tables.economic_indicators import economic_indicators_table
from data_generator.tables.historical_reactions import historical_reactions_table
from data_generator.tables.lifestyle_segments import lifestyle_segments_table
from data_generator.tables.monthly_usage import monthly_usage_table
from data_generator.tables.support_interactions import support_interactions_table
from data_generator.tables.zip_demographics import zip_demographics_table
from data_generator.write import FileEntry, write_aside

Progress = Callable[[str, int, int], None]  # what is made, how much is done, of how much

# the longest first, so that workers finish together
CUSTOMER_TABLES: dict[str, Callable[[Population], pa.RecordBatch]] = {
    "monthly_usage": monthly_usage_table,
    "campaign_responses": campaign_responses_table,
    "support_interactions": support_interactions_table,
    "customers": customers_table,
}
MARKET_TABLES: dict[str, Callable[[int, date], pa.RecordBatch]] = {
    "zip_demographics": lambda seed, _: zip_demographics_table(seed),
    "lifestyle_segments": lambda seed, _: lifestyle_segments_table(seed),
    "economic_indicators": economic_indicators_table,
    "competitive_landscape": competitive_landscape_table,
    "historical_reactions": historical_reactions_table,
}
TABLES = (*CUSTOMER_TABLES, *MARKET_TABLES)


if TYPE_CHECKING:
    Channel: TypeAlias = multiprocessing.queues.Queue[tuple[str, int, int]]


def write_tables(recipe: Recipe, workers: int, progress: Progress) -> dict[str, FileEntry]:
    """Write every table beside its final name; what was written, by table.

    Raises what a worker raised: OSError when the folder cannot be written.
    """
    if workers == 1:
        return {table: _write(recipe, table, progress) for table in TABLES}
    context = multiprocessing.get_context("spawn")
    channel: Channel = context.Queue()
    with ProcessPoolExecutor(min(workers, len(TABLES)), context, _start_worker, (channel,)) as pool:
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


def _start_worker(channel: Channel) -> None:
    _worker.update(channel=channel)
    threading.Thread(target=_leave_without_parent, daemon=True).start()


def _write_in_worker(recipe: Recipe, table: str) -> FileEntry:
    return _write(recipe, table, lambda *done: _worker["channel"].put(done))


def _leave_without_parent() -> None:
    """Nobody is left to publish what this process writes, and another run may write it too.

    A pool's idle worker would wait for its next task for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _write(recipe: Recipe, table: str, progress: Progress) -> FileEntry:
    path = recipe.path(table)
    batches = _batches(recipe, table, progress)
    rows, size, digest = write_aside(path, table, batches, recipe.format)
    return FileEntry(table, str(path.relative_to(recipe.out)), rows, size, digest)


def _batches(recipe: Recipe, table: str, progress: Progress) -> Iterator[pa.RecordBatch]:
    if table in MARKET_TABLES:
        whole = MARKET_TABLES[table](recipe.seed, recipe.as_of)
        rows = recipe.shard.rows(whole.num_rows)
        yield whole.slice(rows.start, len(rows))
        progress(table, 1, 1)
        return
    for block in blocks(recipe.rows, BLOCK_CUSTOMERS):
        yield joined(
            [_chunk(recipe, table, chunk) for chunk in blocks(block, recipe.chunk_customers)]
        )
        progress(table, block.stop - recipe.rows.start, len(recipe.rows))


def blocks(rows: range, size: int) -> Iterator[range]:
    """The rows in stretches of a size; the last is what is left."""
    for start in range(rows.start, rows.stop, size):
        yield range(start, min(start + size, rows.stop))


def _chunk(recipe: Recipe, table: str, rows: range) -> pa.RecordBatch:
    people = Population(recipe.seed, recipe.as_of, rows.start, len(rows))
    return CUSTOMER_TABLES[table](people)
