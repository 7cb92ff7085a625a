from __future__ import annotations

from pathlib import Path

import pytest

from adapters.warehouse.scripts.scripts import is_portable, script, statements
from tests.sql.portability import unportable

SCRIPTS = sorted(path.stem for path in (Path(__file__).parents[2] / "sql").glob("*.sql"))
PORTABLE = [name for name in SCRIPTS if "-- portable: yes" in script(name)]


def test_the_scripts_that_must_run_on_both_engines_say_so() -> None:
    assert {name[:2] for name in PORTABLE} >= {"02", "03", "06", "07", "08"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_opens_with_its_purpose_grain_and_portability(name: str) -> None:
    opening = script(name).split("\n\n")[0]

    words = [line.partition(":")[0] for line in opening.splitlines() if ": " in line]
    assert words[:3] == ["-- purpose", "-- grain", "-- portable"]


@pytest.mark.parametrize("name", PORTABLE)
def test_a_portable_script_means_the_same_on_both_engines(name: str) -> None:
    assert list(unportable(script(name))) == []


@pytest.mark.parametrize("name", PORTABLE)
def test_each_table_and_view_states_its_grain_first(name: str) -> None:
    made = [
        statement
        for statement in statements(script(name))
        if is_portable(statement) and "create schema" not in statement
    ]

    assert made
    assert all(statement.startswith("-- one row") for statement in made)


@pytest.mark.parametrize("name", PORTABLE)
def test_sql_is_lower_case(name: str) -> None:
    for statement in statements(script(name)):
        code = [line.partition("--")[0] for line in statement.splitlines()]
        outside_strings = "".join("\n".join(code).split("'")[::2])
        if is_portable(statement):
            assert outside_strings == outside_strings.lower()
