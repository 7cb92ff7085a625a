"""Group commit: writes of many threads share the transaction, and the disk flush, of one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Verdict = TypeVar("Verdict")


class GroupCommit(Generic[Item, Verdict]):
    """One thread commits everything that queued up during its last commit; nobody sleeps.

    `commit` gets items in their order of arrival and returns one verdict each once they are on
    disk; its error goes to everyone whose item was in the group. Having the waiting threads take
    turns at committing instead made groups of two where thirty-two were waiting.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Sequence[Verdict]]) -> None:
        self._commit = commit
        self._queue: deque[tuple[Item, Future[Verdict]]] = deque()
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="group-commit")

    def write(self, item: Item) -> Verdict:
        """The verdict on this item, after the group it went with is committed."""
        verdict: Future[Verdict] = Future()
        self._queue.append((item, verdict))
        self._committer.submit(self._commit_queue)
        return verdict.result()

    def close(self) -> None:
        """Commit what is queued, and nothing more after that."""
        self._committer.shutdown()

    def _commit_queue(self) -> None:
        group = [self._queue.popleft() for _ in range(len(self._queue))]
        if not group:
            return  # it went with an earlier one
        try:
            verdicts = self._commit([item for item, _ in group])
        except BaseException as error:
            for _, waiting in group:
                waiting.set_exception(error)
            raise
        for (_, waiting), verdict in zip(group, verdicts, strict=True):
            waiting.set_result(verdict)
