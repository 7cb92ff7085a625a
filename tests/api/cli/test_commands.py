"""`twin` offers every command, and imports only what the one asked for needs."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import paths, twin

HEAVY = {  # pydantic is not among them: typer reads options with it
    *("aiohttp", "alembic", "cryptography", "duckdb", "fastapi", "httpx", "jinja2", "numpy"),
    *("opentelemetry", "prometheus_client", "pyarrow", "pydantic_settings", "rich"),
    *("scipy", "sklearn", "snowflake", "sqlalchemy", "sqlglot", "starlette", "structlog"),
    *("uvicorn", "zipcodes"),
}
SHOW_ALL_HELP = """
import sys
from api.cli.twin import twin
from typer.main import get_command
for path in {paths!r}:
    twin([*path, '--help'], prog_name='twin', standalone_mode=False)
print({heavy!r} & set(sys.modules))
"""
LONGEST_SECONDS = 1.0  # of CPU: five times what it takes on a machine that does nothing else

Record = Callable[[str, object], None]


def test_the_help_of_every_command_imports_nothing_that_takes_long() -> None:
    program = SHOW_ALL_HELP.format(paths=[(), *paths()], heavy=HEAVY)
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "set()"
    assert len(paths()) > 20


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("simulate", "--help")])
def test_help_and_version_cost_little(words: tuple[str, ...], record_property: Record) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert twin(*words).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    record_property(f"twin {' '.join(words)}, seconds of CPU", f"{seconds:.2f}")
    assert seconds < LONGEST_SECONDS


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"twin \d+\.\d+\.\d+\n", twin("--version").stdout)


@pytest.mark.parametrize("words", [(), ("simulations",), ("keys",)])
def test_a_name_of_commands_alone_gives_their_help(words: tuple[str, ...]) -> None:
    told = twin(*words)
    assert told.returncode == 2
    assert told.stdout.startswith(f"Usage: {' '.join(('twin', *words))}")
    assert told.stderr == ""


def test_a_build_imports_no_web_server_and_no_store(tmp_path: Path) -> None:
    program = (
        "import sys; from api.cli.twin import twin\n"
        "try: twin(['build'], standalone_mode=False)\n"
        "except Exception as error: print(error)\n"
        "print({'fastapi', 'sqlalchemy', 'uvicorn', 'aiohttp'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "CDT_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "customer data is missing" in told.stdout
    assert told.stdout.endswith("set()\n")


def test_bash_completes_commands_and_options_by_what_twin_prints(tmp_path: Path) -> None:
    script = f"""
        PATH={Path(sys.executable).parent}:$PATH
        eval "$(twin --show-completion)"
        complete() {{ COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=(); \
          _twin_completion twin; echo "${{COMPREPLY[*]}}" | tr '\\n' ' '; echo; }}
        complete twin simula
        complete twin simulations re
        complete twin simulate --max-c
        complete twin ask --engine g
    """
    told = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [set(line.split()) for line in told.stdout.splitlines()] == [
        {"simulate", "simulations"},
        {"retry", "replay"},
        {"--max-calls", "--max-cost-dollars"},
        {"grounded"},
    ]


def test_completion_installs_itself_for_the_shell_it_is_called_from(tmp_path: Path) -> None:
    script = f"{Path(sys.executable).with_name('twin')} --install-completion; true"
    told = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "bash completion installed" in told.stdout
    assert "_twin_completion" in (tmp_path / ".bash_completions" / "twin.sh").read_text()
    assert ".bash_completions/twin.sh" in (tmp_path / ".bashrc").read_text()
