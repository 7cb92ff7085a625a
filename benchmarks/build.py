"""Build: how long each stage of `twin build` takes, and its peak of memory.

    python -m benchmarks.build [--customers 10000 100000] [--million]

Each size runs in a process of its own, so that a peak is its own. Goal at a million customers: 12 s
and 3 GiB on two cores.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from adapters.warehouse.build import open_build
from adapters.warehouse.load import load_files
from data_generator.carrier import reference_carrier
from data_generator.generate import generate
from domain.build_twins import STAGES, build_twins

MILLION = 1_000_000


def main() -> None:
    """Measure every size once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--million", action="store_true", help="a million customers as well")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.build:
        sys.stdout.write(json.dumps(_build(options.build)))
        return
    table = Table("customers", *STAGES, "all s", "peak MiB")
    for customers in [*options.customers, *([MILLION] if options.million else [])]:
        told = _measure(customers)
        seconds = [told[stage] for stage in STAGES]
        figures = (f"{second:.2f}" for second in (*seconds, sum(seconds)))
        table.add_row(f"{customers:,}", *figures, f"{told['peak']:,.0f}")
    Console().print(table)


def _measure(customers: int) -> dict[str, float]:
    """Make the data, then build in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source, data_dir = Path(folder) / "source", Path(folder) / "data"
        generate(source, customers, 42)
        load_files(source, data_dir)
        done = subprocess.run(  # noqa: S603 ourselves
            [sys.executable, "-m", "benchmarks.build", "--build", str(data_dir)],
            capture_output=True,
            check=True,
        )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _build(data_dir: Path) -> dict[str, float]:
    """Seconds by stage, and the peak of this process in MiB."""
    carrier = reference_carrier()
    with open_build(data_dir, carrier) as build:
        report = build_twins(build, carrier, seed=42)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return report.seconds | {"peak": peak}


if __name__ == "__main__":
    main()
