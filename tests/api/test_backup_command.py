from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.store import open_store
from api.commands.twin import twin as app
from domain.errors import StateConflict
from tests.fakes.simulations import a_request, some_calls


def twin(*arguments: str) -> str:
    return CliRunner().invoke(app, arguments, catch_exceptions=False).stdout


def test_a_backup_travels_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDT_DATA_DIR", str(tmp_path))
    copy = str(tmp_path / "copy")
    store = open_store(f"sqlite:///{tmp_path / 'simulations.sqlite3'}", max_unfinished_calls=10)
    store.submit("sim_a", a_request(), some_calls(1))
    assert "1 simulations" in twin("backup", copy)
    store.close()

    with pytest.raises(StateConflict, match="--force"):
        twin("restore", copy)
    assert "what was there is now in" in twin("restore", copy, "--force")


def test_postgresql_is_left_to_its_own_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDT_DATABASE_URL", "postgresql://twin@127.0.0.1/twin")
    with pytest.raises(StateConflict, match="pg_dump"):
        twin("backup", str(tmp_path / "copy"))
