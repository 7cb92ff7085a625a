"""Build: what each stage of `twin build` takes, how that grows, and whether segments come back.

    python -m benchmarks.build [--customers 10000 100000] [--million] [--seeds 42 43 44 45 46]

Every seed draws another base and starts the search for its segments elsewhere; figures are shown
beside the carrier's own. Data are made and loaded in one process and built in another, so that the
peak of memory is that of a build. Goals at a million customers, on two cores: a build in 12 s and
3 GiB, and 25 s from nothing to segments. Prints tables and judges nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import adjusted_rand_score

from adapters.warehouse.build.duckdb import open_build
from adapters.warehouse.live.duckdb import DuckDBCustomerBase
from adapters.warehouse.load.load import load_files
from adapters.warehouse.versions.duckdb_files import live_file
from data_generator.carrier import reference_carrier
from data_generator.customers.identifiers import customer_ids
from data_generator.customers.segments import ARPU_DOLLARS, SEGMENT_IDS, SHARE
from data_generator.customers.traits import ground_truth
from data_generator.generate.generate import generate
from domain.build_twins import STAGES, build_twins

MILLION = 1_000_000
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """One base from nothing to twins. `seconds` by step, `found` as `_build` tells it."""

    customers: int
    seed: int
    load_average: float
    seconds: dict[str, float]
    found: Figures


def main() -> None:
    """Measure every size with every seed once."""
    parser = argparse.ArgumentParser(description="Time the stages of a build; score its segments.")
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--million", action="store_true", help="a million customers as well")
    parser.add_argument("--seeds", type=int, nargs="+", default=[42])
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        told = STEPS[asked.step](asked.folder, asked.customers[0], asked.seeds[0])
        sys.stdout.write(json.dumps(told))
        return
    sizes = [*asked.customers, *([MILLION] if asked.million else [])]
    measured = [_measure(customers, seed) for customers in sizes for seed in asked.seeds]
    for table in (_stages(measured), _recovery(measured), _segments(measured[-1])):
        Console().print(table)


def _measure(customers: int, seed: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        prepared = _in_its_own_process("prepare", folder, customers, seed)
        busy = os.getloadavg()[0]
        found = _in_its_own_process("build", folder, customers, seed)
    return Measured(customers, seed, busy, prepared | found.pop("seconds"), found)


def _in_its_own_process(step: str, folder: str, customers: int, seed: int) -> Figures:
    asked = {"step": step, "folder": folder, "customers": customers, "seeds": seed}
    options = [f"--{name}={value}" for name, value in asked.items()]
    done = subprocess.run(  # noqa: S603 ourselves
        [sys.executable, "-m", "benchmarks.build", *options], stdout=subprocess.PIPE, check=True
    )
    told: Figures = json.loads(done.stdout)
    return told


def _prepare(folder: Path, customers: int, seed: int) -> Figures:
    """Seconds to make the data and to load them."""
    started = time.perf_counter()
    generate(folder / "source", customers, seed)
    generated = time.perf_counter()
    load_files(folder / "source", folder / "data")
    return {"generate": generated - started, "load": time.perf_counter() - generated}


def _build(folder: Path, customers: int, seed: int) -> Figures:
    """Seconds by stage, the peak of this process in MiB, its processor time, what was found."""
    carrier = reference_carrier()
    with open_build(folder / "data", carrier) as build:
        report = build_twins(build, seed=seed)
    used = resource.getrusage(resource.RUSAGE_SELF)
    segments = DuckDBCustomerBase(folder / "data").segments()
    return {
        "seconds": report.seconds,
        "processor": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss / 1024,
        "adjusted_rand": _adjusted_rand(folder / "data", customers, seed),
        "shares": [segment.share for segment in segments],
        "bills": [segment.statistics["avg_monthly_bill"].value for segment in segments],
    }


STEPS = {"prepare": _prepare, "build": _build}


def _adjusted_rand(data_dir: Path, customers: int, seed: int) -> float:
    """Agreement of the segments found with those that drew the customers: 1 all, 0 by chance."""
    with duckdb.connect(str(live_file(data_dir)), read_only=True) as twins:
        found = twins.sql(
            "select segment_id from analytics.customer_clusters order by customer_id"
        ).fetchnumpy()["segment_id"]
    in_order = np.argsort(customer_ids(customers, seed))
    return float(adjusted_rand_score(ground_truth(customers, seed)[in_order], found.astype(str)))


def _stages(measured: list[Measured]) -> Table:
    """Seconds by step, and what a build took in all and for each customer.

    `busy` is how many processes wanted a processor when the build began.
    """
    table = Table("customers", "generate", "load", *STAGES, title="wall seconds")
    for name in ("build", "to segments", "CPU s", "peak MiB", "µs each", "busy"):
        table.add_column(name, justify="right")
    for one in measured:
        build = sum(one.seconds[stage] for stage in STAGES)
        to_segments = sum(one.seconds[s] for s in ("generate", "load", "features", "segments"))
        table.add_row(
            f"{one.customers:,}",
            *(f"{one.seconds[step]:.2f}" for step in ("generate", "load", *STAGES)),
            f"{build:.2f}",
            f"{to_segments:.2f}",
            f"{one.found['processor']:.1f}",
            f"{one.found['peak']:,.0f}",
            f"{1e6 * build / one.customers:.1f}",
            f"{one.load_average:.1f}",
        )
    return table


def _recovery(measured: list[Measured]) -> Table:
    """How near each build comes to what its customers were drawn from."""
    table = Table("customers", "seed", "adjusted Rand", "share off, points", "ARPU off, %")
    for one in measured:
        table.add_row(
            f"{one.customers:,}",
            str(one.seed),
            f"{one.found['adjusted_rand']:.4f}",
            f"{100 * np.abs(np.subtract(one.found['shares'], SHARE)).max():.2f}",
            f"{100 * np.abs(np.divide(one.found['bills'], ARPU_DOLLARS) - 1).max():.2f}",
        )
    return table


def _segments(one: Measured) -> Table:
    """Shares and bills of the last build beside the carrier's table."""
    told: Mapping[str, list[float]] = one.found
    table = Table("segment", "share %", "carrier's", "ARPU $", "carrier's")
    table.title = f"{one.customers:,} customers, seed {one.seed}"
    rows = zip(SEGMENT_IDS, told["shares"], SHARE, told["bills"], ARPU_DOLLARS, strict=True)
    for name, share, true_share, bill, true_bill in rows:
        figures = (100 * share, 100 * true_share, bill, true_bill)
        table.add_row(name, *(f"{figure:.2f}" for figure in figures))
    return table


if __name__ == "__main__":
    main()
