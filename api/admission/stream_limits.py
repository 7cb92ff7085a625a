"""Stream limits: as many streams open at once as one caller may have, no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from api.representations.problems import TOO_MANY_STREAMS, Refused
from domain.callers import Caller

RETRY_SECONDS = 5  # chosen: a stream ends with its simulation or its ask, which take seconds


class StreamLimits:
    """Counts open streams by caller, in one event loop; a limit of 0 is none.

    An open stream holds a connection and a place among those the process may have, for as long as
    somebody likes to listen. Callers without a key or a name count as one.
    """

    def __init__(self, most_per_caller: int) -> None:
        self._most = most_per_caller
        self._open: Counter[Caller] = Counter()

    def open_of(self, caller: Caller) -> int:
        """How many streams this caller has open."""
        return self._open[caller]

    @contextmanager
    def admit(self, caller: Caller) -> Iterator[None]:
        """Hold a place while the block runs. Raises Refused (429) when the caller has no more."""
        if self._most and self._open[caller] >= self._most:
            detail = f"you have {self._most:,} streams open; end one, or read pages instead"
            headers = {"Retry-After": str(RETRY_SECONDS)}
            raise Refused(TOO_MANY_STREAMS, detail, headers=headers)
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]
