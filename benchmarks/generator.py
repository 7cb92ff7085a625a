"""Generator: how long a data set takes beside the raw write of its bytes, and beside its peers.

    python -m benchmarks.generator --customers 1000000 --runs 3

makes the data set in both formats below a temporary folder and, each time, writes as many bytes
one after the other to the same disk. Then `peers` make the customers table. Instead,

    python -m benchmarks.generator --growth 100000 1000000 5000000 10000000 --format parquet

makes one data set of each size and shows how time and the memory of the largest process grow. A
million customers are 0.7 GB of Parquet or 3.4 GB of CSV; each set is removed before the next one.
Files lie where TMPDIR says. Prints tables and judges nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.peers import customers_tables

MILLION = 1_000_000
REFERENCE_SECONDS = 44.8 * 60  # the reference implementation, 1M customers, on two such cores
SHARE_OF_DISK = 0.9  # of what is free that a data set may take
MEGABYTES_A_MILLION = {"csv": 3_500, "parquet": 750}  # rounded up from what sets of a million took


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """A data set that was made and removed. `cpu_seconds` are those of all its processes.

    They suffer less on a busy machine than seconds on the clock. `peak_mb` is of the largest one.
    """

    customers: int
    megabytes: float
    seconds: float
    cpu_seconds: float
    peak_mb: float


def main() -> None:
    """Measure whole data sets and the customers table, or how whole sets grow."""
    parser = argparse.ArgumentParser(description="Time the generator beside the disk and peers.")
    parser.add_argument("--customers", type=int, default=MILLION)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--growth", type=int, nargs="+", metavar="CUSTOMERS")
    parser.add_argument("--format", choices=("csv", "parquet"), default="parquet")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.growth:
            Console().print(growth(Path(folder), sorted(options.growth), options.format))
            return
        Console().print(whole_sets(Path(folder), options.customers, options.runs))
        Console().print(customers_tables(Path(folder)))


def whole_sets(folder: Path, customers: int, runs: int) -> Table:
    """Both formats beside the raw write of as many bytes and the reference implementation."""
    names = ("format", "MB", "wall s", "CPU s", "raw write s", "ratio", "peak MB", "reference")
    table = Table(*names, title=f"{customers:,} customers, all nine tables")
    for file_format in ("csv", "parquet"):
        for _ in range(runs):
            run = _measure_run(folder / "set", customers, file_format)
            raw = _raw_write(folder / "raw", run.megabytes)
            times = REFERENCE_SECONDS * customers / MILLION / run.seconds
            table.add_row(
                file_format,
                f"{run.megabytes:,.0f}",
                *(f"{x:.2f}" for x in (run.seconds, run.cpu_seconds, raw, run.seconds / raw)),
                f"{run.peak_mb:,.0f}",
                f"{times:.0f} x",
            )
    return table


def growth(folder: Path, sizes: Sequence[int], file_format: str) -> Table:
    """What each size takes, and what a million more customers add to the size before."""
    added = ("wall s", "CPU s", "peak MB")
    table = Table("customers", "MB", *added, *(f"{name} a million more" for name in added))
    table.title = f"one set of each size as {file_format}, all nine tables"
    measured = []
    for customers in sizes:
        _check_disk(folder, customers, file_format)
        measured.append(_measure_run(folder / "set", customers, file_format))
    for place, run in enumerate(measured):
        slopes = _slopes(measured[place - 1 : place + 1]) if place else ["", "", ""]
        table.add_row(f"{run.customers:,}", f"{run.megabytes:,.0f}", *_figures(run), *slopes)
    if len(measured) > 1:
        table.add_section()
        table.add_row("least squares", "", "", "", "", *_slopes(measured))
    return table


def _figures(run: MeasuredRun) -> list[str]:
    return [f"{run.seconds:.1f}", f"{run.cpu_seconds:.1f}", f"{run.peak_mb:,.0f}"]


def _slopes(measured: Sequence[MeasuredRun]) -> list[str]:
    """Per million customers, of the line through the sets."""
    millions = np.array([run.customers / MILLION for run in measured])
    figures = np.array([(run.seconds, run.cpu_seconds, run.peak_mb) for run in measured])
    return [f"{slope:.2f}" for slope in np.polyfit(millions, figures, 1)[0]]


def _check_disk(folder: Path, customers: int, file_format: str) -> None:
    needed = MEGABYTES_A_MILLION[file_format] * customers / MILLION
    free = shutil.disk_usage(folder).free / 1e6
    if needed > SHARE_OF_DISK * free:
        sys.exit(
            f"{customers:,} customers need {needed:,.0f} MB, {free:,.0f} MB are free in {folder}"
        )


def _measure_run(out: Path, customers: int, file_format: str) -> MeasuredRun:
    """Make a data set in processes of its own, measure it and remove it."""
    command = [sys.executable, "-m", "data_generator", "--no-audit", "--format", file_format]
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - a command of our own
        [*command, "--customers", str(customers), "--out", str(out)], stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)  # of it and its workers; the peak is of the largest
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    shutil.rmtree(out)
    cpu = used.ru_utime + used.ru_stime
    return MeasuredRun(customers, size / 1e6, seconds, cpu, used.ru_maxrss * 1024 / 1e6)


def _raw_write(path: Path, megabytes: float) -> float:
    """Seconds to write and sync so many bytes, a megabyte at a time."""
    piece = os.urandom(1_000_000)
    started = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for _ in range(round(megabytes)):
            file.write(piece)
        os.fsync(file.fileno())
    seconds = time.perf_counter() - started
    path.unlink()
    return seconds


if __name__ == "__main__":
    main()
