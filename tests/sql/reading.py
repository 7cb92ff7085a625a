"""What the tests of the numbered scripts read from them: statements, kinds, bodies, Python."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlglot

from adapters.warehouse.scripts.scripts import script, statements

SCRIPTS = sorted(path.stem for path in (Path(__file__).parents[2] / "sql").glob("*.sql"))
BODY = re.compile(r"\$\$\n(.*)\$\$", re.DOTALL)
COMMENT = re.compile(r"--[^\n]*")
TEXT = re.compile(r"'(?:[^']|'')*'")
NAMED = re.compile(r"(?:function|procedure|view|table) (?:if not exists )?(\w+\.\w+)")


def every_statement() -> Iterator[tuple[str, str]]:
    """Each script's name with each of its statements, in order."""
    for name in SCRIPTS:
        for statement in statements(script(name)):
            yield name, statement


def code(statement: str) -> str:
    """A statement on one line, without comments, bodies kept."""
    return " ".join(COMMENT.sub("", statement).split())


def kind(statement: str) -> str:
    """The words that say what a statement does, such as `create compute pool`."""
    words = [token.text.lower() for token in sqlglot.tokenize(statement, read="snowflake")[:7]]
    kept = [word for word in words if word not in {"or", "replace", "if", "not", "exists"}]
    if kept[0] not in {"create", "alter"}:
        return kept[0]
    pairs = {"compute": "pool", "image": "repository", "file": "format", "temporary": "table"}
    return " ".join([*kept[:2], pairs[kept[1]]] if kept[1] in pairs else kept[:2])


def body(statement: str) -> str | None:
    """What stands between the dollar signs of a function, procedure or block."""
    found = BODY.search(statement)
    return found.group(1) if found else None


def statement_of(name: str) -> str:
    """The statement that creates the function, procedure, view or table of this name."""
    for _, statement in every_statement():
        found = NAMED.search(code(statement))
        if found and found.group(1) == name:
            return statement
    raise LookupError(name)


def blocks() -> Iterator[tuple[str, str]]:
    """Script and text of everything written in Snowflake Scripting."""
    for name, statement in every_statement():
        text = body(statement)
        if text is not None and re.search(r"^begin$", text, re.MULTILINE):
            yield name, statement


def parts(statement: str) -> list[str]:
    """The statements inside a block, without comments."""
    return [COMMENT.sub("", part).strip() for part in (body(statement) or "").split(";\n")]


def python_of(name: str, folder: Path) -> ModuleType:
    """The Python of a function as a module of its own."""
    path = folder / f"{name.replace('.', '_')}.py"
    path.write_text(body(statement_of(name)) or "", encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def response_schema(name: str) -> dict[str, Any]:
    """The JSON schema that a function or procedure hands to AI_COMPLETE."""
    text = (body(statement_of(name)) or "").partition("response_format =>")[2]
    depth = 0
    for place, letter in enumerate(text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "}" and depth == 0:
            found: dict[str, Any] = json.loads(text[: place + 1].replace("'", '"'))
            return dict(found["schema"])
    raise LookupError(f"{name} has no response_format")
