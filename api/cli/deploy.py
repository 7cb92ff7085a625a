"""`twin deploy`: sets up Snowflake with the numbered SQL."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.settings import settings_of

if TYPE_CHECKING:
    from adapters.warehouse.deploy import Step
    from api.settings import Settings

PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")


def deploy(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the statements instead of running them.")
    ] = False,
    only: Annotated[
        str, typer.Option(help="Scripts by number, such as 01-04,08: 05 loads the public files.")
    ] = "01-10",
    database: Annotated[str | None, typer.Option(help="Database to make.")] = None,
    prefix: Annotated[
        str | None, typer.Option(help="Beginning of the names of roles and such; default: cdt_.")
    ] = None,
) -> None:
    """Set up Snowflake with the numbered scripts; may be repeated safely."""
    from adapters.warehouse.deploy import PREFIX, Names, plan_deployment
    from api.wiring.open_carrier import carrier_of

    settings = settings_of()
    named = name_of(database or settings.snowflake_database), name_of(prefix or PREFIX)
    numbers = script_numbers(only)
    folder = settings.data_dir / "deploy"
    folder.mkdir(parents=True, exist_ok=True)
    names = Names(*named)
    steps = plan_deployment(carrier_of(settings), names, numbers, folder.resolve())
    if dry_run:
        for step in steps:
            sys.stdout.write(f"{step.statement};\n\n")
        return
    _run(steps, settings)
    sys.stdout.write(f"{len(steps)} statements run in database {names.database}\n")


def _run(steps: Sequence[Step], settings: Settings) -> None:
    from adapters.warehouse.deploy import deploy as run_deployment
    from api.cli.screen import progress_bar
    from api.wiring.open_snowflake import open_sessions

    with (
        progress_bar() as show,
        open_sessions(settings, at_work=False) as sessions,
        sessions.session() as session,
    ):
        run_deployment(session, steps, show)


def script_numbers(text: str) -> list[str]:
    """The scripts that `01-04,08` names, in order. Raises BadParameter."""
    from adapters.warehouse.deploy import SCRIPT_NUMBERS

    chosen: set[str] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        span = [n for n in SCRIPT_NUMBERS if first <= n <= (last or first)]
        if first not in span or (last or first) not in span:
            raise typer.BadParameter(
                f"{part!r} is no script: they are 01 to 10", param_hint="'--only'"
            )
        chosen.update(span)
    return sorted(chosen)


def name_of(text: str) -> str:
    """A name that may stand in SQL as it is. Raises BadParameter."""
    if not PLAIN_NAME.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no plain name: use letters, digits and _")
    return text.lower()
