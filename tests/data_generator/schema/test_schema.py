from __future__ import annotations

from adapters.warehouse.scripts.tables import declared_tables
from data_generator.audit.database import sql_type
from data_generator.schema.schema import FOLDERS, SCHEMAS


def test_the_schema_is_what_a_warehouse_makes_of_the_scripts() -> None:
    declared = {
        table.name: {
            column.name: column.type for column in table.columns if not column.filled_by_database
        }
        for table in declared_tables()
    }
    assert declared == {
        table: {field.name: sql_type(field.type).upper().replace(", ", ",") for field in schema}
        for table, schema in SCHEMAS.items()
    }


def test_files_lie_where_a_load_looks_for_them() -> None:
    files = {table.file for table in declared_tables()}
    assert files == {f"{folder}/{table}.parquet" for table, folder in FOLDERS.items()}
