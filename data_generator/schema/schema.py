"""Schema: the nine tables, column by column, as sql/02 and sql/03 declare them."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

SCRIPTS = ("02_create_internal_tables.sql", "03_create_external_tables.sql")
TABLE = re.compile(r"create table if not exists \w+\.(\w+) \((.*?)\n\);", re.DOTALL)
COLUMN = re.compile(r"^    (?!primary |foreign )(\w+) (\w+)(.*)$", re.MULTILINE)
DIGITS = re.compile(r"\d+")
FILLED_BY_DATABASE = " default "
TYPES: dict[str, pa.DataType] = {
    "varchar": pa.string(),
    "int": pa.int32(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp_ntz": pa.timestamp("us"),
}
DECIMALS = (pa.Decimal32Type, pa.Decimal64Type)
MAX_DIGITS_OF_32_BITS = 9

FOLDERS: dict[str, str] = {
    "customers": "internal",
    "monthly_usage": "internal",
    "support_interactions": "internal",
    "campaign_responses": "internal",
    "zip_demographics": "external",
    "economic_indicators": "external",
    "competitive_landscape": "external",
    "lifestyle_segments": "external",
    "historical_reactions": "internal",
}


def decimal_type(precision: int, scale: int) -> pa.Decimal32Type | pa.Decimal64Type:
    """Decimals of up to 18 digits, as narrow as they go: Parquet stores the same bytes of all."""
    narrow = precision <= MAX_DIGITS_OF_32_BITS
    return pa.decimal32(precision, scale) if narrow else pa.decimal64(precision, scale)


def _declared() -> dict[str, pa.Schema]:
    """Every table that the scripts create, without the columns that the database fills.

    The adapters' reader of them plays the scripts on a database, which takes a second; this
    one takes a millisecond.
    """
    return {
        table: pa.schema(
            [
                pa.field(name, _type(kind, rest))
                for name, kind, rest in COLUMN.findall(body)
                if FILLED_BY_DATABASE not in rest
            ]
        )
        for name in SCRIPTS
        for table, body in TABLE.findall(_script(name))
    }


def _script(name: str) -> str:
    """Text of a script of the checkout, or of the installed package."""
    here = Path(__file__).resolve()
    checkout = here.parents[2] / "sql" / name
    path = checkout if checkout.is_file() else here.parent / "sql" / name
    return path.read_text(encoding="utf-8")


def _type(kind: str, rest: str) -> pa.DataType:
    if kind != "decimal":
        return TYPES[kind]
    precision, scale = DIGITS.findall(rest)
    return decimal_type(int(precision), int(scale))


_tables = _declared()
SCHEMAS: dict[str, pa.Schema] = {table: _tables[table] for table in FOLDERS}
