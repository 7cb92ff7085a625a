from __future__ import annotations

import duckdb
import pytest

from adapters.warehouse.scripts.scripts import is_portable, run_script, script, statements
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
        "create database if not exists d",
        "create role if not exists analyst",
        "create or replace warehouse small",
        "create stage if not exists s.files",
        "create or replace file format s.csv type = csv",
        "create secret if not exists s.key type = generic_string secret_string = ''",
        "create compute pool if not exists pool instance_family = cpu_x64_xs",
        "create image repository if not exists s.images",
        "create service if not exists s.api in compute pool pool",
        "alter service s.api suspend",
        "alter session set query_tag = 'twins'",
        "put 'file:///data/*.parquet' @s.files",
        "copy into t from @s.files",
        "list @s.files",
        "execute immediate $$ begin; return 1; end; $$",
    ],
)
def test_what_only_an_account_knows_is_passed_over(statement: str) -> None:
    assert not is_portable(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "create table t (role varchar, warehouse varchar, stage varchar)",
        "create or replace view function_calls as select 1 as service",
        "insert into t select 'execute' as secret",
    ],
)
def test_a_word_of_the_platform_in_a_name_does_not_hide_a_statement(statement: str) -> None:
    assert is_portable(statement)


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
