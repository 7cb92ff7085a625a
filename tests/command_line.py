"""`twin` as it is typed, and the tree of its commands as typer knows it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from api.cli.main import main
from api.cli.stop import STOPPING
from api.cli.twin import twin as app

TWIN = (sys.executable, "-c", "from api.cli.main import main; main()")
HANGS_AFTER_SECONDS = 120


def twin(
    *words: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A process of its own, with what it said and its exit code."""
    return subprocess.run(
        [*TWIN, *words],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS_AFTER_SECONDS,
    )


@cache
def commands() -> dict[tuple[str, ...], Any]:
    """Every command, and every name of commands, by the words it is called with."""
    return dict(_below((), get_command(app)))


def paths() -> list[tuple[str, ...]]:
    """The words every command is called with."""
    return [path for path in commands() if path]


def _below(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401
    yield path, command
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _below((*path, name), inner)


@dataclass(frozen=True, slots=True)
class Typed:
    """What became of a command: its exit code and what it wrote."""

    code: int
    out: str
    told: str


def typed(*words: str) -> Typed:
    """What `twin` does with these words, in this process."""
    argv, handlers = sys.argv, {number: signal.getsignal(number) for number in STOPPING}
    out, told = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    sys.argv = ["twin", *words]
    try:
        with redirect_stdout(out), redirect_stderr(told), pytest.raises(SystemExit) as end:
            main()
    finally:
        sys.argv = argv
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert isinstance(end.value.code, int)
    return Typed(end.value.code, *(_written(stream) for stream in (out, told)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
