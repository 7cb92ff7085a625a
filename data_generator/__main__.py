"""The command line: python -m data_generator --customers 20000 --seed 42 --out data."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from data_generator.audit.audit import AUDITED_UP_TO, audit, audited, table_of
from data_generator.generate.generate import generate, merge
from data_generator.generate.progress import table_bars
from data_generator.io.manifest import Manifest
from data_generator.io.recipe import AS_OF, BLOCK_CUSTOMERS, WHOLE, Shard
from domain.errors import StateConflict


def main(arguments: list[str] | None = None) -> int:
    """Generate what the arguments ask for; 0 when done, 1 when not or when the audit fails."""
    asked = _parser().parse_args(arguments)
    try:
        manifest = merge(asked.out) if asked.merge else _generate(asked)
    except (ValueError, OSError, StateConflict) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    findings = audit(asked.out, manifest) if audited(manifest, asked.audit) else ()
    sys.stdout.write(table_of(findings))
    rows = sum(file.rows for file in manifest.files)
    sys.stdout.write(f"{rows:,} rows in {len(manifest.files)} files below {asked.out}\n")
    return int(any(finding.violations for finding in findings))


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
        help="customers a worker makes at a time (default and at most %(default)s)",
    )
    parser.add_argument(
        "--shard",
        type=Shard.parse,
        default=WHOLE,
        metavar="I/N",
        help="make only the I-th of N equal parts, on any machine, in any order",
    )
    parser.add_argument(
        "--merge",
        action="store_true",
        help="make nothing: check that the shards in the folder are the whole, name them one",
    )
    parser.add_argument(
        "--audit",
        action=argparse.BooleanOptionalAction,
        help="read the files back and check every rule"
        f" (default: for up to {AUDITED_UP_TO:,} customers; never for a shard)",
    )
    return parser


def _generate(asked: argparse.Namespace) -> Manifest:
    with table_bars() as tell:
        return generate(
            asked.out,
            asked.customers,
            asked.seed,
            format=asked.format,
            as_of=asked.as_of,
            shard=asked.shard,
            workers=asked.workers,
            chunk_customers=asked.chunk_customers,
            progress=tell,
        )


if __name__ == "__main__":
    raise SystemExit(main())
