"""`twin generate`, `load` and `build`: from files to twins."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.options import AsJson, SeedOption
from api.cli.settings import settings_of
from api.wiring.first_market import CUSTOMERS, DATASET, SEED

if TYPE_CHECKING:
    from adapters.warehouse.load_report import LoadReport, RejectLimit
    from data_generator.io.recipe import Shard

MOST_CUSTOMERS = 1_000_000_000  # chosen: three times the largest carrier there is


def generate(  # noqa: PLR0913, PLR0917 - a name and a default for each thing one may choose
    customers: Annotated[
        int, typer.Option(min=1, max=MOST_CUSTOMERS, help="How many customers.")
    ] = CUSTOMERS,
    seed: SeedOption = SEED,
    file_format: Annotated[
        Literal["parquet", "csv"], typer.Option("--format", help="File format.")
    ] = "parquet",
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: in the data directory.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day before which everything happened."),
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Make the I-th of N equal parts.")
    ] = "1/1",
    check: Annotated[
        bool | None,
        typer.Option("--audit/--no-audit", help="Check every rule; default: up to 100,000."),
    ] = None,
    merge: Annotated[
        bool,
        typer.Option("--merge", help="Make nothing: check that the parts there are a whole."),
    ] = False,
) -> None:
    """Generate a data set of the reference carrier, or one of equal parts of it."""
    from api.cli.screen import print_rows
    from data_generator.audit.audit import audit, findings_table, wants_audit
    from data_generator.generate.generate import generate as generate_files
    from data_generator.generate.generate import merge as merge_files
    from data_generator.generate.progress import table_bars
    from data_generator.io.recipe import AS_OF

    folder = out or settings_of().data_dir / DATASET
    if merge:
        manifest = merge_files(folder)
    else:
        part, day = _shard(shard), as_of.date() if as_of else AS_OF
        with table_bars() as tell:
            manifest = generate_files(
                folder, customers, seed, format=file_format, as_of=day, shard=part, progress=tell
            )
    findings = audit(folder, manifest) if wants_audit(manifest, check) else ()
    sys.stdout.write(findings_table(findings))
    print_rows(manifest.rows)
    sys.stdout.write(f"in {folder}\n")
    if any(finding.violations for finding in findings):
        raise typer.Exit(1)


def _shard(text: str) -> Shard:
    from data_generator.io.recipe import Shard

    try:
        return Shard.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--shard'") from error


def _in_a_folder(path: Path | None) -> Path | None:
    """Told before the load, which may take minutes, rather than after."""
    if path is not None and not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {str(path.parent)!r}; make it first")
    return path


def load(
    source: Annotated[Path, typer.Option("--from", help="Folder with the files.")],
    map_file: Annotated[
        Path | None, typer.Option("--map", help="TOML: how other files become our tables.")
    ] = None,
    allow_rejects: Annotated[
        str, typer.Option(metavar="N", help="Rows that may be left out: 100, or 0.5%.")
    ] = "0",
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report",
            dir_okay=False,
            writable=True,
            callback=_in_a_folder,
            help="Write all that was found here, as JSON.",
        ),
    ] = None,
) -> None:
    """Load a data set, all or nothing: if anything is wrong, what is live stays live."""
    from adapters.warehouse.load_report import LoadRefused
    from adapters.warehouse.mapping.mapping import read_mapping
    from api.cli.screen import print_rows, progress_bar
    from api.wiring.open_warehouse import load_into_warehouse

    limit = _reject_limit(allow_rejects)
    mapping = read_mapping(map_file) if map_file else None
    settings = settings_of()
    try:
        with progress_bar() as show:
            report = load_into_warehouse(source, settings, show, limit=limit, mapping=mapping)
    except LoadRefused as refusal:
        keep_report(refusal.report, report_file)
        for reason in refusal.reasons_with_values():
            sys.stderr.write(f"twin: {reason}\n")
        raise typer.Exit(1) from None
    keep_report(report, report_file)
    print_rows(report.rows)
    for sentence in report.sentences(values=True):
        sys.stderr.write(f"rejected: {sentence}\n")
    for note in report.notes():
        sys.stderr.write(f"note: {note}\n")
    if report.rejects_file:
        rejects = settings.data_dir / report.rejects_file
        sys.stdout.write(f"{report.rejected:,} rows rejected, kept in {rejects}\n")


def _reject_limit(text: str) -> RejectLimit:
    from adapters.warehouse.load_report import RejectLimit

    try:
        return RejectLimit.read(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--allow-rejects'") from error


def build(
    seed: SeedOption = SEED,
    ignore_plans: Annotated[
        bool,
        typer.Option("--ignore-plans", help="Also where no plan of the data is the carrier's."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find the segments in the loaded data, build their personas and make them live."""
    from api.cli.console import whose
    from api.cli.screen import progress_bar
    from api.wiring.prepare import build_live
    from domain.build_twins import say_unknown

    with progress_bar() as show:
        report = build_live(settings_of(), seed, show, ignore_plans=ignore_plans)
    if as_json:
        sys.stdout.write(f"{json.dumps(report.as_json(), indent=2)}\n")
        return
    carrier = report.carrier
    if note := say_unknown(report.unknown_plans, carrier):
        sys.stderr.write(f"note: {note}\n")
    sys.stdout.write(f"{whose(carrier)}\n")
    shares = ", ".join(f"{segment} {share:.1%}" for segment, share in report.shares.items())
    sys.stdout.write(f"{report.customers:,} customers: {shares}\n")
    if report.kept is not None:
        sys.stdout.write(f"{report.kept:.1%} of customers known before kept their segment\n")
    sys.stdout.write(f"silhouette {report.silhouette:.2f}, version {report.version}\n")


def keep_report(report: LoadReport, path: Path | None) -> None:
    """Write a load's report where it was asked for."""
    if path is not None:
        path.write_text(json.dumps(report.as_json(), indent=1), encoding="utf-8")
