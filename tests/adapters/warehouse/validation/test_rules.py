"""Whether the rules fit the tables, and the data this project generates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from adapters.warehouse.past_levers import register_lever_check
from adapters.warehouse.scripts.tables import Table, declared_tables
from adapters.warehouse.validation.rules import RULES, rule_of
from data_generator.generate.generate import generate

TODAY = date(2026, 3, 1)
TABLES = {table.name: table for table in declared_tables()}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    generate(folder, 2_000, 42, workers=1)
    return folder


def test_every_rule_is_for_a_column_that_exists() -> None:
    columns = {c.name for table in TABLES.values() for c in table.columns}
    full_names = {f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns}

    assert set(RULES) <= columns | full_names


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_number_and_date_of_a_file_has_a_range(table: Table) -> None:
    free = [
        column.name
        for column in table.columns
        if column.type not in {"VARCHAR", "BOOLEAN"} and not column.filled_by_database
        if rule_of(table.name, column.name, TODAY) is None
    ]

    assert free == []


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_rules_hold_on_generated_data(dataset: Path, table: Table) -> None:
    rules = {c.name: rule_of(table.name, c.name, TODAY) for c in table.columns}
    broken = [f"count(*) filter (not ({r.holds_for(n)})) as {n}" for n, r in rules.items() if r]

    with duckdb.connect() as connection:
        register_lever_check(connection)
        counted = connection.read_parquet(str(dataset / table.file)).aggregate(", ".join(broken))
        counts = dict(zip(counted.columns, counted.fetchall()[0], strict=True))

    assert {name: count for name, count in counts.items() if count} == {}


@pytest.mark.parametrize(
    ("column", "value", "fits"),
    [
        ("zip_code", "'02139'", True),
        ("zip_code", "'2139'", False),
        ("state_code", "'mt'", False),
        ("billing_month", "date '2026-03-02'", True),
        ("billing_month", "date '2026-03-03'", False),
        ("sent_at", "timestamp '2026-03-02 23:59:59'", True),
        ("customer_since", "date '1899-12-31'", False),
        ("churn_risk_score", "1.01", False),
        ("data_usage_5g_pct", "100", True),
    ],
)
def test_a_value_is_measured_by_its_rule(column: str, value: str, fits: bool) -> None:
    rule = rule_of("customers", column, TODAY)
    assert rule is not None

    with duckdb.connect() as connection:
        result = connection.sql(f"select {rule.holds_for(value)}").fetchall()

    assert result == [(fits,)]
