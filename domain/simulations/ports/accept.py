"""Accept: what a client asks of simulations - to begin, to end early, to be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from domain.callers import PUBLIC
from domain.simulations.simulation import (
    Allowance,
    Call,
    Idempotency,
    LeftOut,
    Simulation,
    SimulationRequest,
)
from domain.simulations.usage import Budget


class SubmissionStore(Protocol):
    """Takes simulations in and changes what shall become of them. See SimulationStore."""

    def submit(  # noqa: PLR0913 - all of it is accepted at once or not at all
        self,
        simulation_id: str,
        request: SimulationRequest,
        calls: Sequence[Call],
        idempotency: Idempotency | None = None,
        *,
        tenant: str = PUBLIC,
        replay_of: str | None = None,
        allowance: Allowance | None = None,
        left_out: Sequence[LeftOut] = (),
    ) -> tuple[Simulation, bool]:
        """Put a simulation on disk. True means an earlier one with this key was returned instead.

        Only what is put there counts against the allowance. Raises IdempotencyConflict when the key
        came before with another request, QueueFull when the unfinished calls would exceed the
        store's limit, QuotaExceeded when the allowance does not have the calls.
        """
        ...

    def find_submitted(self, idempotency: Idempotency, tenant: str = PUBLIC) -> Simulation | None:
        """What came under this key before, or None. Raises IdempotencyConflict."""
        ...

    def cancel(self, simulation_id: str) -> Simulation | None:
        """Call off what has not begun and have workers stop; as it then is, None if there is none.

        A final simulation stays as it is.
        """
        ...

    def retry(self, simulation_id: str, budget: Budget | None = None) -> Simulation | None:
        """Have failed and cancelled calls tried again, under a new budget if there is one.

        Raises StateConflict when it is not final, has no such call or has used up its budget, and
        QueueFull.
        """
        ...


class QuotaStore(Protocol):
    """Reactions each tenant has had on a day. All methods block. Raises Unavailable."""

    def take(self, tenant: str, day: date, calls: int, most: int) -> bool:
        """Count `calls` more, unless the day would then have more than `most`: False, none."""
        ...

    def give_back(self, tenant: str, day: date, calls: int) -> None:
        """Count `calls` less: they were taken and not used."""
        ...
