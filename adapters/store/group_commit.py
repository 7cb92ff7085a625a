"""Group commit: writes of many threads share the transaction, and the disk flush, of one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")
Verdict = TypeVar("Verdict")


class GroupCommit(Generic[Item, Verdict]):
    """Whoever has the turn commits everything that queued up while it waited; nobody sleeps.

    `commit` gets items in their order of arrival and returns one verdict each once they are on
    disk; its error goes to everyone whose item was in the group.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Sequence[Verdict]]) -> None:
        self._commit = commit
        self._queue: deque[tuple[Item, Future[Verdict]]] = deque()
        self._turn = threading.Lock()

    def write(self, item: Item) -> Verdict:
        """The verdict on this item, after the group it went with is committed."""
        verdict: Future[Verdict] = Future()
        self._queue.append((item, verdict))
        with self._turn:
            if not verdict.done():
                self._commit_queue()
        return verdict.result()

    def _commit_queue(self) -> None:
        group = [self._queue.popleft() for _ in range(len(self._queue))]
        try:
            verdicts = self._commit([item for item, _ in group])
        except BaseException as error:
            for _, waiting in group:
                waiting.set_exception(error)
            raise
        for (_, waiting), verdict in zip(group, verdicts, strict=True):
            waiting.set_result(verdict)
