"""Writes of many threads share one commit and one fate."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.store.calls.group_commit import GroupCommit

THREADS = 8


class SlowDisk:
    """Commits the first group only when told to, so that others have time to queue up."""

    def __init__(self, error: Exception | None = None) -> None:
        self.groups: list[Sequence[int]] = []
        self.first_at_work, self.go_on = threading.Event(), threading.Event()
        self._error = error

    def commit(self, group: Sequence[int]) -> Sequence[int]:
        self.groups.append(group)
        self.first_at_work.set()
        self.go_on.wait(20)
        if self._error and len(self.groups) > 1:
            raise self._error
        return [item * 10 for item in group]


def write_while_the_first_commits(disk: SlowDisk) -> Sequence[int | BaseException]:
    commits = GroupCommit(disk.commit)
    with ThreadPoolExecutor(THREADS) as threads:
        writes = [threads.submit(commits.write, 0)]
        disk.first_at_work.wait(20)
        writes += [threads.submit(commits.write, item) for item in range(1, THREADS)]
        while len(commits._queue) < THREADS - 1:
            time.sleep(0.001)
        disk.go_on.set()
    return [write.exception() or write.result() for write in writes]


def test_what_queues_up_during_a_commit_goes_with_the_next() -> None:
    disk = SlowDisk()

    verdicts = write_while_the_first_commits(disk)

    assert verdicts == [item * 10 for item in range(THREADS)]
    assert [sorted(group) for group in disk.groups] == [[0], list(range(1, THREADS))]


def test_a_failed_commit_fails_for_its_whole_group_and_nobody_else() -> None:
    full = OSError("no space left on device")

    verdicts = write_while_the_first_commits(SlowDisk(full))

    assert verdicts == [0, *[full] * (THREADS - 1)]


def test_a_write_after_a_failed_commit_is_committed() -> None:
    fates = iter([OSError("once"), None])

    def commit(group: Sequence[int]) -> Sequence[int]:
        if error := next(fates):
            raise error
        return group

    commits = GroupCommit(commit)
    with pytest.raises(OSError, match="once"):
        commits.write(1)

    assert commits.write(2) == 2
