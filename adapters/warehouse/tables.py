"""The eight tables as sql/02 and sql/03 declare them: columns, types, keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import duckdb

from adapters.warehouse.scripts import run_script, script

TABLE_SCRIPTS = ("02_create_internal_tables", "03_create_external_tables", "08_persona_generation")

FOLDERS = {"raw": "internal", "external": "external"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `filled_by_database`: a file need not have it."""

    name: str
    type: str
    required: bool
    filled_by_database: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `key` is unique; `of_customer` says that customer_id refers to RAW.CUSTOMERS."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: str
    of_customer: bool

    @property
    def file(self) -> str:
        """Where the table's Parquet file lies inside a version of the data."""
        return f"{FOLDERS[self.schema]}/{self.name}.parquet"


@cache
def declared_tables() -> tuple[Table, ...]:
    """The tables in the order the scripts create them, customers first."""
    with duckdb.connect() as connection:
        for name in TABLE_SCRIPTS[:2]:
            run_script(connection, script(name))
        named = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where schema_name in ('raw', 'external') order by table_oid"
        ).fetchall()
        return tuple(_table(connection, schema, name) for schema, name in named)


def _table(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> Table:
    columns = connection.execute(
        "select column_name, data_type, not is_nullable, column_default is not null"
        " from duckdb_columns() where schema_name = ? and table_name = ? order by column_index",
        [schema, name],
    ).fetchall()
    constraints = dict(
        connection.execute(
            "select constraint_type, constraint_column_names[1] from duckdb_constraints()"
            " where schema_name = ? and table_name = ?"
            " and constraint_type in ('PRIMARY KEY', 'FOREIGN KEY')",
            [schema, name],
        ).fetchall()
    )
    return Table(
        schema=schema,
        name=name,
        columns=tuple(Column(*column) for column in columns),
        key=constraints["PRIMARY KEY"],
        of_customer="FOREIGN KEY" in constraints,
    )
