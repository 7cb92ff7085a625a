"""Progress: one bar per table on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from data_generator.generate.make import Progress as ReportProgress


@contextmanager
def table_bars() -> Iterator[ReportProgress]:
    """Gives the function by which `generate` reports how far each table is."""
    screen = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:20}"),
        BarColumn(),
        TextColumn("{task.completed:>11,.0f} of {task.total:,.0f}"),
        TimeElapsedColumn(),
        console=screen,
        disable=not screen.is_terminal,
    ) as bars:
        shown: dict[str, TaskID] = {}

        def report(table: str, done: int, total: int) -> None:
            if table not in shown:
                shown[table] = bars.add_task(table, total=total)
            bars.update(shown[table], completed=done)

        yield report
