"""Admission: as many costly requests under way as the service can answer in good time, no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from api.representations.problems import BUSY, Refused

RETRY_SECONDS = 1  # chosen: what is under way is seconds of work, and a crowd comes back spread out


class Admission:
    """Counts what is under way, in one event loop, and turns away what would only wait.

    An answer that comes too late is work done for nobody: beyond twice what can be computed, a
    queue without a limit answers everyone late, a short one answers half of them in time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way = 0

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Hold a place while the block runs. Raises Refused (503) when all are taken."""
        if self._under_way >= self._most:
            detail = f"{self._most} are being answered already; try again shortly, with jitter"
            raise Refused(BUSY, detail, headers={"Retry-After": str(RETRY_SECONDS)})
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
