"""A market of 20,000 customers, generated once, and a database that sees its files as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_generator.generate.generate import generate
from data_generator.io.manifest import Manifest
from data_generator.schema.schema import FOLDERS

CUSTOMERS, SEED = 20_000, 42


@dataclass(frozen=True)
class Market:
    """A generated data set and ways to look at it."""

    folder: Path
    manifest: Manifest
    database: duckdb.DuckDBPyConnection

    def rows(self, query: str, *names: str) -> list[tuple[Any, ...]]:
        """Rows of a query whose blanks are filled with names of columns or conditions."""
        return self.database.execute(query.format(*names)).fetchall()

    def number(self, query: str, *names: str) -> float:
        return float(self.rows(query, *names)[0][0])

    def count(self, tables: str, condition: str = "true") -> int:
        return int(self.number("select count(*) from {} where {}", tables, condition))


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    folder = tmp_path_factory.mktemp("market")
    manifest = generate(folder, CUSTOMERS, SEED, workers=2)
    with duckdb.connect() as database:
        for table, below in FOLDERS.items():
            file = folder / below / f"{table}.parquet"
            database.execute(
                f"create view {table} as "  # noqa: S608 - names of our own
                f"select * from read_parquet('{file}', file_row_number = true)"
            )
        yield Market(folder, manifest, database)
