"""`twin`: the command line over the same services as HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from adapters.warehouse.deploy import PREFIX, SCRIPT_NUMBERS, Names, plan_deployment
from adapters.warehouse.deploy import deploy as run_deployment
from adapters.warehouse.load import NO_REJECTS
from adapters.warehouse.load_report import LoadRefused, LoadReport, RejectLimit
from adapters.warehouse.mapping import read_mapping
from api.bootstrap import Services, carrier_of, open_services
from api.console import (
    answer_card,
    console,
    persona_card,
    personas_table,
    reaction_card,
    simulation_report,
)
from api.doctor import diagnose
from api.open_warehouse import (
    load_into_warehouse,
    open_customers,
    open_twin_build,
)
from api.request_log import configure_logging
from api.serve import serve_http
from api.settings import Settings, refuse_public_bind
from data_generator.audit import audit, audited, table_of
from data_generator.generate import generate as generate_files
from data_generator.progress import table_bars
from data_generator.recipe import AS_OF, WHOLE, Shard
from domain.build_twins import BuildReport, build_twins
from domain.errors import DatasetMissing, TwinError
from domain.interview import answer, find_persona
from domain.scenarios import Scenario
from domain.simulations import Panel, SimulationRequest

CUSTOMERS = 20_000  # what `make run` starts with: segments are clear and it takes seconds
SEED = 42
DATASET = "dataset"  # folder of generated files in the data directory

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same result.")]


def main() -> None:
    """Run `twin`; what a user can mend is told in one line, with exit code 1."""
    try:
        app()
    except TwinError as error:
        sys.stderr.write(f"twin: {error}\n")
        raise SystemExit(1) from None
    except ValidationError as error:
        for fault in error.errors():
            where = ".".join(str(part) for part in fault["loc"]) or error.title
            message = fault["msg"].removeprefix("Value error, ")
            sys.stderr.write(f"twin: {where}: {message}\n")
        raise SystemExit(1) from None


@app.callback()
def every_command() -> None:
    """Synthetic customers that a marketing team can trust."""
    configure_logging("warning")


@app.command()
def serve(
    prepare_first: Annotated[
        bool, typer.Option("--prepare", help="Generate, load and build first where needed.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API until stopped."""
    given = {"host": host, "port": port}
    settings = Settings.model_validate({k: v for k, v in given.items() if v is not None})
    refuse_public_bind(settings)
    if prepare_first and not has_twins(settings):
        with progress_bar() as show:
            prepare(settings, show)
    serve_http(settings)


@app.command()
def generate(  # noqa: PLR0913, PLR0917 - a name and a default for each thing one may choose
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = CUSTOMERS,
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
    ] = str(WHOLE),
    check: Annotated[
        bool | None,
        typer.Option("--audit/--no-audit", help="Check every rule; default: up to 100,000."),
    ] = None,
) -> None:
    """Generate a data set of the reference carrier, or one of equal parts of it."""
    folder = out or Settings().data_dir / DATASET
    day = as_of.date() if as_of else AS_OF
    try:
        part = Shard.parse(shard)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--shard") from error
    with table_bars() as tell:
        manifest = generate_files(
            folder, customers, seed, format=file_format, as_of=day, shard=part, progress=tell
        )
    findings = audit(folder, manifest) if audited(manifest, check) else ()
    sys.stdout.write(table_of(findings))
    print_rows(manifest.rows)
    sys.stdout.write(f"in {folder}\n")
    if any(finding.violations for finding in findings):
        raise typer.Exit(1)


@app.command()
def load(
    source: Annotated[Path, typer.Option("--from", help="Folder with the files.")],
    map_file: Annotated[
        Path | None, typer.Option("--map", help="TOML: how other files become our tables.")
    ] = None,
    allow_rejects: Annotated[
        RejectLimit,
        typer.Option(parser=RejectLimit.read, help="Rows that may be left out: 100, or 0.5%."),
    ] = NO_REJECTS,
    report_file: Annotated[
        Path | None,
        typer.Option("--report", help="Write all that was found here, as JSON."),
    ] = None,
) -> None:
    """Load a data set, all or nothing: if anything is wrong, what is live stays live."""
    mapping = read_mapping(map_file) if map_file else None
    settings = Settings()
    try:
        with progress_bar() as show:
            report = load_into_warehouse(
                source, settings, show, limit=allow_rejects, mapping=mapping
            )
    except LoadRefused as refusal:
        keep_report(refusal.report, report_file)
        for reason in refusal.told():
            sys.stderr.write(f"twin: {reason}\n")
        raise typer.Exit(1) from None
    keep_report(report, report_file)
    print_rows(report.rows)
    for sentence in report.sentences(values=True):
        sys.stderr.write(f"rejected: {sentence}\n")
    for note in report.notes():
        sys.stderr.write(f"note: {note}\n")
    if report.rejects_file:
        kept = settings.data_dir / report.rejects_file
        sys.stdout.write(f"{report.rejected:,} rows rejected, kept in {kept}\n")


@app.command()
def build(seed: SeedOption = SEED) -> None:
    """Find the segments in the loaded data, build their personas and make them live."""
    with progress_bar() as show:
        report = build_live(Settings(), seed, show)
    shares = ", ".join(f"{segment} {share:.1%}" for segment, share in report.shares.items())
    sys.stdout.write(f"{report.customers:,} customers: {shares}\n")
    sys.stdout.write(f"silhouette {report.silhouette:.2f}, version {report.version}\n")


@app.command()
def personas(
    who: Annotated[str | None, typer.Argument(help="One persona or segment id.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the personas, or show one."""

    async def show(services: Services) -> None:
        known = services.customers.personas()
        if who is not None:
            persona = find_persona(known, who)
            print_json(persona) if as_json else console().print(persona_card(persona))
        elif as_json:
            print_json(known)
        else:
            console().print(personas_table(known))

    with_services(show)


@app.command()
def ask(
    who: Annotated[str, typer.Argument(help="A persona id or a segment id, such as S1.")],
    text: Annotated[str, typer.Argument(help="The scenario, or the question.")],
    question: Annotated[bool, typer.Option("--question", help="Ask a free question.")] = False,
    seed: SeedOption = SEED,
    as_json: AsJson = False,
) -> None:
    """Put a scenario, or a question, to one persona."""

    async def put(services: Services) -> None:
        persona = find_persona(services.customers.personas(), who)
        if question:
            said = services.customers.verbatims(persona.segment_id)
            told = answer(persona, text, said, data_as_of=services.customers.as_of)
            print_json(told) if as_json else console().print(answer_card(persona, told))
            return
        model = services.reaction_model(None)
        reaction = await model.react(Scenario(text=text), persona, Panel(), seed)
        print_json(reaction) if as_json else console().print(reaction_card(persona, reaction))

    with_services(put)


@app.command()
def simulate(
    texts: Annotated[list[str], typer.Argument(help="One scenario, or several to compare.")],
    segments: Annotated[
        list[str] | None, typer.Option("--segment", help="Only this segment; repeatable.")
    ] = None,
    respondents: Annotated[
        int | None, typer.Option(min=30, help="Customers asked per segment; default: all.")
    ] = None,
    seed: SeedOption = SEED,
    as_json: AsJson = False,
) -> None:
    """Put scenarios to the whole market; the simulation is kept like any other."""

    async def run(services: Services) -> None:
        request = SimulationRequest(
            scenarios=tuple(Scenario(text=text) for text in texts),
            panel=Panel(segments=tuple(segments or ()), respondents_per_segment=respondents),
            seed=seed,
        )
        services.supervisor.start()
        try:
            simulation = await services.simulate(request)
        finally:
            await services.supervisor.stop(0)
        print_json(simulation) if as_json else console().print(simulation_report(simulation))

    with_services(run)


@app.command()
def deploy(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the statements instead of running them.")
    ] = False,
    only: Annotated[
        str, typer.Option(help="Scripts by number, such as 01-04,08: 05 loads the public files.")
    ] = "01-10",
    database: Annotated[str | None, typer.Option(help="Database to make.")] = None,
    prefix: Annotated[str, typer.Option(help="Beginning of the names of roles and such.")] = PREFIX,
) -> None:
    """Set up Snowflake with the numbered scripts; may be repeated safely."""
    settings = Settings()
    folder = settings.data_dir / "deploy"
    folder.mkdir(parents=True, exist_ok=True)
    names = Names(name_of(database or settings.snowflake_database), name_of(prefix))
    steps = plan_deployment(carrier_of(settings), names, script_numbers(only), folder.resolve())
    if dry_run:
        for step in steps:
            sys.stdout.write(f"{step.statement};\n\n")
        return
    from api.open_snowflake import open_sessions  # noqa: PLC0415 - see there

    with (
        progress_bar() as show,
        open_sessions(settings, at_work=False) as sessions,
        sessions.session() as session,
    ):
        run_deployment(session, steps, show)
    sys.stdout.write(f"{len(steps)} statements run in database {names.database}\n")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check what the service needs and say how to mend what is missing."""
    findings = asyncio.run(diagnose(Settings()))
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            sys.stdout.write(
                f"{'ok  ' if finding.ok else 'FAIL'} {finding.part}: {finding.detail}\n"
            )
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


Show = Callable[[str, int, int], None]


def script_numbers(text: str) -> list[str]:
    """The scripts that `01-04,08` names, in order. Raises BadParameter."""
    chosen: set[str] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        span = [n for n in SCRIPT_NUMBERS if first <= n <= (last or first)]
        if first not in span or (last or first) not in span:
            raise typer.BadParameter(f"{part!r} is no script: they are 01 to 10")
        chosen.update(span)
    return sorted(chosen)


def name_of(text: str) -> str:
    """A name that may stand in SQL as it is. Raises BadParameter."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,200}", text):
        raise typer.BadParameter(f"{text!r} is no plain name: use letters, digits and _")
    return text.lower()


def has_twins(settings: Settings) -> bool:
    """Whether a build is live."""
    try:
        with open_customers(settings, carrier_of(settings)) as (customers, _):
            return bool(customers.version)
    except DatasetMissing:
        return False


def prepare(settings: Settings, show: Show) -> None:
    """From nothing to live personas, on the embedded warehouse of a generated customer base.

    In Snowflake nothing is generated: its tables may hold a carrier's own customers.
    """
    if settings.warehouse == "duckdb":
        dataset = settings.data_dir / DATASET
        generate_files(dataset, CUSTOMERS, SEED, format="parquet", as_of=AS_OF, progress=show)
        load_into_warehouse(dataset, settings, show)
    build_live(settings, SEED, show)


def build_live(settings: Settings, seed: int, show: Show) -> BuildReport:
    """Build segments, personas and part-worths from the loaded data and make them live."""
    carrier = carrier_of(settings)
    with open_twin_build(settings, carrier) as build:
        return build_twins(build, carrier, seed=seed, progress=show)


def with_services(use: Callable[[Services], Awaitable[None]]) -> None:
    """Run something over opened services."""

    async def run() -> None:
        async with open_services(Settings()) as services:
            await use(services)

    asyncio.run(run())


def print_json(value: BaseModel | Sequence[BaseModel]) -> None:
    """Print a value, or a list of them, as JSON."""
    if isinstance(value, BaseModel):
        text = value.model_dump_json(indent=2)
    else:
        text = json.dumps([item.model_dump(mode="json") for item in value], indent=2)
    sys.stdout.write(f"{text}\n")


def keep_report(report: LoadReport, path: Path | None) -> None:
    """Write a load's report where it was asked for."""
    if path is not None:
        path.write_text(json.dumps(report.as_json(), indent=1), encoding="utf-8")


def print_rows(rows: dict[str, int]) -> None:
    """Print how many rows each table has."""
    for table, count in rows.items():
        sys.stdout.write(f"{table:36} {count:>12,} rows\n")


@contextmanager
def progress_bar() -> Iterator[Show]:
    """Gives a function that shows a stage by name, its place and how many there are."""
    screen = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:24}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TimeElapsedColumn(),
        console=screen,
        disable=not screen.is_terminal,
    ) as bar:
        task = bar.add_task("", total=1)

        def show(name: str, done: int, total: int) -> None:
            bar.update(task, description=name, completed=done, total=total)

        yield show
