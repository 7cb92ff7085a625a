from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path


def test_a_terminal_shows_a_bar_per_table(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "data_generator", "--customers", "200", "--no-audit"]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as run:
        os.close(theirs)
        shown = read_all(ours)
    assert run.returncode == 0
    assert "monthly_usage" in shown
    assert "200 of 200" in shown


def read_all(terminal: int) -> str:
    """What appears on a terminal until the program on it ends."""
    pieces = []
    while True:
        try:
            pieces.append(os.read(terminal, 4096))
        except OSError:  # how Linux says that the other end is closed
            os.close(terminal)
            return b"".join(pieces).decode()
