from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from data_generator.generate.generate import generate
from data_generator.io.manifest import read_manifest
from data_generator.io.recipe import Shard


def twin(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("twin"), "generate", "--out", str(folder), *arguments],
        env={**os.environ, "CDT_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_twin_makes_the_same_shard_as_the_generator(tmp_path: Path) -> None:
    ran = twin(tmp_path, "--customers", "200", "--seed", "7", "--shard", "2/2")
    assert (ran.returncode, ran.stderr) == (0, "")
    manifest = generate(tmp_path / "own", 200, 7, shard=Shard(2, 2), workers=1)
    for file in manifest.files:
        assert (tmp_path / file.path).read_bytes() == (tmp_path / "own" / file.path).read_bytes()


def test_twin_makes_one_data_set_of_all_shards_and_says_which_are_missing(tmp_path: Path) -> None:
    generate(tmp_path, 200, 7, shard=Shard(2, 2), workers=1)
    ran = twin(tmp_path, "--merge")
    assert ran.returncode == 1
    assert "1 of 2 shards are missing; generate 1/2" in ran.stderr
    generate(tmp_path, 200, 7, shard=Shard(1, 2), workers=1)
    ran = twin(tmp_path, "--merge", "--no-audit")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert read_manifest(tmp_path / "manifest.json").rows["customers"] == 200


def test_twin_refuses_what_is_no_shard(tmp_path: Path) -> None:
    ran = twin(tmp_path, "--shard", "3/2")
    assert ran.returncode == 2
    assert "shard 3/2 does not exist" in ran.stderr
    assert not list(tmp_path.iterdir())
