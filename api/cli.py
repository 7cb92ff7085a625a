"""`twin`: the command line over the same services as HTTP."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup
from typer.main import get_command

from api.problems import Refused
from api.request_log import configure_logging
from domain.errors import TwinError

# Commands by the module of api.commands they are in, in the order of the help.
MODULES = {
    "serve": "service",
    "generate": "data",
    "load": "data",
    "build": "data",
    "personas": "asking",
    "ask": "asking",
    "simulate": "asking",
    "export": "asking",
    "deploy": "deploy",
    "backup": "backup",
    "restore": "backup",
    "doctor": "service",
    "keys": "keys",
}


class Commands(TyperGroup):
    """Commands that are imported when they are asked for: `twin build` needs no web server."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, D102 - typer's
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, D102
        if cmd_name not in MODULES:
            return None
        found = get_command(import_module(f"api.commands.{MODULES[cmd_name]}").app)
        if isinstance(found, TyperGroup) and found.name != cmd_name:
            return found.get_command(ctx, cmd_name)
        found.name = cmd_name  # a module with one command is that command
        return found


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def main() -> None:
    """Run `twin`; what a user can mend is told in one line, with exit code 1."""
    try:
        app()
    except (TwinError, Refused) as error:
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
