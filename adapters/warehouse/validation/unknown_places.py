"""Unknown places: counts customers in a ZIP code or market that the loaded places do not have.

They are no fault, for the features have a stand-in (docs/loading.md), and worth knowing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb
from sqlglot import exp

from adapters.warehouse.scripts.tables import Table

PLACES = {
    "zip_demographics": ("zip_code", "ZIP code"),
    "economic_indicators": ("zip_code", "ZIP code"),
    "lifestyle_segments": ("zip_code", "ZIP code"),
    "competitive_landscape": ("dma_code", "market"),
}


def notes_of_unknown_places(
    connection: duckdb.DuckDBPyConnection, folder: Path, tables: Collection[Table]
) -> Iterator[tuple[str, str]]:
    """Names of the tables of places that lack some customers', each with a note.

    `folder` holds the tables as written; one without any rows has a note of its own already.
    """
    files = {table.name: exp.Literal.string(str(folder / table.file)).sql() for table in tables}
    for name, (column, word) in PLACES.items():
        customers, places = files["customers"], files[name]
        ((unknown, rows),) = connection.execute(
            f"select count(*), (select count(*) from {places})"  # noqa: S608 ours
            f" from {customers} as customers anti join {places} as places using ({column})"
        ).fetchall()
        if unknown and rows:
            yield (
                name,
                f"{unknown:,} customers live in a {word} that is not in the file",
            )
