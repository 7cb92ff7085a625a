"""Backlog: how much accepted work is not over yet, and how long the oldest of it has waited."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backlog:
    """Calls by what they wait for: `ready` for a worker, `leased` for the one who has them.

    `oldest_ready_seconds` is the age of the oldest simulation with a call that is ready, 0
    without one.
    """

    ready: int = 0
    leased: int = 0
    oldest_ready_seconds: float = 0.0
