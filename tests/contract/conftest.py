from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.store import SqlSimulationStore
from tests.fakes.disks import Clock, Disk, database_on


@pytest.fixture(params=["sqlite", "postgresql"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            disk = Disk(f"sqlite:///{tmp_path / 'simulations.db'}", Clock())
        else:
            disk = stack.enter_context(database_on(request.getfixturevalue("postgres")))
        stack.callback(disk.close)
        yield disk


@pytest.fixture
def store(disk: Disk) -> SqlSimulationStore:
    return disk.open()
