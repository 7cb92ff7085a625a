"""The numbered SQL scripts: found, split into statements, and run on DuckDB through sqlglot.

The text in sql/ is Snowflake SQL. Statements that only a Snowflake account knows (roles, grants,
warehouses, stages, loads, procedures, blocks, services, clustering keys) are passed over
here; everything else is translated and run as it stands. `set` gives a variable its default and
`call` is answered by a Python function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import Token, TokenType

from domain.errors import Unavailable

Procedure = Callable[..., None]

RUNNER_WORDS = frozenset({"set", "call"})
PLATFORM_WORDS = frozenset(
    {"use", "grant", "revoke", "show", "describe", "list", "put", "remove", "copy", "execute"}
)
PLATFORM_OBJECTS = re.compile(
    r"(create|alter|drop) (or replace )?(database|role|warehouse|stage|file format|procedure"
    r"|service|compute pool|image repository|secret|session)\b"
)
CLUSTERING = re.compile(r"\bcluster\s+by\b", re.IGNORECASE)


def script(name: str) -> str:
    """Text of a script by its name without ending, such as `06_create_enriched_views`.

    Raises Unavailable when neither the checkout nor the installed package has it.
    """
    here = Path(__file__).resolve()
    places = (here.parents[3] / "sql", here.parents[1] / "sql")
    for place in places:
        path = place / f"{name}.sql"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise Unavailable(f"the SQL script {name}", "reinstall the package: its SQL is not there")


def run_script(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    *,
    variables: Mapping[str, int] | None = None,
    procedures: Mapping[str, Procedure] | None = None,
) -> None:
    """Play a portable script on DuckDB. Raises Unavailable, naming the statement it refused."""

    def run(statement: str) -> None:
        _execute(connection, translated(statement))

    play_script(text, run, variables=variables, procedures=procedures)


def play_script(
    text: str,
    run: Callable[[str], object],
    *,
    variables: Mapping[str, int] | None = None,
    procedures: Mapping[str, Procedure] | None = None,
) -> None:
    """Hand the statements both engines know to `run`, as written and in their order.

    `variables` win over the values the script sets itself. `procedures` answer calls by lower-case
    name, with the call's values as positional arguments.
    """
    given = dict(variables or {})
    values: dict[str, int] = {}
    for statement in statements(text):
        first = _words(statement)[0]
        if first == "set":
            values |= _assignment(statement)
        elif first == "call":
            _answer(statement, values | given, procedures or {})
        elif is_portable(statement):
            run(statement)


@cache
def statements(text: str) -> tuple[str, ...]:
    """The statements of a script as written, with the comments above each, without semicolons."""
    return tuple(_split(text, sqlglot.tokenize(text, read="snowflake")))


@cache
def translated(statement: str) -> str:
    """The same statement for DuckDB."""
    return sqlglot.parse_one(statement, read="snowflake").sql(dialect="duckdb", comments=False)


def is_portable(statement: str) -> bool:
    """Whether every engine runs the statement, rather than a Snowflake account or the runner."""
    words = _words(statement)
    if words[0] in RUNNER_WORDS | PLATFORM_WORDS or PLATFORM_OBJECTS.match(" ".join(words)):
        return False
    return not (words[0] == "alter" and CLUSTERING.search(statement))


def _split(text: str, tokens: list[Token]) -> Iterator[str]:
    start = 0
    inside = False
    for token in tokens:
        if token.token_type is not TokenType.SEMICOLON:
            inside = True
            continue
        if inside:
            yield text[start : token.start].strip()
        start, inside = token.end + 1, False
    if inside:
        yield text[start:].strip()


@cache
def _words(statement: str) -> tuple[str, ...]:
    """The statement's leading words, lower case, comments left out."""
    tokens = sqlglot.tokenize(statement, read="snowflake")[:6]
    return tuple(token.text.lower() for token in tokens)


def _assignment(statement: str) -> dict[str, int]:
    """Name and value of `set name = 8`."""
    _, name, _, value = (token.text for token in sqlglot.tokenize(statement, read="snowflake"))
    return {name.lower(): int(value)}


def _answer(statement: str, values: Mapping[str, int], procedures: Mapping[str, Procedure]) -> None:
    called = sqlglot.tokenize(statement, read="snowflake")[1].text
    name, _, rest = called.partition("(")
    arguments = [part.strip() for part in rest.rstrip(") \n").split(",") if part.strip()]
    procedures[name.strip().lower()](*(_value(argument, values) for argument in arguments))


def _value(argument: str, values: Mapping[str, int]) -> int:
    return values[argument[1:].lower()] if argument.startswith("$") else int(argument)


def _execute(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    try:
        connection.execute(statement)
    except duckdb.Error as error:
        opening = " ".join(statement.split()[:7])
        raise Unavailable(
            f"the warehouse (it refused: {opening} ...)", "check the data with `twin load`"
        ) from error
