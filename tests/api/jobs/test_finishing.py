"""Outcomes that queue up during a commit share the next one and its fate."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from typing import cast

import pytest

from api.jobs.finishing import Finishing
from api.jobs.threads import Threads
from domain.errors import NotStorable, Unavailable
from domain.simulations import CallQueue
from domain.simulations.simulation import FinishedCall, LeasedCall
from tests.fakes.simulations import a_reaction, a_request, some_calls

pytestmark = pytest.mark.anyio

CALLS = 8
FULL = Unavailable("the simulation store", "see that its disk has room")


class SlowDisk:
    """Commits the first group only when told to, so that others have time to queue up."""

    def __init__(self, error: Exception | None = None) -> None:
        self.groups: list[list[int]] = []
        self.first_at_work, self.go_on = threading.Event(), threading.Event()
        self.error = error

    def finish(self, finished: Sequence[FinishedCall]) -> Sequence[bool | NotStorable]:
        self.groups.append([each.leased.call.index for each in finished])
        self.first_at_work.set()
        self.go_on.wait(20)
        if self.error and len(self.groups) > 1:
            raise self.error
        return [each.leased.call.index != 5 or NotStorable("text") for each in finished]


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    threads = Threads(2, "store")
    yield threads
    threads.close()


def over(disk: SlowDisk, threads: Threads) -> Finishing:
    return Finishing(cast("CallQueue", disk), threads)


def calls(total: int) -> list[FinishedCall]:
    request = a_request()
    return [
        FinishedCall(
            LeasedCall("sim_a", call, request.scenarios[0], request, 1, "worker"),
            a_reaction(),
            1.0,
        )
        for call in some_calls(total)
    ]


async def finish_while_the_first_commits(
    disk: SlowDisk, finishing: Finishing
) -> list[bool | BaseException]:
    first, *others = calls(CALLS)
    writes = [asyncio.create_task(finishing.finish(first))]
    await asyncio.to_thread(disk.first_at_work.wait, 20)
    writes += [asyncio.create_task(finishing.finish(each)) for each in others]
    await asyncio.sleep(0)  # they queue up
    disk.go_on.set()
    return await asyncio.gather(*writes, return_exceptions=True)


async def test_what_queues_up_during_a_commit_goes_with_the_next(threads: Threads) -> None:
    disk = SlowDisk()

    verdicts = await finish_while_the_first_commits(disk, over(disk, threads))

    assert disk.groups == [[0], list(range(1, CALLS))]
    assert isinstance(verdicts.pop(5), NotStorable)
    assert verdicts == [True] * (CALLS - 1)


async def test_a_failed_commit_fails_for_its_whole_group_and_nobody_else(threads: Threads) -> None:
    disk = SlowDisk(FULL)

    verdicts = await finish_while_the_first_commits(disk, over(disk, threads))

    assert verdicts == [True, *[FULL] * (CALLS - 1)]


async def test_an_outcome_after_a_failed_commit_is_committed(threads: Threads) -> None:
    disk = SlowDisk(FULL)
    finishing = over(disk, threads)
    await finish_while_the_first_commits(disk, finishing)
    disk.error = None

    assert await finishing.finish(calls(1)[0])


async def test_what_nobody_waits_for_any_more_is_stored_all_the_same(threads: Threads) -> None:
    disk = SlowDisk()
    finishing = over(disk, threads)
    first, second = calls(2)
    waiting = [asyncio.create_task(finishing.finish(each)) for each in (first, second)]
    await asyncio.sleep(0)
    for each in waiting:
        each.cancel()
    disk.go_on.set()

    await finishing.end()

    assert sorted(index for group in disk.groups for index in group) == [0, 1]
