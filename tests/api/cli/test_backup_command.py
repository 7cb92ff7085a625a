"""`twin backup` and `restore` say what happened, what is where now, and what to do next."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path

import pytest

from adapters.store import open_store
from tests.command_line import TWIN, Typed, typed
from tests.fakes.simulations import a_request, some_calls

A_FEW_BYTES = 4096


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with one simulation, which nobody works on."""
    monkeypatch.setenv("CDT_DATA_DIR", str(tmp_path))
    store = open_store(f"sqlite:///{tmp_path / 'simulations.sqlite3'}", max_unfinished_calls=10)
    store.submit("sim_a", a_request(), some_calls(1))
    store.close()
    return tmp_path


def test_a_backup_travels_by_the_command_line(data_dir: Path) -> None:
    copy, store = data_dir / "copy", data_dir / "simulations.sqlite3"

    assert done("backup", str(copy)).startswith("1 simulation, ")
    told = done("restore", str(copy), "--force").splitlines()

    (aside,) = data_dir.glob("*.before-*Z")
    assert told == [
        f"1 simulation of {copy} now in {store}; start the service",
        f"what was there before is in {aside}; remove it when nobody needs it",
    ]


def test_a_backup_that_is_not_made_leaves_no_file(data_dir: Path) -> None:
    copy = data_dir / "copy"
    copy.write_text("of mine")

    assert "exists and was left as it is; name another file" in refused("backup", str(copy))
    assert "nothing was copied; make it first" in refused("backup", str(data_dir / "no" / "copy"))
    assert copy.read_text() == "of mine"


def test_there_must_be_something_to_back_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDT_DATA_DIR", str(tmp_path / "none"))

    assert "nothing was copied; simulate something first" in refused("backup", str(tmp_path / "a"))


def test_a_restore_that_is_refused_changes_nothing(data_dir: Path) -> None:
    done("backup", str(data_dir / "copy"))
    (data_dir / "text").write_text("no backup")
    before = (data_dir / "simulations.sqlite3").read_bytes()

    assert "restore again with --force" in refused("restore", str(data_dir / "copy"))
    for name in ("text", "none", "."):
        assert "nothing was changed" in refused("restore", str(data_dir / name), "--force")
    assert (data_dir / "simulations.sqlite3").read_bytes() == before


def test_a_restore_waits_for_whoever_has_the_store_open(data_dir: Path) -> None:
    done("backup", str(data_dir / "copy"))
    url = f"sqlite:///{data_dir / 'simulations.sqlite3'}"
    service = open_store(url, max_unfinished_calls=10)
    assert service.get("sim_a")
    try:
        command = [*TWIN, "restore", str(data_dir / "copy"), "--force"]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        service.close()

    assert told.returncode == 1
    assert "nothing was changed; stop it, then restore again" in told.stderr


def test_a_restore_without_room_leaves_what_was_there(data_dir: Path) -> None:
    done("backup", str(data_dir / "copy"))
    told = subprocess.run(
        [*TWIN, "restore", str(data_dir / "copy"), "--force"],
        env=dict(os.environ),
        preexec_fn=no_large_files,
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 1
    assert "what was there is still there" in told.stderr
    assert "sim_a" in done("simulations", "list")
    assert sorted(path.name for path in data_dir.iterdir()) == ["copy", "simulations.sqlite3"]


def test_postgresql_is_left_to_its_own_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDT_DATABASE_URL", "postgresql://twin@127.0.0.1/twin")

    assert "pg_dump" in refused("backup", str(tmp_path / "copy"))


def no_large_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (A_FEW_BYTES, A_FEW_BYTES))


def done(*words: str) -> str:
    ended = typed(*words)
    assert (ended.code, ended.told) == (0, "")
    return ended.out


def refused(*words: str) -> str:
    ended: Typed = typed(*words)
    assert (ended.code, ended.out) == (1, "")
    (line,) = ended.told.splitlines()
    return line
