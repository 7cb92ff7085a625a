"""A room of the domain is entered by its door: others import what its `__init__` names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = sorted(path.parent.name for path in (ROOT / "domain").glob("*/__init__.py"))
SOURCES = [
    path
    for part in ("api", "adapters", "data_generator", "domain")
    for path in sorted((ROOT / part).rglob("*.py"))
]
BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))  # which may look behind a door


def test_there_are_rooms() -> None:
    assert len(ROOMS) >= 8


@pytest.mark.parametrize("room", ROOMS)
def test_others_use_only_what_a_room_offers(room: str) -> None:
    inside = ROOT / "domain" / room
    past_the_door = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in SOURCES
        if inside not in path.parents
        for module in _imported(path)
        if module.startswith(f"domain.{room}.")
    ]

    assert past_the_door == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_offers_only_what_others_use(room: str) -> None:
    inside = ROOT / "domain" / room
    offered = set(_offered(inside / "__init__.py"))
    used = {
        name
        for path in (*SOURCES, *BENCHMARKS)
        if inside not in path.parents
        for name in _taken_from(path, f"domain.{room}")
    }

    assert offered == used


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_a_room_offers_hides_a_module_of_its(room: str) -> None:
    inside = ROOT / "domain" / room

    assert {path.stem for path in inside.glob("*.py")} & set(
        _offered(inside / "__init__.py")
    ) == set()


def _imported(path: Path) -> Iterator[str]:
    for node in _imports(path):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        else:
            yield from (name.name for name in node.names)


def _taken_from(path: Path, module: str) -> Iterator[str]:
    for node in _imports(path):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            yield from (name.name for name in node.names)


def _offered(path: Path) -> list[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


@cache
def _imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
