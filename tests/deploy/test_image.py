"""What the image is made of, without a container engine: the wheel that its files make."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

# Root could write all the same; without its capabilities it is as any user.
POWERLESS = (
    ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    if os.geteuid() == 0
    else []
)
ADDRESS = re.compile(r"is at (http://\S+);")
ROOT = Path(__file__).parents[2]
COPIED = [
    source
    for line in re.findall(
        r"^COPY ([^-].*) \./\S*$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE
    )
    for source in line.split()
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The wheel built from what the Dockerfile copies and no more."""
    folder = tmp_path_factory.mktemp("image")
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "made"]
    subprocess.run(build, cwd=folder, check=True, capture_output=True, timeout=120)
    (made,) = (folder / "made").iterdir()
    return zipfile.Path(made)


def test_what_is_copied_is_sent_to_the_builder() -> None:
    admitted = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert admitted[0] == "*"
    assert {f"!{name}" for name in COPIED} <= set(admitted)


@pytest.mark.parametrize(
    "name",
    [
        "api/routes/functions.py",
        "api/representations/examples.json",
        "adapters/warehouse/service.yaml",
        "adapters/warehouse/sql/10_container_service.sql",
        "data_generator/schema/sql/02_create_internal_tables.sql",
        "data_generator/schema/sql/03_create_external_tables.sql",
        "data_generator/snowmobile.toml",
        "data_generator/text/closings.toml",
        "data_generator/text/reactions.toml",
        "data_generator/text/support.toml",
    ],
)
def test_the_image_has_what_the_service_reads(wheel: zipfile.Path, name: str) -> None:
    assert (wheel / name).is_file()


@pytest.fixture
def installed(wheel: zipfile.Path, tmp_path: Path) -> Iterator[Path]:
    """The wheel, unpacked where nobody may write."""
    folder = tmp_path / "installed"
    wheel.root.extractall(folder)
    everything = [folder, *folder.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in everything:
        path.chmod(0o755)


def test_the_service_writes_nowhere_but_in_its_data_folder(installed: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(installed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CDT_DATA_DIR": str(data),
        "CDT_PORT": "0",
    }
    before = set(installed.rglob("*"))
    probe = [*POWERLESS, sys.executable, "-c", f"open({str(installed / 'x')!r}, 'w')"]
    refused = subprocess.run(probe, env=environment, cwd=data, capture_output=True, check=False)
    assert b"PermissionError" in refused.stderr

    program = (
        "import api, sys; sys.stdout.write(api.__file__); from api.cli.main import main; main()"
    )
    command = [*POWERLESS, sys.executable, "-c", program, "serve"]
    with subprocess.Popen(command, env=environment, cwd=data, stdout=subprocess.PIPE) as service:
        assert service.stdout is not None
        said = b"".join(iter(service.stdout.readline, b"Stop with Ctrl-C.\n")).decode()
        parts = httpx.get(f"{ADDRESS.findall(said)[0]}/readyz", timeout=30).json()["parts"]
        service.terminate()

    assert service.returncode == 0
    assert said.startswith(str(installed))
    assert (parts["store"]["status"], parts["data"]["status"]) == ("ok", "missing")
    assert set(installed.rglob("*")) == before
    assert [path.name for path in data.iterdir()] == ["simulations.sqlite3"]
