"""Kills at random points of a run: a few, in the long run two hundred.

Runs of three data sets, in two formats, take turns in one folder, so that what a killed run left
lies in the way of the next. A kill that came after the end of its run is not counted.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from data_generator.generate.generate import generate, merge
from data_generator.generate.make import TABLES
from data_generator.io.manifest import Manifest, read_manifest
from data_generator.io.recipe import WHOLE, Shard
from data_generator.io.write import Format
from tests.long import LONG

KILLS = 40 if LONG else 1  # in each of five tests
CUSTOMERS, OF, RUNS_BETWEEN = 600, 3, 5
KILLED_WHILE_NAMING = 0.3  # of the kills: when it would matter most
MOMENT_SECONDS, SHORT_SECONDS, LONGEST_MERGE_SECONDS = 0.01, 0.2, 1.5

Kill = Callable[[int], None]
Due = Callable[[], bool]
Record = Callable[[str, object], None]


@dataclass(frozen=True)
class Ordered:
    """A data set, or a shard of it, that a run is to make."""

    seed: int
    format: Format
    shard: Shard = WHOLE

    def arguments(self, workers: int) -> list[str]:
        what = ["--customers", str(CUSTOMERS), "--seed", str(self.seed), "--format", self.format]
        part = ["--shard", str(self.shard)] if self.shard != WHOLE else []
        return [*what, *part, "--no-audit", "--workers", str(workers)]

    def make(self, out: Path) -> Manifest:
        """The same run, undisturbed and in this process."""
        return generate(out, CUSTOMERS, self.seed, format=self.format, shard=self.shard, workers=1)


WHOLES = (Ordered(7, "parquet"), Ordered(8, "csv"), Ordered(9, "csv"))
PARTS = tuple(
    Ordered(each.seed, each.format, Shard(number, OF))
    for each in WHOLES
    for number in range(1, OF + 1)
)


class Undisturbed(dict[Ordered, Manifest]):
    """What each run writes when nobody kills it, made when it is asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, wanted: Ordered) -> Manifest:
        self[wanted] = wanted.make(self._folder / str(len(self)))
        return self[wanted]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"))


def the_parent(process: int) -> None:
    os.kill(process, signal.SIGKILL)


def everybody(process: int) -> None:
    os.killpg(process, signal.SIGKILL)


def a_worker(process: int) -> None:
    """The one started last; before there is one, the parent."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    children = listed.read_text().split() if listed.exists() else []
    os.kill(int(children[-1]) if children else process, signal.SIGKILL)


KINDS = [the_parent, everybody, a_worker] if LONG else [a_worker]


@pytest.mark.parametrize("kill", KINDS)
def test_a_killed_run_leaves_whole_files_and_no_manifest_of_others(
    kill: Kill, undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    chance = random.Random(kill.__name__)  # noqa: S311 - where to kill, nothing secret
    vouched, again = 0, 0
    for turn in range(KILLS):
        wanted = chance.choice(WHOLES)
        kill_one(kill, wanted.arguments(chance.choice((1, 1, 2, 3))), tmp_path, chance)
        vouched += all_is_whole(tmp_path, undisturbed, wanted)
        if last_of_some(turn):
            assert wanted.make(tmp_path) == undisturbed[wanted]
            nothing_else_is_there(tmp_path, ["manifest.json"])
            again += 1
    record_property(f"generator, kill -9 of {kill.__name__}", summary_of_kills(vouched, again))


def test_a_killed_shard_spoils_no_other_shard(
    undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    chance = random.Random("shards")  # noqa: S311 - where to kill, nothing secret
    vouched, again = 0, 0
    for turn in range(KILLS):
        wanted = chance.choice(PARTS)
        kill_one(the_parent, wanted.arguments(chance.choice((1, 2))), tmp_path, chance)
        vouched += all_is_whole(tmp_path, undisturbed, wanted)
        if last_of_some(turn):
            parts = [each for each in PARTS if each.seed == wanted.seed]
            assert [each.make(tmp_path) for each in parts] == [undisturbed[each] for each in parts]
            merge(tmp_path)
            nothing_else_is_there(tmp_path, ["manifest.json", *map(manifest_of, parts)])
            again += 1
    record_property("generator, kill -9 of a shard", summary_of_kills(vouched, again))


def test_a_killed_merge_changes_no_shard(
    undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    chance = random.Random("merge")  # noqa: S311 - where to kill, nothing secret
    parts, earlier = PARTS[:OF], tmp_path / "internal" / "customers.csv"
    assert [each.make(tmp_path) for each in parts] == [undisturbed[each] for each in parts]
    vouched, again = 0, 0
    for turn in range(KILLS):
        earlier.write_text("of an earlier data set, which a merge removes")
        due = later(chance.uniform(0, LONGEST_MERGE_SECONDS)) if turn % 2 else gone(earlier)
        while not killed(everybody, ["--merge"], tmp_path, due):
            earlier.write_text("of an earlier data set, which a merge removes")
        earlier.unlink(missing_ok=True)
        vouched += all_is_whole(tmp_path, undisturbed, WHOLES[0])
        assert all((tmp_path / manifest_of(part)).exists() for part in parts)
        if last_of_some(turn):
            merge(tmp_path)
            nothing_else_is_there(tmp_path, ["manifest.json", *map(manifest_of, parts)])
            again += 1
    record_property("generator, kill -9 of a merge", summary_of_kills(vouched, again))


def last_of_some(turn: int) -> bool:
    return turn % RUNS_BETWEEN == RUNS_BETWEEN - 1 or turn == KILLS - 1


def summary_of_kills(vouched: int, again: int) -> str:
    return (
        f"{KILLS} kills, {KILLS - vouched} left no manifest and {vouched} only right ones;"
        f" no half file; the bytes of an undisturbed run in {again} runs after them"
    )


def kill_one(kill: Kill, arguments: list[str], out: Path, chance: random.Random) -> None:
    """Kill a run some moments after it began a number of its files, or gave them their names."""
    while True:
        begun, named = chance.randint(0, len(TABLES)), chance.randint(1, len(TABLES))
        if chance.random() < KILLED_WHILE_NAMING:
            due, seconds = since_now(named, out, "*/[!.]*"), MOMENT_SECONDS
        else:
            due, seconds = since_now(begun, out, "*/.*.partial"), SHORT_SECONDS
        if killed(kill, arguments, out, due, chance.uniform(0, seconds)):
            return


def killed(kill: Kill, arguments: list[str], out: Path, due: Due, more_seconds: float = 0) -> bool:
    """Run until it is due and kill; whether the run had not ended by itself before."""
    run = subprocess.Popen(
        [sys.executable, "-m", "data_generator", *arguments, "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while run.poll() is None and not due():
        time.sleep(0.002)
    time.sleep(more_seconds)
    if run.poll() is None:
        kill(run.pid)
    code = run.wait()
    wait_for_the_last(run.pid)
    return code != 0


def since_now(count: int, out: Path, pattern: str) -> Due:
    """When this many files of a pattern have been written from now on."""
    started = time.time()
    return lambda: sum(changed_at(path) >= started for path in out.glob(pattern)) >= count


def changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # it has its final name by now
        return 0.0


def later(seconds: float) -> Due:
    started = time.monotonic()
    return lambda: time.monotonic() > started + seconds


def gone(path: Path) -> Due:
    return lambda: not path.exists()


def wait_for_the_last(group: int) -> None:
    """Wait until no process of the run is left; a worker that stays is a failure."""
    for _ in range(3_000):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    os.killpg(group, signal.SIGKILL)
    pytest.fail("a worker outlived its parent by a minute")


def all_is_whole(folder: Path, undisturbed: Undisturbed, wanted: Ordered) -> bool:
    """Check all files under their final names; whether there is a manifest."""
    found = {
        (str(file.relative_to(folder)), hashlib.sha256(file.read_bytes()).hexdigest())
        for file in folder.glob("*/[!.]*")
    }
    manifests = [read_manifest(path) for path in folder.glob("manifest*.json")]
    assert found <= contents([undisturbed[wanted], *undisturbed.values()])
    assert contents(manifests) <= found
    return bool(manifests)


def contents(manifests: Iterable[Manifest]) -> set[tuple[str, str]]:
    return {(file.path, file.sha256) for manifest in manifests for file in manifest.files}


def nothing_else_is_there(folder: Path, manifests: list[str]) -> None:
    """Check that what killed runs left is gone; locks are for the next run."""
    found = {path.name for path in folder.glob("[!.]*") if path.is_file()}
    left = [path for path in folder.rglob(".*") if not path.name.startswith(".generate.lock")]
    listed = contents([read_manifest(folder / "manifest.json")])
    assert found == set(manifests)
    assert {str(file.relative_to(folder)) for file in folder.glob("*/*")} == dict(listed).keys()
    assert left == []


def manifest_of(part: Ordered) -> str:
    return f"manifest{part.shard.suffix}.json"
