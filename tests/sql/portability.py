"""What a portable script must not say, because DuckDB would answer it otherwise.

Each rule was met as a silently wrong answer of sqlglot's translation from Snowflake to DuckDB
(sqlglot 30, DuckDB 2.0). What the translation refuses outright shows when the scripts are run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp

from adapters.warehouse.scripts.scripts import is_portable, statements

Node = exp.Expr

PATH_OF_JSON = "reads a JSON path: the other engine keeps the quotes; use json_extract_path_text"
DRAWN = "draws or hashes differently on each engine"

BANNED_FUNCTIONS = {
    "get_path": PATH_OF_JSON,
    "parse_json": "makes a VARIANT: keep JSON in a varchar",
    "try_parse_json": "makes a VARIANT: keep JSON in a varchar",
    "cosine_distance": "is translated to a distance: compute similarity in Python",
    "current_date": "moves features with the calendar: use analytics.calendar",
    "current_timestamp": "moves features with the clock: use analytics.calendar",
    "sysdate": "moves features with the clock: use analytics.calendar",
    "getdate": "moves features with the clock: use analytics.calendar",
    "random": DRAWN,
    "uniform": DRAWN,
    "hash": DRAWN,
    "mode": "breaks ties differently on each engine: count and rank",
    "any_value": "picks differently on each engine: use min or max",
}

BANNED_TYPES = {"VARIANT", "OBJECT", "ARRAY", "VECTOR", "GEOGRAPHY"}


def unportable(text: str) -> Iterator[str]:
    """Why a script would not mean the same on both engines, one sentence per finding.

    Statements for a Snowflake account alone, which never reach DuckDB, are not looked at.
    """
    for statement in statements(text):
        if "on_error" in statement.lower() and "continue" in statement.lower():
            yield "on_error = continue drops rows in silence"
        if is_portable(statement):
            yield from _findings(sqlglot.parse_one(statement, read="snowflake"))


def _findings(tree: Node) -> Iterator[str]:
    for node in tree.walk():
        for rule in RULES:
            reason = rule(node)
            if reason:
                yield f"{node.sql(dialect='snowflake')[:60]}: {reason}"


def _function(node: Node) -> str | None:
    if not isinstance(node, exp.Func) or node.find_ancestor(exp.ColumnConstraint):
        return None
    names = [node.name] if isinstance(node, exp.Anonymous) else node.sql_names()
    return next((BANNED_FUNCTIONS[n.lower()] for n in names if n.lower() in BANNED_FUNCTIONS), None)


def _json_path(node: Node) -> str | None:
    return PATH_OF_JSON if isinstance(node, exp.JSONExtract) else None


def _semi_structured_type(node: Node) -> str | None:
    if isinstance(node, exp.DataType) and node.this.name in BANNED_TYPES:
        return f"the type {node.this.name.lower()} has no counterpart"
    return None


def _decimal_percentile(node: Node) -> str | None:
    if isinstance(node, exp.Median) and not _is_float(node.this):
        return "stays decimal on one engine: cast the argument to float"
    if isinstance(node, exp.WithinGroup) and isinstance(node.this, exp.PercentileCont):
        (ordered,) = node.expression.expressions
        if not _is_float(ordered.this):
            return "stays decimal on one engine: cast the ordering to float"
    return None


def _is_float(node: Node) -> bool:
    return isinstance(node, exp.Cast) and node.is_type("double", "float")


def _shifted_date(node: Node) -> str | None:
    shifts = exp.DateAdd | exp.DateSub | exp.DateTrunc | exp.TimestampTrunc | exp.TsOrDsAdd
    if isinstance(node, shifts) and not isinstance(node.parent, exp.Cast):
        return "turns a date into a timestamp on one engine: cast the outcome"
    return None


def _unordered_list(node: Node) -> str | None:
    ordered = node.find(exp.Order) or isinstance(node.parent, exp.WithinGroup)
    if isinstance(node, exp.ArrayAgg | exp.GroupConcat) and not ordered:
        return "comes in any order: say within group (order by ...)"
    return None


def _user_function(node: Node) -> str | None:
    if isinstance(node, exp.Create) and node.kind == "FUNCTION":
        return "a function written in SQL becomes a constant on the other engine"
    return None


RULES: tuple[Callable[[Node], str | None], ...] = (
    _function,
    _json_path,
    _semi_structured_type,
    _decimal_percentile,
    _shifted_date,
    _unordered_list,
    _user_function,
)
