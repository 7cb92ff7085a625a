"""What the image is made of, without a container engine: the wheel that its files make."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = [
    source
    for line in re.findall(
        r"^COPY ([^-].*) \./\S*$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE
    )
    for source in line.split()
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel built from what the Dockerfile copies and no more."""
    folder = tmp_path_factory.mktemp("image")
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "made"]
    subprocess.run(build, cwd=folder, check=True, capture_output=True, timeout=120)
    (made,) = (folder / "made").iterdir()
    with zipfile.ZipFile(made) as archive:
        return set(archive.namelist())


def test_what_is_copied_is_sent_to_the_builder() -> None:
    admitted = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert admitted[0] == "*"
    assert {f"!{name}" for name in COPIED} <= set(admitted)


@pytest.mark.parametrize(
    "name",
    [
        "api/routes/functions.py",
        "api/examples.json",
        "adapters/warehouse/service.yaml",
        "adapters/warehouse/sql/10_container_service.sql",
        "data_generator/snowmobile.toml",
    ],
)
def test_the_image_has_what_the_service_reads(wheel: set[str], name: str) -> None:
    assert name in wheel
