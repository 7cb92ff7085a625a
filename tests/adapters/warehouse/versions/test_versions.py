from __future__ import annotations

from pathlib import Path

import pytest

from adapters.warehouse.versions.versions import (
    current_version,
    publish,
    sole_writer,
    unfinished_version,
    versions,
)
from domain.errors import StateConflict, Unavailable


def publish_word(root: Path, word: str) -> str:
    (unfinished_version(root) / "word").write_text(word)
    return publish(root)


def test_the_pointer_leads_to_what_was_published_last(tmp_path: Path) -> None:
    for word in ("first", "second"):
        publish_word(tmp_path, word)

    assert (tmp_path / "current" / "word").read_text() == "second"


def test_only_the_version_before_and_those_to_keep_stay(tmp_path: Path) -> None:
    names = [publish_word(tmp_path, word) for word in ("one", "two", "three", "four")]
    unfinished_version(tmp_path)

    publish(tmp_path, keep={names[2]})

    assert versions(tmp_path) == ["0003", "0004", "0005"]


def test_what_a_killed_run_left_does_not_reach_the_next_version(tmp_path: Path) -> None:
    (unfinished_version(tmp_path) / "half").write_text("hal")

    publish_word(tmp_path, "whole")

    assert [path.name for path in (tmp_path / "current").iterdir()] == ["word"]


def test_a_run_killed_before_the_pointer_moved_leaves_the_live_version_live(
    tmp_path: Path,
) -> None:
    live = publish_word(tmp_path, "live")
    unfinished_version(tmp_path).rename(tmp_path / "0002")

    assert current_version(tmp_path) == live
    publish_word(tmp_path, "next")
    assert versions(tmp_path) == ["0001", "0003"]


def test_versions_follow_in_number_not_in_text(tmp_path: Path) -> None:
    (tmp_path / "9999").mkdir()
    (tmp_path / "10000").mkdir()

    assert versions(tmp_path) == ["9999", "10000"]


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    with sole_writer(tmp_path), pytest.raises(StateConflict, match="try again"):
        sole_writer(tmp_path).__enter__()

    with sole_writer(tmp_path):
        pass


def test_a_data_directory_that_is_a_file_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(Unavailable), sole_writer(tmp_path / "data"):
        pass


def test_nothing_is_live_before_anything_was_published(tmp_path: Path) -> None:
    assert current_version(tmp_path / "nothing") is None
