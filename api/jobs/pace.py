"""Pace: how much a supervisor does at once, and how long anything may take."""

from __future__ import annotations

from dataclasses import dataclass

from api.jobs.deadlines import CALL_SECONDS


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once, and how long anything may take.

    `concurrency` is calls in flight in this process. A lease is renewed every third of its time;
    it is how long the calls of a killed process wait before another takes them over.

    A call whose failure may pass is put off by each of `put_off_seconds` in turn before it counts
    as failed. An engine's own retries bridge seconds within one call; this bridges a provider that
    is away or throttles for longer, and holds no slot meanwhile. What ended is kept for so many
    days, for ever when None.
    """

    concurrency: int = 32
    lease_seconds: float = 30.0
    poll_seconds: float = 1.0
    call_timeout_seconds: float = CALL_SECONDS
    put_off_seconds: tuple[float, ...] = (5.0, 30.0)
    kept_days: float | None = None
