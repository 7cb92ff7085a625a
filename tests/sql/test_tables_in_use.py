from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from adapters.warehouse.scripts.scripts import run_script, script
from domain.reactions import ACTIONS
from tests.sql.reading import body, code, statement_of

NEVER_CALLED = {"analytics.discover_segments": lambda *_: None}
TABLES = (
    "02_create_internal_tables",
    "03_create_external_tables",
    "08_persona_generation",
    "06_create_enriched_views",
    "07_segmentation_pipeline",
)


@pytest.fixture(scope="module")
def built() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every table and view of the portable scripts, empty."""
    with duckdb.connect() as connection:
        for name in TABLES:
            run_script(connection, script(name), procedures=NEVER_CALLED)
        yield connection


def columns(built: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return set(built.table(table).columns)


def test_tables_are_made_once_and_keep_their_rows(built: duckdb.DuckDBPyConnection) -> None:
    built.execute("insert into analytics.builds (version, note) values (1, 'first')")

    run_script(built, script("08_persona_generation"))

    assert built.execute("select note from analytics.builds").fetchall() == [("first",)]
    settings = dict(built.execute("select name, value from agents.settings").fetchall())
    assert settings["model"] == "claude-haiku-4-5"


def test_a_setting_that_was_changed_stays(built: duckdb.DuckDBPyConnection) -> None:
    built.execute("update agents.settings set value = 'llama3.1-70b' where name = 'model'")

    run_script(built, script("08_persona_generation"))

    rows = built.execute("select value from agents.settings where name = 'model'").fetchall()
    assert rows == [("llama3.1-70b",)]


def test_the_log_holds_a_reaction_in_typed_columns_one_row_for_each_call(
    built: duckdb.DuckDBPyConnection,
) -> None:
    row = (
        "insert into agents.simulation_logs (simulation_id, call_index, scenario, segment_id,"
        " persona_id, engine, state, sentiment_score, action_probability)"
        " values ('sim', 0, 'Up.', 'S1', 'per', 'choice', 'done', -0.72, 0.4)"
    )
    built.execute(row)

    kept = built.execute("select sentiment_score, action_probability from agents.simulation_logs")
    assert kept.fetchall() == [(-0.72, 0.4)]
    with pytest.raises(duckdb.ConstraintException):
        built.execute(row)


def test_history_keeps_a_share_for_each_action(built: duckdb.DuckDBPyConnection) -> None:
    shares = {f"{action.lower()}_share" for action in ACTIONS}

    assert shares <= columns(built, "personas.historical_reactions")


def test_a_simulation_writes_as_many_values_as_columns_and_only_those_there_are(
    built: duckdb.DuckDBPyConnection,
) -> None:
    text = body(statement_of("agents.simulate_scenario")) or ""
    (insert,) = [part for part in text.split(";\n") if code(part).startswith("insert")]
    tree = sqlglot.parse_one(insert, read="snowflake")

    named = [column.name for column in tree.this.expressions]
    assert set(named) <= columns(built, "agents.simulation_logs")
    assert len(named) == len(tree.expression.expressions)
    assert set(named) == columns(built, "agents.simulation_logs") - {"created_at"}


@pytest.mark.parametrize(
    "name", ["agents.simulate_scenario", "agents.aggregate_results", "personas.write_narratives"]
)
def test_the_statistics_that_functions_read_exist(
    built: duckdb.DuckDBPyConnection, name: str
) -> None:
    text = body(statement_of(name)) or ""
    read = set(re.findall(r"\bstatistics\.(\w+)", text))
    if name == "personas.write_narratives":
        (made,) = [part for part in text.split(";\n") if "typical as (" in part]
        tree = sqlglot.parse_one(made[made.index("create") :], read="snowflake")
        (typical,) = [cte for cte in tree.find_all(exp.CTE) if cte.alias == "typical"]
        read = {column.name for column in typical.find_all(exp.Column)}

    assert read
    assert read <= columns(built, "analytics.segment_statistics")


def test_the_verbatims_that_personas_are_written_from_exist(
    built: duckdb.DuckDBPyConnection,
) -> None:
    assert {"segment_id", "verbatim", "mention_rank", "customers"} <= columns(
        built, "analytics.segment_verbatims"
    )
