"""The command line: python -m data_generator --customers 20000 --seed 42 --out data."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from data_generator.audit.audit import MAX_AUDITED_CUSTOMERS, audit, findings_table, wants_audit
from data_generator.generate.generate import generate, merge
from data_generator.generate.progress import table_bars
from data_generator.io.manifest import Manifest
from data_generator.io.recipe import AS_OF, BLOCK_CUSTOMERS, WHOLE, Shard
from domain.errors import StateConflict


def main(arguments: list[str] | None = None) -> int:
    """Generate what the arguments ask for; 0 when done, 1 when not or when the audit fails."""
    options = _parser().parse_args(arguments)
    try:
        manifest = merge(options.out) if options.merge else _generate(options)
    except (ValueError, OSError, StateConflict) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    findings = audit(options.out, manifest) if wants_audit(manifest, options.audit) else ()
    sys.stdout.write(findings_table(findings))
    rows = sum(file.rows for file in manifest.files)
    sys.stdout.write(f"{rows:,} rows in {len(manifest.files)} files below {options.out}\n")
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
        f" (default: for up to {MAX_AUDITED_CUSTOMERS:,} customers; never for a shard)",
    )
    return parser


def _generate(options: argparse.Namespace) -> Manifest:
    with table_bars() as report:
        return generate(
            options.out,
            options.customers,
            options.seed,
            format=options.format,
            as_of=options.as_of,
            shard=options.shard,
            workers=options.workers,
            chunk_customers=options.chunk_customers,
            progress=report,
        )


if __name__ == "__main__":
    raise SystemExit(main())
