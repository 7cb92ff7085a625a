"""Schema: the nine tables, column by column, as the files carry them."""

from __future__ import annotations

import pyarrow as pa

from data_generator.schema.external import EXTERNAL
from data_generator.schema.internal import INTERNAL

KINDS: dict[str, pa.DataType] = {
    "text": pa.string(),
    "int": pa.int32(),
    "flag": pa.bool_(),
    "day": pa.date32(),
    "moment": pa.timestamp("us"),
    "number": pa.float64(),
}


DECIMALS = (pa.Decimal32Type, pa.Decimal64Type)
MAX_DIGITS_OF_32_BITS = 9


def decimal_type(precision: int, scale: int) -> pa.Decimal32Type | pa.Decimal64Type:
    """Decimals of up to 18 digits, as narrow as they go: Parquet stores the same bytes of all."""
    narrow = precision <= MAX_DIGITS_OF_32_BITS
    return pa.decimal32(precision, scale) if narrow else pa.decimal64(precision, scale)


def _table(spec: str) -> pa.Schema:
    """A schema from lines of `name type`; dP,S is a decimal of precision P and scale S."""
    columns = [line.split() for line in spec.strip().splitlines()]
    return pa.schema([pa.field(name, _type(kind)) for name, kind in columns])


def _type(kind: str) -> pa.DataType:
    if kind in KINDS:
        return KINDS[kind]
    precision, scale = kind.removeprefix("d").split(",")
    return decimal_type(int(precision), int(scale))


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

SCHEMAS: dict[str, pa.Schema] = {table: _table((INTERNAL | EXTERNAL)[table]) for table in FOLDERS}
