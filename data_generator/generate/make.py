"""Make: one table of a data set, block by block, into its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pyarrow as pa

from data_generator.customers.population import Population
from data_generator.io.recipe import BLOCK_CUSTOMERS, Recipe
from data_generator.io.write import FileEntry, write_partial
from data_generator.schema.columns import joined
from data_generator.tables.campaign_responses import campaign_responses_table
from data_generator.tables.competitive_landscape import competitive_landscape_table
from data_generator.tables.customers import customers_table
from data_generator.tables.economic_indicators import economic_indicators_table
from data_generator.tables.historical_reactions import historical_reactions_table
from data_generator.tables.lifestyle_segments import lifestyle_segments_table
from data_generator.tables.monthly_usage import monthly_usage_table
from data_generator.tables.support_interactions import support_interactions_table
from data_generator.tables.zip_demographics import zip_demographics_table

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


def make(recipe: Recipe, table: str, progress: Progress) -> FileEntry:
    """Write a table beside its final name. Raises OSError when the folder cannot be written."""
    path = recipe.path(table)
    batches = _batches(recipe, table, progress)
    rows, size, digest = write_partial(path, table, batches, recipe.format)
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
