"""Finishing: outcomes that come while the store commits share its next commit and disk flush."""

from __future__ import annotations

import asyncio

from api.jobs.threads import Threads
from domain.errors import NotStorable
from domain.simulations import CallQueue, FinishedCall

Waiting = tuple[FinishedCall, asyncio.Future[bool | NotStorable]]


class Finishing:
    """Has one commit under way at a time, with all that queued up meanwhile. For one event loop."""

    def __init__(self, store: CallQueue, threads: Threads) -> None:
        self._store = store
        self._threads = threads
        self._queue: list[Waiting] = []
        self._commits: asyncio.Task[None] | None = None

    async def finish(self, finished: FinishedCall) -> bool:
        """Whether it is stored; False when the lease had passed to another.

        Raises NotStorable, and what the commit it went with fails with.
        """
        verdict: asyncio.Future[bool | NotStorable] = asyncio.get_running_loop().create_future()
        self._queue.append((finished, verdict))
        if self._commits is None or self._commits.done():
            self._commits = asyncio.create_task(self._commit_queue())
        stored = await verdict
        if isinstance(stored, NotStorable):
            raise stored
        return stored

    async def end(self) -> None:
        """Return once nothing is queued any more, also of those who have stopped waiting."""
        if self._commits is not None:
            await self._commits

    async def _commit_queue(self) -> None:
        while self._queue:
            group, self._queue = self._queue, []
            try:
                verdicts = await self._threads.run(self._store.finish, [each for each, _ in group])
            except Exception as error:  # noqa: BLE001 - it is theirs whose outcomes are not stored
                for _, verdict in group:
                    if not verdict.done():
                        verdict.set_exception(error)
            else:
                for (_, verdict), stored in zip(group, verdicts, strict=True):
                    if not verdict.done():  # who waited for it was told to stop
                        verdict.set_result(stored)
