"""A warehouse with empty tables, and a way to put single rows in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from adapters.warehouse.scripts.scripts import run_script, script

Insert = Callable[..., None]

CUSTOMER: dict[str, object] = {
    "customer_id": "c1",
    "zip_code": "59715",
    "state_code": "MT",
    "dma_code": "001",
    "customer_since": date(2020, 1, 1),
    "tenure_months": 60,
    "plan_name": "Basic",
    "plan_category": "Postpaid",
    "plan_price": 50,
    "lines_on_account": 1,
}


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name in ("02_create_internal_tables", "03_create_external_tables"):
            run_script(connection, script(name))
        yield connection


@pytest.fixture
def insert(warehouse: duckdb.DuckDBPyConnection) -> Insert:
    """Puts one row into a table; a customer needs to say only what differs from CUSTOMER."""

    def put(table: str, **values: object) -> None:
        row = {**CUSTOMER, **values} if table == "raw.customers" else values
        marks = ", ".join("?" for _ in row)
        warehouse.execute(
            f"insert into {table} ({', '.join(row)}) values ({marks})",  # noqa: S608 names are ours
            list(row.values()),
        )

    return put


@pytest.fixture
def features(warehouse: duckdb.DuckDBPyConnection) -> Callable[..., list[Any]]:
    """Runs sql/06 and gives columns of one relation, rows in customer order."""

    def read(*columns: str, of: str = "analytics.customer_features") -> list[Any]:
        run_script(warehouse, script("06_create_enriched_views"))
        rows = warehouse.table(of).order("customer_id").project(", ".join(columns))
        return rows.fetchall()

    return read
