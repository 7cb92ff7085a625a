"""Nonsense on the command line and in the environment: a line or two that name it, no traceback."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

from api.settings import Settings
from tests.command_line import commands, typed
from tests.long import LONG

Words = tuple[str, ...]

# A third of it was set aside while the command line was mended, and scored once.
NONSENSE = (
    "",
    "banana",
    "-1",
    "1e999",
    "99999999999999999999999",
    "nowhere/x.csv",
    "a\nb",
    "\udcff",
)
SET_ASIDE = (" ", "nan", "\u202e0x1F", "[]{}=%s")
NEEDED = {"FILE": "none", "OUT": "x.json"}  # what an argument must have to be any good
SMALL: dict[Words, Words] = {
    ("generate",): ("--customers", "40", "--no-audit"),
    ("deploy",): ("--dry-run",),
}
EVERY = 1 if LONG else 25  # of them is tried; all are a matter of minutes
TWO_LINES = 2
FILES = 9  # `twin load` tells of each file that is missing

Record = Callable[[str, object], None]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without data, and no address to serve at."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CDT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CDT_HOST", "203.0.113.1")


def misuses(nonsense: Words) -> Iterator[Words]:
    """Every command, called wrongly in every way there is a generator for here."""
    for path, command in commands().items():
        if isinstance(command, TyperGroup):
            yield from ((*path, word) for word in (*nonsense, "--nonsense") if word)
            continue
        arguments = [word for p in command.params if is_argument(p) for word in ("x",)]
        sound = (*path, *arguments, *needed(command), *SMALL.get(path, ()))
        yield (*sound, "--nonsense")
        yield from ((*path, *nonsense[:count]) for count in range(len(arguments)))
        yield (*sound, *nonsense)
        for option in options(command):
            yield (*sound, option[:-1] + "q")
            yield (*sound, option)
            yield from ((*sound, option, word) for word in nonsense)
            yield from ((*sound, f"{option}={word}") for word in nonsense[:2])
        for place in range(len(arguments)):
            for word in nonsense:
                yield (*path, *arguments[:place], word, *arguments[place + 1 :], *needed(command))


def is_argument(parameter: Any) -> bool:  # noqa: ANN401 - typer's
    return bool(parameter.param_type_name == "argument")


def options(command: Any) -> list[str]:  # noqa: ANN401 - typer's
    """The first names of the options that take a value."""
    takers = [p for p in command.params if not is_argument(p) and not p.is_flag]
    return [p.opts[0] for p in takers]


def needed(command: Any) -> Words:  # noqa: ANN401 - typer's
    required = [p.opts[0] for p in command.params if not is_argument(p) and p.required]
    return tuple(itertools.chain.from_iterable((option, "x") for option in required))


@pytest.mark.parametrize("nonsense", [NONSENSE, SET_ASIDE], ids=["seen", "set aside"])
def test_no_nonsense_on_the_command_line_ends_in_more_than_two_lines(
    nonsense: Words, record_property: Record
) -> None:
    tried = list(misuses(nonsense))[::EVERY]

    bad = [fault for words in tried if (fault := fault_of(*words))]

    record_property("misuses told in two lines", f"{len(tried) - len(bad)} of {len(tried)}")
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("nonsense", [NONSENSE, SET_ASIDE], ids=["seen", "set aside"])
def test_no_nonsense_in_the_environment_ends_in_more_than_two_lines(
    nonsense: Words, record_property: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [
        (f"CDT_{name.upper()}", value) for name in Settings.model_fields for value in nonsense
    ][::EVERY]
    bad = []
    for variable, value in pairs:
        with monkeypatch.context() as only_here:
            only_here.setenv(variable, value)
            fault = fault_of(*reader_of(variable))
        bad += [f"{variable}={value!r}: {fault}"] if fault else []

    record_property("variables told in two lines", f"{len(pairs) - len(bad)} of {len(pairs)}")
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("CDT_PORT", "banana"), ("CDT_CARRIER_FILE", "none.toml"), ("CDT_SECRETS_DIR", "none"),
     ("CDT_WAREHOUSE", "shed"), ("CDT_DATABASE_URL", "banana")],
)  # fmt: skip
def test_a_variable_that_cannot_be_used_is_named(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    ended = typed(*reader_of(variable))

    assert (ended.code, len(ended.told.splitlines())) == (1, 1)
    assert variable in ended.told


@pytest.mark.parametrize(
    "content", [b"", b"[", b"name = 3", b"\xff\xfe", b"\x00", b"[[plans]]\nname = 1", None]
)
@pytest.mark.parametrize("command", [("build",), ("personas",)])
def test_a_carrier_file_that_cannot_be_read_is_named(
    content: bytes | None, command: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "carrier.toml"
    file.mkdir() if content is None else file.write_bytes(content)
    monkeypatch.setenv("CDT_CARRIER_FILE", str(file))

    ended = typed(*command)

    assert (ended.code, len(ended.told.splitlines())) == (1, 1)
    assert "CDT_CARRIER_FILE" in ended.told
    assert "carrier.toml" in ended.told


def reader_of(variable: str) -> Words:
    """A command that makes something of a variable."""
    return ("simulations", "list") if "DATABASE" in variable else ("personas",)


def fault_of(*words: str) -> str | None:
    """What is wrong with how a command ends, None when nothing is."""
    try:
        ended = typed(*words)
    except Exception as error:  # noqa: BLE001 - what must not happen is counted
        return f"{words}: {error!r}"
    most = FILES if words[0] == "load" else TWO_LINES
    lines = len(ended.told.splitlines())
    told = 1 <= lines <= most if ended.code else lines <= most
    return None if told and ended.code in {0, 1, 2} else f"{words}: {ended}"
