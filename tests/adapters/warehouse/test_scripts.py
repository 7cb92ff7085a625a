from __future__ import annotations

import duckdb
import pytest

from adapters.warehouse.scripts import is_portable, run_script, script, statements
from domain.errors import Unavailable


def test_semicolons_in_strings_and_bodies_do_not_end_a_statement() -> None:
    text = "select ';' -- one; two\n;\ncreate procedure p() as $$\n a; b\n$$;\n-- the end\n"

    assert [statement.split()[0] for statement in statements(text)] == ["select", "create"]


@pytest.mark.parametrize(
    "statement",
    [
        "use role analyst",
        "use warehouse small",
        "grant select on table t to role analyst",
        "alter table t cluster by (billing_month)",
        "create or replace procedure p() returns int language python as $$ $$",
        "-- a word before\nshow tables",
    ],
)
def test_what_only_an_account_knows_is_passed_over(statement: str) -> None:
    assert not is_portable(statement)


def test_a_call_is_answered_with_the_variables_the_script_set() -> None:
    calls: list[tuple[int, ...]] = []
    text = "set parts = 8; set seed = 42; call analytics.split($parts, $seed, 7);"

    with duckdb.connect() as connection:
        run_script(
            connection,
            text,
            variables={"seed": 5},
            procedures={"analytics.split": lambda *values: calls.append(values)},
        )

    assert calls == [(8, 5, 7)]


def test_statements_run_in_snowflakes_meaning() -> None:
    with duckdb.connect() as connection:
        run_script(connection, "create table t as select iff(1 > 2, 'no', 'yes') as answer")

        assert connection.table("t").fetchall() == [("yes",)]


def test_a_refused_statement_is_named() -> None:
    with (
        duckdb.connect() as connection,
        pytest.raises(Unavailable, match="refused: CREATE TABLE t AS SELECT"),
    ):
        run_script(connection, "create table t as select * from nowhere")


def test_a_script_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(Unavailable, match="99_nothing"):
        script("99_nothing")
