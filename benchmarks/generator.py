"""Generator: how long a data set takes beside the raw write of its bytes, and beside its peers.

    python -m benchmarks.generator --customers 1000000

makes the data set in both formats below a temporary folder and, each time, writes as many bytes
one after the other to the same disk. Then Faker and Mimesis make the customers table with the
cheapest call they have for each column, in one process like ours. They come with

    python -m pip install 'customer-digital-twin[bench]'

and what is not installed is left out. Prints tables and judges nothing.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from data_generator.population import Population
from data_generator.recipe import AS_OF, BLOCK_CUSTOMERS
from data_generator.schema import SCHEMAS
from data_generator.tables.customers import customers_table
from data_generator.write import write_aside

Row = dict[str, Callable[[], object]]
REFERENCE_SECONDS = 44.8 * 60  # the reference implementation, 1M customers, on two such cores
CPU_SECONDS_FOR_PEERS = 10.0
WORDS = ("Online", "Partner", "Retail Store", "Referral", "Telesales")


def main() -> None:
    """Measure whole data sets, then the customers table."""
    parser = argparse.ArgumentParser(description="Time the generator beside the disk and peers.")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Console().print(_whole_sets(Path(folder), asked.customers, asked.runs))
        Console().print(_customers_tables(Path(folder)))


def _whole_sets(folder: Path, customers: int, runs: int) -> Table:
    names = ("format", "MB", "wall s", "CPU s", "raw write s", "ratio", "peak MB", "reference")
    table = Table(*names, title=f"{customers:,} customers, all eight tables")
    for file_format in ("csv", "parquet"):
        for _ in range(runs):
            out = folder / file_format
            seconds, cpu = _generated(out, customers, file_format)
            files = [file for file in out.rglob("*") if file.is_file()]
            size = sum(file.stat().st_size for file in files)
            for file in files:
                file.unlink()
            raw = _raw_write(folder / "raw", size)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
            times = f"{REFERENCE_SECONDS * customers / 1e6 / seconds:.0f} x"
            figures = (seconds, cpu, raw, seconds / raw)
            shown = (f"{size / 1e6:,.0f}", *(f"{x:.2f}" for x in figures), f"{peak:,.0f}", times)
            table.add_row(file_format, *shown)
    return table


def _generated(out: Path, customers: int, file_format: str) -> tuple[float, float]:
    """Seconds on the clock, and those of all processors, which suffer less on a busy machine."""
    command = [sys.executable, "-m", "data_generator", "--no-audit", "--format", file_format]
    before, started = os.times(), time.perf_counter()
    subprocess.run(  # noqa: S603 - a command of our own
        [*command, "--customers", str(customers), "--out", str(out)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    seconds, after = time.perf_counter() - started, os.times()
    user = after.children_user - before.children_user
    return seconds, user + after.children_system - before.children_system


def _raw_write(path: Path, size: int) -> float:
    """Seconds to write and sync so many bytes, a megabyte at a time."""
    piece = os.urandom(1 << 20)
    started = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for _ in range(size >> 20):
            file.write(piece)
        os.fsync(file.fileno())
    seconds = time.perf_counter() - started
    path.unlink()
    return seconds


def _customers_tables(folder: Path) -> Table:
    table = Table("customers table as CSV, one process", "rows", "rows a CPU second", "ratio")
    rows, seconds = _ours(folder)
    own = rows / seconds
    table.add_row("this generator", f"{rows:,}", f"{own:,.0f}", "1")
    for name, row in (("faker", _faker_row), ("mimesis", _mimesis_row)):
        if importlib.util.find_spec(name) is None:
            table.add_row(name, "not installed", "", "")
            continue
        rows, seconds = _peer(folder / f"{name}.csv", row())
        table.add_row(name, f"{rows:,}", f"{rows / seconds:,.0f}", f"{own * seconds / rows:,.0f}")
    return table


def _ours(folder: Path) -> tuple[int, float]:
    def blocks(count: int) -> Iterator[pa.RecordBatch]:
        for first in range(0, count * BLOCK_CUSTOMERS, BLOCK_CUSTOMERS):
            yield customers_table(Population(42, AS_OF, first, BLOCK_CUSTOMERS))

    write_aside(folder / "customers.csv", "customers", blocks(1), "csv")  # makes tables of draws
    started = time.process_time()
    rows, _, _ = write_aside(folder / "customers.csv", "customers", blocks(12), "csv")
    return rows, time.process_time() - started


def _peer(path: Path, row: Row) -> tuple[int, float]:
    """Rows written, and the seconds of CPU they took."""
    calls, rows = list(row.values()), 0
    started = time.process_time()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(row)
        while time.process_time() - started < CPU_SECONDS_FOR_PEERS:
            writer.writerows([call() for call in calls] for _ in range(500))
            rows += 500
    return rows, time.process_time() - started


def _row(
    identifier: Callable[[], object],
    word: Callable[[], object],
    by_kind: dict[str, Callable[[], object]],
) -> Row:
    """A call per column by its type; ids are unique, other text is one of a few words."""
    calls: Row = {}
    for field in SCHEMAS["customers"]:
        kind = "decimal" if pa.types.is_decimal(field.type) else str(field.type)
        text = identifier if field.name.endswith("_id") else word
        calls[field.name] = text if kind == "string" else by_kind[kind]
    return calls


def _faker_row() -> Row:
    from faker import Faker  # noqa: PLC0415 - optional

    fake = Faker()
    fake.seed_instance(42)
    return _row(
        fake.uuid4,
        lambda: fake.random_element(WORDS),
        {
            "int32": lambda: fake.random_int(0, 100),
            "decimal": lambda: fake.random_int(0, 10_000) / 100,
            "bool": fake.pybool,
            "date32[day]": lambda: fake.date_between("-5y", "today"),
        },
    )


def _mimesis_row() -> Row:
    from mimesis import Generic  # noqa: PLC0415 - optional

    fake = Generic(seed=42)
    return _row(
        fake.cryptographic.uuid,
        lambda: fake.random.choice(WORDS),
        {
            "int32": lambda: fake.numeric.integer_number(0, 100),
            "decimal": lambda: fake.numeric.integer_number(0, 10_000) / 100,
            "bool": fake.development.boolean,
            "date32[day]": lambda: fake.datetime.date(start=2020, end=2025),
        },
    )


if __name__ == "__main__":
    main()
