"""`twin` offers every command, and imports only what the one asked for needs."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

import api.commands
from api.cli import MODULES

NO_COMMANDS = {"options", "screen"}


def test_no_module_of_commands_is_forgotten() -> None:
    (folder,) = api.commands.__path__
    assert {path.stem for path in Path(folder).glob("[a-z]*.py")} - NO_COMMANDS == set(
        MODULES.values()
    )


@pytest.mark.parametrize("module", sorted(set(MODULES.values()) - {"keys"}))
def test_every_command_of_a_module_is_offered(module: str) -> None:
    found = get_command(import_module(f"api.commands.{module}").app)
    names = set(found.commands) if isinstance(found, TyperGroup) else {found.name}
    assert names == {name for name, home in MODULES.items() if home == module}


def test_a_build_imports_no_web_server_and_no_store() -> None:
    program = (
        "import sys; from api.cli import app; app(['build', '--help'], standalone_mode=False);"
        "print({'fastapi', 'sqlalchemy', 'uvicorn', 'aiohttp'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.endswith("set()\n")
