from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.chat import reply_file
from adapters.chat.reply_file import ReplyFile

MEGABYTE = 2**20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "replies.sqlite3"


def keep(path: Path, replies: Iterable[tuple[bytes, str]]) -> None:
    """Kept when this returns."""
    with closing(ReplyFile(path, MEGABYTE)) as opened:
        for asked, text in replies:
            opened.keep(asked, text)


def found(path: Path, *asked: bytes) -> list[str | None]:
    with closing(ReplyFile(path, MEGABYTE)) as opened:
        return [opened.find(each) for each in asked]


def test_what_is_kept_is_found_after_a_restart(path: Path) -> None:
    keep(path, [(b"a", "one"), (b"b", "two"), (b"a", "zwei \N{SNOWMAN}")])
    assert found(path, b"a", b"b", b"c") == ["zwei \N{SNOWMAN}", "two", None]


def test_the_oldest_make_way_and_the_file_stays_small(path: Path) -> None:
    names = [str(i).encode() for i in range(4_000)]
    for first in range(0, 4_000, 100):
        keep(path, [(name, "x" * 1_000) for name in names[first : first + 100]])
    names_kept = [name for name, text in zip(names, found(path, *names), strict=True) if text]
    assert path.stat().st_size < 1.3 * MEGABYTE
    assert 600 < len(names_kept) < 1_000
    assert names_kept == names[-len(names_kept) :]


def test_one_reply_larger_than_all_room_is_not_kept(path: Path) -> None:
    keep(path, [(b"large", "x" * 2 * MEGABYTE)])
    keep(path, [(b"small", "x")])
    assert found(path, b"large", b"small") == [None, "x"]


def test_a_file_locked_by_another_process_is_found_in_again_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_file, "BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin exclusive")
        with closing(ReplyFile(path, MEGABYTE)) as replies, capture_logs() as logs:
            assert replies.find(b"a") is None
            other.execute("rollback")
            keep(path, [(b"a", "one")])
            assert replies.find(b"a") == "one"
            other.execute("begin exclusive")
            keep(path, [(b"b", "two")])
            assert replies.find(b"a") == "one"
        other.execute("rollback")
    assert found(path, b"a", b"b") == ["one", None]
    assert logs == []


def damage(path: Path) -> None:
    path.write_bytes(b"no database at all. " * 1_000)


def damage_all_but_the_head(path: Path) -> None:
    keep(path, [(str(i).encode(), "x" * 1_000) for i in range(200)])
    whole = path.read_bytes()
    path.write_bytes(whole[:4_096] + b"\xff" * (len(whole) - 4_096))


def put_a_folder_there(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("spoil", [damage, damage_all_but_the_head, put_a_folder_there])
def test_a_file_that_cannot_be_used_is_told_once_and_fails_nothing(
    path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(path)
    with capture_logs() as logs, closing(ReplyFile(path, MEGABYTE)) as replies:
        assert [replies.find(str(i).encode()) for i in range(200)] == [None] * 200
        for i in range(200):
            replies.keep(str(i).encode(), "what a customer said")
    assert [log["event"] for log in logs] == ["reply cache off"]
    assert "customer" not in str(logs)


def test_half_a_surrogate_pair_is_not_kept(path: Path) -> None:
    keep(path, [(b"a", "\ud83d"), (b"b", "two")])
    assert found(path, b"a", b"b") == [None, "two"]


def write(path: Path, name: str) -> None:
    with closing(ReplyFile(path, 10 * MEGABYTE)) as replies:
        for i in range(300):
            replies.keep(f"{name} {i}".encode(), name)


def test_several_processes_share_a_file(path: Path) -> None:
    keep(path, [(b"there", "already")])
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=write, args=(path, name)) for name in ("a", "b", "c")]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    for name in ("a", "b", "c"):
        assert set(found(path, *(f"{name} {i}".encode() for i in range(300)))) == {name}
