"""Hashed file: a file whose digest is made and whose bytes reach the disk while it is written."""

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from typing_extensions import Buffer

SYNC_EVERY_BYTES = 256 << 20  # smaller files stay in the page cache, for whoever loads them next


class HashedFile(io.RawIOBase):
    """A file that is hashed while it is written, and put on disk piece by piece.

    What is on disk leaves the page cache, so that a set larger than the memory is written as fast
    as a small one: at a million customers as CSV a tenth of the time went into finding free pages.
    """

    def __init__(self, target: BinaryIO, executor: ThreadPoolExecutor) -> None:
        super().__init__()
        self._target = target
        self._executor = executor
        self._sha256 = hashlib.sha256()
        self._synced_size = 0
        self._pending_sync: Future[None] | None = None
        self.size = 0

    def writable(self) -> bool:
        """True: it is only written."""
        return True

    def write(self, content: Buffer, /) -> int:
        """Write and hash at once. Raises OSError where the disk is full."""
        hashed = self._executor.submit(self._sha256.update, content)
        try:
            written = self._target.write(content)
        finally:
            hashed.result()  # the content is the writer's again afterwards; a copy costs more
        self.size += written
        if self.size - self._synced_size >= SYNC_EVERY_BYTES:
            self.drain()
            self._synced_size = self.size
            self._pending_sync = self._executor.submit(_sync_and_evict, self._target.fileno())
        return written

    def drain(self) -> None:
        """Hand all that was written to the system. Raises OSError where it cannot keep it."""
        self._target.flush()
        if self._pending_sync is not None:
            self._pending_sync.result()

    def hexdigest(self) -> str:
        """The sha256 of all that was written."""
        return self._sha256.hexdigest()


def _sync_and_evict(descriptor: int) -> None:
    os.fsync(descriptor)
    if hasattr(os, "posix_fadvise"):  # not on a Mac
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
