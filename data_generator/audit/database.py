"""Database: a data set's files as tables, beside what rules measure them against."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from data_generator.customers.identifiers import customer_id_text
from data_generator.customers.plans import PLANS
from data_generator.customers.traits import ground_truth
from data_generator.io.manifest import Manifest
from data_generator.places.zip_records import real_zip_codes
from data_generator.schema.columns import characters, integers
from data_generator.schema.schema import DECIMALS, SCHEMAS


def open_files(
    database: duckdb.DuckDBPyConnection, out: Path, manifest: Manifest, scratch: Path
) -> None:
    """Give a database the tables as views of the files, and what rules measure them against.

    CSV is read once, into files in a scratch folder.
    """
    database.execute("set enable_progress_bar = false")
    for table, schema in SCHEMAS.items():
        # a list may be given, which the stubs of DuckDB do not know
        paths: Any = [str(out / file.path) for file in manifest.files if file.name == table]
        if manifest.format == "csv":
            types = {field.name: sql_type(field.type) for field in schema}
            text = database.read_csv(paths, header=True, auto_detect=False, columns=types)
            paths = str(scratch / f"{table}.parquet")
            text.write_parquet(paths)
        rows = database.read_parquet(paths)
        rows.create_view(table)
    as_of = date.fromisoformat(manifest.as_of)
    database.execute("set variable as_of = ?::date", [as_of])
    for name, reference in _reference_tables(manifest.customers, manifest.seed).items():
        database.from_arrow(reference).create(name)


def _reference_tables(customers: int, seed: int) -> dict[str, pa.Table]:
    ids = characters(customer_id_text(np.arange(customers, dtype=np.uint64), seed))
    zips = real_zip_codes()
    return {
        "truth": pa.table({"customer_id": ids, "segment": integers(ground_truth(customers, seed))}),
        "real_zips": pa.table({"zip_code": list(zips), "state_code": list(zips.values())}),
        "plans": pa.table(
            {
                "plan_name": [plan.name for plan in PLANS],
                "category": [plan.category for plan in PLANS],
                "price": [plan.price_dollars for plan in PLANS],
            }
        ),
    }


def sql_type(kind: pa.DataType) -> str:
    """The type as DuckDB spells it."""
    if isinstance(kind, DECIMALS):
        return f"decimal({kind.precision}, {kind.scale})"
    names = {
        pa.string(): "varchar",
        pa.int32(): "integer",
        pa.bool_(): "boolean",
        pa.date32(): "date",
        pa.timestamp("us"): "timestamp",
        pa.float64(): "double",
    }
    return names[kind]
