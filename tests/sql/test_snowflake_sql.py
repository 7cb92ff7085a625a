from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from adapters.warehouse.scripts.scripts import script, statements
from tests.sql.reading import SCRIPTS, TEXT, blocks, body, code, every_statement, kind

# What sqlglot knows only by its first words; a new kind needs a look before it is listed here.
NOT_PARSED = {
    "call",
    "create compute pool",
    "create image repository",
    "create role",
    "create secret",
    "create service",
    "execute",
    "grant",
    "show",
}
VARIABLE = re.compile(r"(?<=[\s(,=]):(\w+)")
DECLARED = re.compile(
    r"^    (\w+) (?:exception|varchar|int|array|variant|resultset)\b", re.MULTILINE
)
LET = re.compile(r"\blet (\w+) ")
ARGUMENTS = re.compile(r"procedure \S+?\(([^)]*)\)", re.DOTALL)
SCRIPTING_LINE = re.compile(r"\s*((let|if|elseif|raise|return|for|while)\b|\w+ :=)")


def test_there_are_ten_scripts_in_the_order_they_run() -> None:
    assert [name[:2] for name in SCRIPTS] == [f"{number:02}" for number in range(1, 11)]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_statement_is_snowflake_sql_as_far_as_sqlglot_knows_it(name: str) -> None:
    unknown = {
        kind(statement)
        for statement in statements(script(name))
        if isinstance(sqlglot.parse_one(statement, read="snowflake"), exp.Command)
    }

    assert unknown <= NOT_PARSED


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_not_python_is_lower_case(name: str) -> None:
    for statement in statements(script(name)):
        text = statement
        if "language python" in statement:
            text = statement.replace(body(statement) or "", "")
        bare = TEXT.sub("''", code(text))
        assert bare == bare.lower()


def test_every_statement_inside_a_block_is_snowflake_sql() -> None:
    inside = 0
    for _, block in blocks():
        for statement in (body(block) or "").split(";\n"):
            text = code(statement)
            if text.startswith(("insert", "delete", "update", "create", "copy", "with")):
                inside += 1
                assert not isinstance(sqlglot.parse_one(text, read="snowflake"), exp.Command)

    assert inside > 20


@pytest.mark.parametrize("block", [block for _, block in blocks()])
def test_a_block_uses_no_variable_it_has_not_declared(block: str) -> None:
    text = body(block) or ""
    arguments = ARGUMENTS.search(block)
    named = arguments.group(1).split(",") if arguments else []
    declared = {*DECLARED.findall(text), *LET.findall(text)}
    declared |= {argument.split()[0] for argument in named if argument.strip()}

    assert set(VARIABLE.findall(text)) <= declared


@pytest.mark.parametrize("block", [block for _, block in blocks()])
def test_a_variable_inside_a_statement_has_its_colon(block: str) -> None:
    declaring, _, text = (body(block) or "").partition("begin\n")
    for name in [*DECLARED.findall(declaring), *LET.findall(text)]:
        for line in TEXT.sub("''", text).splitlines():
            if re.search(rf"(?<![:\w.]){name}\b", line):
                assert SCRIPTING_LINE.match(line), line


def test_stages_and_file_formats_that_are_named_exist() -> None:
    made = {kind_: set[str]() for kind_ in ("stage", "file format")}
    named = {kind_: set[str]() for kind_ in made}
    for _, statement in every_statement():
        text = code(statement)
        for what, names in made.items():
            found = re.match(rf"create (?:or replace )?{what} (?:if not exists )?(\S+)", text)
            names.update({found.group(1)} if found else set())
        named["stage"] |= set(re.findall(r"@(\w+\.\w+)", text))
        named["file format"] |= set(re.findall(r"format(?:_name)? =>? '(\w+\.\w+)'", text))

    assert named["stage"] == made["stage"] - {"raw.data_stage"}
    assert named["file format"] == made["file format"] - {"raw.parquet_format"}


def test_only_names_that_a_deployment_can_rename_are_outside_the_database() -> None:
    outside = ("create role", "create warehouse", "create database", "create compute pool")
    for _, statement in every_statement():
        if kind(statement).startswith(outside):
            name = re.sub(r".*if not exists (\w+).*", r"\1", code(statement))
            assert name.startswith("cdt_") or name == "customer_digital_twin"


def test_every_statement_can_be_run_again() -> None:
    replaced = {"function", "procedure", "view", "file format"}
    for name, statement in every_statement():
        made = kind(statement)
        if not made.startswith("create"):
            continue
        text = code(statement)
        derived = name[:2] in {"06", "07"} or "temporary table" in text
        assert "if not exists" in text or made.removeprefix("create ") in replaced or derived


def test_nothing_of_value_is_dropped() -> None:
    for _, statement in every_statement():
        assert not re.search(
            r"\b(drop|truncate) (table|view|schema|database|stage)|insert overwrite",
            code(statement),
        )


def test_every_script_says_who_runs_it_and_where() -> None:
    for name in SCRIPTS:
        used = [code(s) for s in statements(script(name)) if kind(s) == "use"]
        assert used[0] == f"use role {'accountadmin' if name[:2] in {'01', '10'} else 'cdt_admin'}"
        assert "use database customer_digital_twin" in used
