"""Tables: reads which tables are loaded from sql/02 and 03: columns, types, keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import duckdb
import sqlglot
from pydantic import TypeAdapter
from sqlglot import exp

from adapters.warehouse.scripts.scripts import is_portable, run_script, script, statements

FOLDERS = {"raw": "internal", "external": "external", "personas": "internal"}
# The tables that a load fills, then all that a build fills or reads.
LOADED_SCRIPTS = ("02_create_internal_tables", "03_create_external_tables")
TABLE_SCRIPTS = (*LOADED_SCRIPTS, "08_persona_generation")
HISTORY = "personas.historical_reactions"  # the one loaded table outside raw and external

ColumnKind = Literal["VARCHAR", "INTEGER", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMP", "BOOLEAN"]
_KIND: TypeAdapter[ColumnKind] = TypeAdapter(ColumnKind)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, its type as DuckDB spells it. `filled_by_database`: a file need not have it.

    `length` is the most characters a text may have, which Snowflake enforces and DuckDB forgets.
    """

    name: str
    type: str
    required: bool
    filled_by_database: bool
    length: int | None

    @property
    def kind(self) -> ColumnKind:
        """The type without its size. Raises ValueError for one that no load knows."""
        return _KIND.validate_python(self.type.partition("(")[0])

    @property
    def precision(self) -> tuple[int, int]:
        """Digits of a DECIMAL and how many of them are decimals."""
        digits, decimals = self.type.partition("(")[2].rstrip(")").split(",")
        return int(digits), int(decimals)


@dataclass(frozen=True, slots=True)
class Table:
    """A table. Its `key`, of one column or several, is unique.

    `of_customer` says that customer_id refers to RAW.CUSTOMERS, `optional` that a load may be
    without the table.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    of_customer: bool
    optional: bool

    @property
    def file(self) -> str:
        """Where the table's Parquet file lies inside a version of the data."""
        return f"{FOLDERS[self.schema]}/{self.name}.parquet"


@cache
def declared_tables() -> tuple[Table, ...]:
    """The tables in the order the scripts create them, customers first, the optional one last."""
    with duckdb.connect() as connection:
        for name in LOADED_SCRIPTS:
            run_script(connection, script(name))
        named = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where schema_name in ('raw', 'external') or schema_name || '.' || table_name = ?"
            " order by schema_name || '.' || table_name = ?, table_oid",
            [HISTORY, HISTORY],
        ).fetchall()
        return tuple(_table(connection, schema, name) for schema, name in named)


def _table(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> Table:
    columns = connection.execute(
        "select column_name, data_type, not is_nullable, column_default is not null"
        " from duckdb_columns() where schema_name = ? and table_name = ? order by column_index",
        [schema, table],
    ).fetchall()
    constraints = dict(
        connection.execute(
            "select constraint_type, constraint_column_names from duckdb_constraints()"
            " where schema_name = ? and table_name = ?"
            " and constraint_type in ('PRIMARY KEY', 'FOREIGN KEY')",
            [schema, table],
        ).fetchall()
    )
    return Table(
        schema=schema,
        name=table,
        columns=tuple(
            Column(name, kind, required, filled, _lengths().get((f"{schema}.{table}", name)))
            for name, kind, required, filled in columns
        ),
        key=tuple(constraints["PRIMARY KEY"]),
        of_customer="FOREIGN KEY" in constraints,
        optional=f"{schema}.{table}" == HISTORY,
    )


@cache
def _lengths() -> dict[tuple[str, str], int]:
    """The lengths the scripts declare for text, by table and column."""
    return {
        (made.this.sql(), column.name): int(kind.expressions[0].name)
        for name in LOADED_SCRIPTS
        for statement in statements(script(name))
        if is_portable(statement)
        for made in sqlglot.parse_one(statement, read="snowflake").find_all(exp.Schema)
        for column in made.find_all(exp.ColumnDef)
        if (kind := column.kind) and kind.is_type("varchar") and kind.expressions
    }
