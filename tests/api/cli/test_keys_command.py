from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.store import open_store
from domain.keys import hash_of, id_of

Twin = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def twin(tmp_path: Path) -> Twin:
    """Runs `twin keys` on a data directory of the test's own."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from api.cli.main import main; main()", "keys", *words],
            env={**os.environ, "CDT_DATA_DIR": str(tmp_path), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def test_a_key_is_shown_once_and_listed_without_what_opens(twin: Twin, tmp_path: Path) -> None:
    made = twin("create", "--tenant", "brand", "--scopes", "read,run", "--name", "dashboard")
    shown = made.stdout.strip()
    (listed,) = json.loads(twin("list", "--json").stdout)
    store = open_store(f"sqlite:///{tmp_path / 'simulations.sqlite3'}", max_unfinished_calls=1)
    (kept,) = store.keys.all()
    store.close()

    assert (listed["id"], listed["tenant"]) == (id_of(shown), "brand")
    assert sorted(listed["scopes"]) == ["read", "run"]
    assert "hashed" not in listed
    assert shown[21:] not in json.dumps(listed)
    assert kept.hashed == hash_of(shown)


def test_a_key_is_revoked_once(twin: Twin) -> None:
    key_id = id_of(twin("create").stdout.strip())
    assert key_id is not None
    assert twin("revoke", key_id).returncode == 0
    again = twin("revoke", key_id)
    assert (again.returncode, again.stderr[:16]) == (1, "twin: no such ke")
    assert key_id in twin("list").stdout


def test_a_line_for_a_file_is_kept_nowhere(twin: Twin, tmp_path: Path) -> None:
    shown, line = twin("create", "--as-line", "--tenant", "brand").stdout.split()
    assert line == f"{id_of(shown)}:brand:read+run:{hash_of(shown)}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "--scopes", "read,write"), "read, run, admin"),
        (("create", "--expires", "2026-01-01"), "a day to come"),
        (("create", "--tenant", "Two Words"), "tenant"),
        (("create", "--as-line", "--name", "x"), "neither name nor end"),
    ],
)
def test_what_is_no_key_is_not_made(
    twin: Twin, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    refused = twin(*words)
    assert refused.returncode != 0
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []
