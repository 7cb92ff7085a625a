"""Events as rows: the order in which a simulation's calls ended, which any process can resume from.

Each call that ends takes the next number of its simulation. A reader who has seen a number has
seen, or will never see, every lower one: whoever hands out numbers of a simulation waits until
the one before has committed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, func, select

from adapters.store.rows import read_record
from adapters.store.schema import call as calls
from adapters.store.schema import simulation as simulations
from domain.simulations import CallRecord, CallState, Mark, SimulationState

OVER = (CallState.DONE, CallState.FAILED)


def next_numbers(connection: Connection, simulation_ids: Sequence[str]) -> Iterator[int]:
    """The number of each call that ends, by its simulation. For those who are in turn only."""
    last = {each: _last_number(connection, each) for each in set(simulation_ids)}
    taken: Counter[str] = Counter()
    for each in simulation_ids:
        taken[each] += 1
        yield last[each] + taken[each]


def find_marks(connection: Connection, simulation_ids: Sequence[str]) -> Mapping[str, Mark]:
    """How far simulations are, without those that are not there."""
    query = select(simulations.c.id, simulations.c.state, _LAST_NUMBER).where(
        simulations.c.id.in_(simulation_ids)
    )
    return {
        row.id: Mark(SimulationState(row.state), row.sequence or 0)
        for row in connection.execute(query)
    }


def find_ended(
    connection: Connection, simulation_id: str, limit: int, after: int
) -> Sequence[tuple[int, CallRecord]]:
    """Calls that ended with a number above `after`, by number."""
    query = (
        select(calls)
        .where(
            calls.c.simulation_id == simulation_id,
            calls.c.sequence > after,
            calls.c.state.in_(OVER),
        )
        .order_by(calls.c.sequence)
        .limit(limit)
    )
    return [(row.sequence, read_record(row)) for row in connection.execute(query)]


def _last_number(connection: Connection, simulation_id: str) -> int:
    query = select(func.max(calls.c.sequence)).where(
        calls.c.simulation_id == simulation_id, calls.c.sequence.is_not(None)
    )
    return connection.execute(query).scalar_one() or 0


# One look into the index for each: grouping would walk through all of it.
_LAST_NUMBER = (
    select(func.max(calls.c.sequence))
    .where(calls.c.simulation_id == simulations.c.id, calls.c.sequence.is_not(None))
    .scalar_subquery()
    .label("sequence")
)
