"""What commands print: values as JSON, rows of tables, a bar of progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.wiring.prepare import Show


def print_json(value: BaseModel | Sequence[BaseModel]) -> None:
    """Print a value, or a list of them, as JSON."""
    if isinstance(value, BaseModel):
        text = value.model_dump_json(indent=2)
    else:
        text = json.dumps([item.model_dump(mode="json") for item in value], indent=2)
    sys.stdout.write(f"{text}\n")


def print_rows(rows: dict[str, int]) -> None:
    """Print how many rows each table has."""
    for table, count in rows.items():
        sys.stdout.write(f"{table:36} {count:>12,} rows\n")


@contextmanager
def progress_bar() -> Iterator[Show]:
    """Gives a function that shows a stage by name, its place and how many there are."""
    screen = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:24}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TimeElapsedColumn(),
        console=screen,
        disable=not screen.is_terminal,
    ) as bar:
        task = bar.add_task("", total=1)

        def show(name: str, done: int, total: int) -> None:
            bar.update(task, description=name, completed=done, total=total)

        yield show
