"""A handful of coherent rows in all eight tables, offered as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from adapters.warehouse.scripts import run_script, script
from adapters.warehouse.tables import declared_tables

Offer = Callable[[str], Path]

CUSTOMERS = ("c1", "c2", "c3")
SENT_AT = datetime(2025, 1, 5, 10)  # noqa: DTZ001 the tables hold naive timestamps

ROWS: dict[str, list[dict[str, object]]] = {
    "raw.customers": [
        {
            "customer_id": customer,
            "zip_code": "59715",
            "state_code": "MT",
            "dma_code": "001",
            "customer_since": date(2024, 1, 1),
            "tenure_months": 12,
            "plan_name": 'Basic "S", small',
            "plan_category": "Postpaid",
            "plan_price": 35,
            "lines_on_account": 1,
            "autopay_enrolled": True,
        }
        for customer in CUSTOMERS
    ],
    "raw.monthly_usage": [
        {
            "usage_id": f"u-{customer}",
            "customer_id": customer,
            "billing_month": date(2025, 1, 1),
            "total_bill": 35.5,
        }
        for customer in CUSTOMERS
    ],
    "raw.support_interactions": [
        {
            "interaction_id": "i1",
            "customer_id": "c1",
            "interaction_date": SENT_AT,
            "channel": "Call",
            "category": "Billing",
        }
    ],
    "raw.campaign_responses": [
        {
            "response_id": "r1",
            "customer_id": "c2",
            "campaign_id": "k1",
            "offer_type": "Bill Credit",
            "sent_at": SENT_AT,
            "delivered": True,
        }
    ],
    "external.zip_demographics": [
        {"zip_code": "59715", "state_code": "MT", "urban_rural_class": "Rural"}
    ],
    "external.economic_indicators": [{"zip_code": "59715"}],
    "external.competitive_landscape": [{"dma_code": "001"}],
    "external.lifestyle_segments": [{"zip_code": "59715"}],
}


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """The eight tables with ROWS in them; tests may spoil them before they are offered."""
    with duckdb.connect() as connection:
        for name in ("02_create_internal_tables", "03_create_external_tables"):
            run_script(connection, script(name))
        for table, rows in ROWS.items():
            for row in rows:
                marks = ", ".join("?" for _ in row)
                connection.execute(
                    f"insert into {table} ({', '.join(row)}) values ({marks})",  # noqa: S608 ours
                    list(row.values()),
                )
        yield connection


@pytest.fixture
def offer(tables: duckdb.DuckDBPyConnection, tmp_path: Path) -> Offer:
    """Writes the tables as `parquet` or `csv` files into one folder and names it."""

    def write(kind: str) -> Path:
        folder = tmp_path / "offered"
        folder.mkdir(exist_ok=True)
        for table in declared_tables():
            columns = [c.name for c in table.columns if not c.filled_by_database]
            rows = tables.table(f"{table.schema}.{table.name}").project(", ".join(columns))
            path = str(folder / f"{table.name}.{kind}")
            if kind == "csv":
                rows.write_csv(path, header=True)
            else:
                rows.write_parquet(path)
        return folder

    return write
