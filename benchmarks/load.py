"""Load: how long `twin load` takes beside DuckDB reading the same files and writing Parquet.

    python -m benchmarks.load [--customers 100000] [--rounds 3] [--format csv]

generates the files, then takes both in turn, so that what else the machine does weighs on both
alike; the median of each is told, of the clock and of the processors' own time, which tells more on
a machine that is busy. DuckDB reads every column, of CSV in its declared type, and writes
Parquet with zstd: it counts, checks and compares nothing, and takes 12.7 for the whole number 13.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table as Lines

from adapters.warehouse.load.load import load_files
from adapters.warehouse.scripts.tables import Table, declared_tables
from adapters.warehouse.source.parts import find_files
from data_generator.generate.generate import generate


def main() -> None:
    """Measure ours and the least in turn."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        manifest = generate(source, options.customers, 42, format=options.format)
        rows = sum(file.rows for file in manifest.files)
        declared_tables()
        least, ours = Times(), Times()
        for _ in range(options.rounds):
            least.measure(lambda: read_and_write(source, Path(folder) / "least"))
            ours.measure(lambda: load_files(source, Path(folder) / "data"))
    megabytes = sum(file.bytes for file in manifest.files) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    table = Lines("", "DuckDB s", "load s", "ratio")
    for name in ("wall", "processor"):
        a, b = (statistics.median(getattr(times, name)) for times in (least, ours))
        table.add_row(name, f"{a:.2f}", f"{b:.2f}", f"{b / a:.2f}")
    Console().print(
        f"{rows:,} rows, {megabytes:,.0f} MB of {options.format}, peak {peak:,} MiB", table
    )


@dataclass(slots=True)
class Times:
    """Seconds of several runs, by the clock and by what the processors worked."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def measure(self, run: Callable[[], object]) -> None:
        """Run once more."""
        wall, processor = time.perf_counter(), time.process_time()
        run()
        self.wall.append(time.perf_counter() - wall)
        self.processor.append(time.process_time() - processor)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    return parser.parse_args()


def read_and_write(source: Path, target: Path) -> None:
    """DuckDB's own way with the same files."""
    target.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        for table in declared_tables():
            (path,) = find_files(source, table).paths
            rows = read(connection, path, table)
            rows.write_parquet(str(target / f"{table.name}.parquet"), compression="zstd")


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, table: Table
) -> duckdb.DuckDBPyRelation:
    """A file as DuckDB reads it, CSV in the declared types."""
    if path.suffix == ".parquet":
        return connection.read_parquet(str(path))
    return connection.read_csv(
        str(path),
        header=True,
        auto_detect=False,
        delimiter=",",
        quotechar='"',
        escapechar='"',
        na_values="",
        columns={c.name: c.type for c in table.columns if not c.filled_by_database},
    )


if __name__ == "__main__":
    main()
