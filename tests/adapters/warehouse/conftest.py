"""The small base, offered as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.small_base import small_base, write_files, write_ninety_more

Offer = Callable[[str], Path]


@pytest.fixture
def offer(tmp_path: Path) -> Offer:
    """Writes its rows as `parquet` or `csv` files into one folder and names it."""

    def write(kind: str) -> Path:
        with small_base() as tables:
            write_files(tables, tmp_path / "offered", kind)
        return tmp_path / "offered"

    return write


@pytest.fixture(scope="session")
def ninety_more(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with its rows and ninety customers of three plain kinds, thirty of each."""
    return write_ninety_more(tmp_path_factory.mktemp("ninety") / "offered")
