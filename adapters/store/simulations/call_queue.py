"""Call queue: calls are leased to workers and finished.

A call is at-least-once for the engine that reacts and exactly-once in the store: only the holder of
the newest lease can finish it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from adapters.store.calls.budgets import reserve
from adapters.store.calls.claims import Lease, claim_calls
from adapters.store.calls.events import next_numbers
from adapters.store.calls.leases import (
    call_off_call,
    extend_leases,
    finish_calls,
    put_off_call,
    release_calls,
    spent_more,
)
from adapters.store.calls.losses import take_back
from adapters.store.database.database import MICROSECONDS
from adapters.store.database.rows import finished_call
from adapters.store.simulations.store_part import StorePart
from domain.errors import NotStorable
from domain.simulations import (
    FinishedCall,
    LeasedCall,
    Spent,
)


class SqlCallQueue(StorePart):
    """A CallQueue on SQLAlchemy Core."""

    def claim(self, owner: str, limit: int, lease_seconds: float) -> Sequence[LeasedCall]:
        """See the port."""
        with self._database.alone() as connection:
            now = self._database.now(connection)
            take_back(connection, now, self._database.take_turns)
            lease = Lease(owner, now, now + round(lease_seconds * MICROSECONDS))
            return claim_calls(connection, lease, limit, self._limits.leased_calls)

    def extend(self, leased: Sequence[LeasedCall], lease_seconds: float) -> Sequence[LeasedCall]:
        """See the port."""
        with self._database.writing() as connection:
            return extend_leases(connection, leased, self._in(connection, lease_seconds))

    def finish(self, finished: Sequence[FinishedCall]) -> Sequence[bool | NotStorable]:
        """See the port. Each goes into a commit of its own where one of them cannot be stored."""
        try:
            return self._finish_together(finished)
        except NotStorable as refused:
            if len(finished) == 1:
                return [refused]
            return [self.finish([each])[0] for each in finished]

    def reserve(self, leased: LeasedCall, spent: Spent) -> bool:
        """See the port."""
        with self._database.alone() as connection:
            return reserve(connection, leased, spent)

    def call_off(self, leased: LeasedCall, spent: Spent) -> bool:
        """See the port."""
        with self._database.writing() as connection:
            return call_off_call(connection, leased, spent)

    def put_off(self, leased: LeasedCall, seconds: float, spent: Spent) -> bool:
        """See the port."""
        with self._database.writing() as connection:
            return put_off_call(connection, leased, self._in(connection, seconds), spent)

    def release(self, leased: Sequence[LeasedCall], spent: Sequence[Spent] = ()) -> None:
        """See the port."""
        with self._database.writing() as connection:
            release_calls(connection, leased, spent)

    def _finish_together(self, finished: Sequence[FinishedCall]) -> Sequence[bool]:
        rows = [finished_call(each.outcome, each.latency_ms) for each in finished]
        ids = [each.leased.simulation_id for each in finished]
        with self._database.writing() as connection:
            self._database.take_turns(connection, ids)
            numbers = next_numbers(connection, ids)
            outcomes = [
                (each.leased, {**row, **spent_more(each.spent), "sequence": number})
                for each, row, number in zip(finished, rows, numbers, strict=True)
            ]
            return finish_calls(connection, outcomes)

    def _in(self, connection: Connection, seconds: float) -> int:
        return self._database.now(connection) + round(seconds * MICROSECONDS)
