"""Damaged: every row of the store that cannot be read, for an operator to know of."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from adapters.store.batches import read_batch
from adapters.store.calls.damage import shown
from adapters.store.conversations import conversation, read_conversation, read_turn, turn
from adapters.store.database.rows import has_index, read_record, unreadable
from adapters.store.database.schema import batch as batches
from adapters.store.database.schema import call as calls
from adapters.store.database.schema import simulation as simulations
from adapters.store.keys.keys import api_key, key_of
from domain.errors import Damaged
from domain.simulations import DAMAGED, Damage

AT_ONCE = 200


def find_damage(connection: Connection) -> Iterator[Damage]:
    """Damage as it is come across, table by table. Reads all there is, a few rows at a time."""
    yield from _simulations(connection)
    yield from _calls(connection)
    yield from _conversations(connection)
    for row in connection.execute(select(batches).execution_options(yield_per=AT_ONCE)):
        if read_batch(row.batch) is None:
            yield Damage("batch", shown(row.id), ("batch",))
    for row in connection.execute(select(api_key)).all():
        if key_of(row) is None:
            yield Damage("API key", shown(row.id))


def _simulations(connection: Connection) -> Iterator[Damage]:
    for row in connection.execute(select(simulations).execution_options(yield_per=AT_ONCE)):
        columns = unreadable(row)
        if not isinstance(row.id, str):
            yield Damage("simulation", shown(row.id), ("id",))
        elif columns:
            yield Damage("simulation", shown(row.id), columns)


def _calls(connection: Connection) -> Iterator[Damage]:
    for row in connection.execute(select(calls).execution_options(yield_per=AT_ONCE)):
        record = read_record(row) if has_index(row) else None
        if record is None or (record.failure and record.failure.code == DAMAGED):
            yield Damage("call", f"{shown(row.simulation_id)}/{shown(row.idx)}")


def _conversations(connection: Connection) -> Iterator[Damage]:
    for row in connection.execute(select(conversation).execution_options(yield_per=AT_ONCE)):
        try:
            read_conversation(row)
        except Damaged:
            yield Damage("conversation", shown(row.id))
    for row in connection.execute(select(turn).execution_options(yield_per=AT_ONCE)):
        try:
            read_turn(row.turn)
        except Damaged:
            yield Damage("turn", f"{shown(row.conversation_id)}/{shown(row.idx)}", ("turn",))
