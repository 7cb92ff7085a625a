"""Events as rows: the order in which a simulation's calls ended, which any process can resume from.

Each call that ends takes the next number of its simulation. A reader who has seen a number has
seen, or will never see, every lower one: whoever hands out numbers of a simulation waits until
the one before has committed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, bindparam, select

from adapters.store.database.rows import AnyRow, has_index, read_record
from adapters.store.database.schema import call as calls
from adapters.store.database.schema import simulation as simulations
from adapters.store.database.sums import MOST
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
    return {row.id: Mark(_state_of(row), row.sequence or 0) for row in connection.execute(query)}


def find_ended(
    connection: Connection, simulation_id: str, limit: int, after: int
) -> Sequence[tuple[int, CallRecord]]:
    """Calls that ended with a number above `after`, by number."""
    query = (
        select(calls)
        .where(
            calls.c.simulation_id == simulation_id,
            calls.c.sequence.between(after + 1, MOST),
            calls.c.state.in_(OVER),
        )
        .order_by(calls.c.sequence)
        .limit(limit)
    )
    rows = connection.execute(query)
    return [(row.sequence, read_record(row)) for row in rows if has_index(row)]


def _state_of(row: AnyRow) -> SimulationState:
    """A simulation in no state there is will be set aside."""
    known = row.state in set(SimulationState)
    return SimulationState(row.state) if known else SimulationState.FAILED


def _last_number(connection: Connection, simulation_id: str) -> int:
    return connection.execute(_LAST, {"which_simulation": simulation_id}).scalar() or 0


# One look into the index for each, past numbers that cannot be one of ours.
_NUMBERS = (
    select(calls.c.sequence)
    .where(calls.c.sequence.is_not(None), calls.c.sequence.between(1, MOST))
    .order_by(calls.c.sequence.desc())
    .limit(1)
)
_LAST = _NUMBERS.where(calls.c.simulation_id == bindparam("which_simulation"))
_LAST_NUMBER = (
    _NUMBERS.where(calls.c.simulation_id == simulations.c.id)
    .correlate(simulations)
    .scalar_subquery()
    .label("sequence")
)
