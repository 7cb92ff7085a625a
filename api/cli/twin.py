"""`twin` itself: its commands in the order of the help."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli import keys, simulations
from api.cli.asking import ask, personas
from api.cli.backup import backup, restore
from api.cli.command import Command, Group
from api.cli.data import build, generate, load
from api.cli.deploy import deploy
from api.cli.service import doctor, serve
from api.cli.simulating import export, simulate

# Help as plain text: what draws boxes around it takes longer to start than all the rest.
twin = typer.Typer(
    cls=Group,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100},
)

COMMANDS = (
    serve,
    generate,
    load,
    build,
    personas,
    ask,
    simulate,
    export,
    deploy,
    backup,
    restore,
    doctor,
)

for command in COMMANDS:
    twin.command(cls=Command)(command)
twin.add_typer(simulations.app)
twin.add_typer(keys.app)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"twin {version('customer-digital-twin')}")
        raise typer.Exit


@twin.callback()
def every_command(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None:
    """Synthetic customers that a marketing team can trust."""
