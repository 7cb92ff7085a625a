"""Where our source makes regular expressions and how it uses them, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "domain", "adapters", "data_generator")
# Functions that make expressions of names in an operator's file; tests.hostile.patterns calls them.
MAKERS = {
    "domain.lever_parsing.names.whole_words",
    "domain.lever_parsing.names._names",
    "domain.lever_parsing.names._plan_words",
    "domain.levers.lever.beginning",
    "domain.lever_parsing.unknown_plans._pattern",
}
HARMLESS = {"escape", "Pattern", "Match", "IGNORECASE", "ASCII", "DOTALL", "MULTILINE"}
OF_A_WHOLE = {"fullmatch", "pattern"}


def strays() -> list[str]:
    """Lines that make or use an expression where the test over all of them would not see it."""
    return [
        f"{module}:{line}: {what}"
        for module, tree in _modules().items()
        for line, what in _strays_of(module, tree)
    ]


def met_whole() -> frozenset[str]:
    """Lines, as module:line, that make an expression which never searches within a text."""
    made = dict(_constants())
    partly = {name for tree in _modules().values() for name in _met_in_part(tree)}
    return frozenset(where for name, where in made.items() if name not in partly)


@cache
def _modules() -> dict[str, ast.Module]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = ast.parse(path.read_text("utf-8"))
    return found


def _strays_of(module: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node, function in _with_functions(tree, module):
        if isinstance(node, ast.ImportFrom) and node.module in {"re", "regex"}:
            yield node.lineno, "import re whole"
        if isinstance(node, ast.Import) and {a.asname or a.name for a in node.names} & {"regex"}:
            yield node.lineno, "another engine needs a test of its own"
        if isinstance(node, ast.Import) and any(a.name == "re" and a.asname for a in node.names):
            yield node.lineno, "re goes by its own name"
        if _is_re(node) and isinstance(node, ast.Attribute) and node.attr not in HARMLESS:
            if node.attr != "compile":
                yield node.lineno, f"re.{node.attr}: compile it as a constant of the module"
            elif function and function not in MAKERS:
                yield node.lineno, f"compiled in {function}: make it a constant of the module"
        if isinstance(node, ast.keyword) and node.arg == "regex_engine":
            yield node.value.lineno, "pydantic's own engine takes linear time; leave it"


def _is_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "re"
    )


def _with_functions(tree: ast.AST, module: str) -> Iterator[tuple[ast.AST, str]]:
    """Every node with the function it stands in, the name of nothing for a module's own lines."""

    def walk(node: ast.AST, within: str) -> Iterator[tuple[ast.AST, str]]:
        for child in ast.iter_child_nodes(node):
            here = within
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                here = f"{module}.{getattr(child, 'name', 'lambda')}"
            yield child, here
            yield from walk(child, here)

    yield from walk(tree, "")


def _constants() -> Iterator[tuple[str, str]]:
    for module, tree in _modules().items():
        for node in tree.body:
            if isinstance(node, ast.Assign) and _is_re(getattr(node.value, "func", node)):
                name = node.targets[0]
                if isinstance(name, ast.Name):
                    yield name.id, f"{module}:{node.value.lineno}"


def _met_in_part(tree: ast.Module) -> Iterator[str]:
    """Names that are used otherwise than to see whether a whole text fits."""
    whole = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in OF_A_WHOLE
    }
    whole |= {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "whole_pattern"
        for argument in node.args
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in whole:
            yield node.id
