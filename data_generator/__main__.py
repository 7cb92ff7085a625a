"""The command line: python -m data_generator --customers 20000 --seed 42 --out data."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from data_generator.generate import (
    AS_OF,
    BLOCK_CUSTOMERS,
    CUSTOMER_TABLES,
    TABLES,
    AlreadyGenerating,
    Manifest,
    generate,
)


def main(arguments: list[str] | None = None) -> int:
    """Generate what the arguments ask for; 0 when done, 1 when it could not be."""
    asked = _parser().parse_args(arguments)
    try:
        manifest = _generate(asked)
    except (ValueError, OSError, AlreadyGenerating) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    rows = sum(file.rows for file in manifest.files)
    sys.stdout.write(f"{rows:,} rows in {len(manifest.files)} files below {asked.out}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="data_generator", description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--out", type=Path, required=True, help="folder of the data set")
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        default=AS_OF,
        help="the day before which everything happened (default %(default)s)",
    )
    parser.add_argument("--workers", type=int, help="processes (default: one per processor)")
    parser.add_argument(
        "--chunk-customers",
        type=int,
        default=BLOCK_CUSTOMERS,
        help="customers a worker holds at a time (default and at most %(default)s)",
    )
    return parser


def _generate(asked: argparse.Namespace) -> Manifest:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {
            table: bars.add_task(table, total=asked.customers if table in CUSTOMER_TABLES else 1)
            for table in TABLES
        }
        return generate(
            asked.out,
            asked.customers,
            asked.seed,
            format=asked.format,
            as_of=asked.as_of,
            workers=asked.workers,
            chunk_customers=asked.chunk_customers,
            progress=lambda table, done, _: bars.update(tasks[table], completed=done),
        )


if __name__ == "__main__":
    raise SystemExit(main())
