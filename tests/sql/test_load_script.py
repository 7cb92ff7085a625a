"""What sql/05 does for each table that is loaded, read from its statements."""

from __future__ import annotations

import re

import pytest

from adapters.warehouse.scripts.tables import FOLDERS, Table, declared_tables
from tests.sql.reading import code, every_statement, parts, statement_of

TABLES = declared_tables()
CALLED = [f"{table.schema}.{table.name}" for table in TABLES]


def load_steps() -> list[str]:
    """The statements of the load, each on one line."""
    return [" ".join(part.split()) for part in parts(statement_of("raw.load_public_files"))]


def path_of(table: Table) -> str:
    return f"@raw.public_stage/{FOLDERS[table.schema]}/{table.name}.csv"


@pytest.mark.parametrize("table", TABLES, ids=CALLED)
def test_every_table_is_compared_emptied_filled_and_counted(table: Table) -> None:
    named = f"{table.schema}.{table.name}"
    steps = load_steps()
    (compared,) = [step for step in steps if "columns_found := " in step]
    (counted,) = [step for step in steps if step.startswith("rows_found := ")]

    assert f"location => '{path_of(table)}'" in compared
    assert steps[steps.index(copy_of(table)) - 1].split()[-3:] == ["delete", "from", named]
    assert f"from {path_of(table)} (file_format => 'raw.csv_by_place')" in counted
    assert f"{named}) as rows_loaded" in counted
    assert f"count(distinct {', '.join(table.key)}) from {named}" in counted


@pytest.mark.parametrize("table", TABLES, ids=CALLED)
def test_every_table_has_a_dry_run(table: Table) -> None:
    copied = re.compile(rf"copy into {table.schema}\.{table.name}(_in_file)? ")
    tried = [
        code(statement)
        for name, statement in every_statement()
        if name.startswith("05") and copied.match(code(statement))
    ]

    assert len(tried) == 1
    assert tried[0].endswith("validation_mode = return_errors")


@pytest.mark.parametrize("table", TABLES, ids=CALLED)
def test_only_the_file_of_past_events_may_be_missing(table: Table) -> None:
    # a file named outright that is not there stops a copy, a path that matches nothing does not
    assert (f"files = ('{table.name}.csv')" in copy_of(table)) is not table.optional
    assert (f" from {path_of(table)} " in copy_of(table)) is table.optional

    (faulty,) = [step for step in load_steps() if step.startswith("faults := ( select count_if")]
    excused = f"table_name::varchar <> '{table.schema}.{table.name}'".upper()
    assert (excused in faulty.upper()) is table.optional


def copy_of(table: Table) -> str:
    """The statement that fills the table."""
    into = f"copy into {table.schema}.{table.name} "
    (step,) = [step for step in load_steps() if step.startswith(into)]
    return step
