"""The tables of durable simulations and batches, as the newest step of migrations leaves them.

Labels, calls and deliveries belong to the tenant of their simulation and are reached through it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    literal,
)

from domain.callers import PUBLIC

metadata = MetaData()

# Times are microseconds since 1970 UTC: whole numbers compare and page exactly on every database.
simulation = Table(
    "simulation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(64), nullable=False, server_default=PUBLIC),
    Column("request", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("turn", BigInteger, nullable=False),  # grows with each claim: the round robin's order
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("error", Text),
    Column("summary", Text),
    Column("budget", Text),  # the one in force, which a retry may have raised
    Column("replay_of", String(64)),
    Column("replay", Text),
    Column("left_out", Text),
)
Index("simulation_newest", simulation.c.created_at, simulation.c.id)
Index("simulation_newest_own", simulation.c.tenant, simulation.c.created_at, simulation.c.id)
_going_on = simulation.c.ended_at.is_(None)
Index(
    "simulation_going_on",
    simulation.c.tenant,
    simulation.c.turn,
    simulation.c.created_at,
    simulation.c.id,
    sqlite_where=_going_on,
    postgresql_where=_going_on,
)

Index(
    "simulation_unconcluded",
    simulation.c.created_at,
    simulation.c.id,
    sqlite_where=_going_on,
    postgresql_where=_going_on,
)
_cancelling = simulation.c.state == "cancelling"
Index(
    "simulation_cancelling",
    simulation.c.id,
    sqlite_where=_cancelling,
    postgresql_where=_cancelling,
)
_ended = simulation.c.ended_at.is_not(None)
Index(
    "simulation_ended",
    simulation.c.ended_at,
    simulation.c.id,
    sqlite_where=_ended,
    postgresql_where=_ended,
)

# Promises that the same key means the same request, for as long as the simulation is kept.
idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("route", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("simulation_id", String(64), nullable=False),
)
Index("idempotency_simulation", idempotency.c.simulation_id)

# When each tenant's calls were claimed last, in claims: the round robin over tenants.
tenant_turn = Table(
    "tenant_turn",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("turn", BigInteger, nullable=False),
)

label = Table(
    "simulation_label",
    metadata,
    Column("simulation_id", ForeignKey(simulation.c.id), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", String(64), nullable=False),
)
Index("simulation_label_value", label.c.name, label.c.value, label.c.simulation_id)

# `claimable_at` is when a call may be claimed: while it is ready 0 or, after a failure that passes,
# a time to come; while it is leased the end of its lease; null once it is over. One partial index
# then serves claiming, taking over expired leases, counting unfinished calls and finding
# simulations without any.
# `asking` is how many requests to a language model its worker has leave for under a budget and has
# not accounted for; they count as made. `lost` is how often its lease ran out.
call = Table(
    "call",
    metadata,
    Column("simulation_id", String(64), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("scenario_index", Integer, nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("persona_id", String(64), nullable=False),
    Column("segment_id", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", String(128)),
    Column("claimable_at", BigInteger),
    Column("latency_ms", Float),
    Column("failure", Text),
    Column("reaction", Text),
    Column("failures", BigInteger, nullable=False, server_default="0"),
    Column("spent_calls", BigInteger, nullable=False, server_default="0"),
    Column("spent_tokens", BigInteger, nullable=False, server_default="0"),
    Column("spent_dollars", Float, nullable=False, server_default="0"),
    Column("asking", Integer, nullable=False, server_default="0"),
    Column("lost", Integer, nullable=False, server_default="0"),
    Column("spent_output_tokens", BigInteger, nullable=False, server_default="0"),
    Column("spent_estimated", BigInteger, nullable=False, server_default="0"),
    Column("sequence", BigInteger),  # which of its simulation's calls it was to end, from 1 on
    ForeignKeyConstraint(["simulation_id"], [simulation.c.id]),
)
Index("call_state", call.c.simulation_id, call.c.state)
_unfinished = call.c.claimable_at.is_not(None)
Index(
    "call_unfinished",
    call.c.simulation_id,
    call.c.claimable_at,
    call.c.idx,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)

_leased = call.c.state == "leased"
Index("call_leased", call.c.claimable_at, sqlite_where=_leased, postgresql_where=_leased)

SUSPECT = 2  # leases lost, from which on a call goes alone; see adapters/store/calls/losses.py
_suspect = (call.c.lost >= literal(SUSPECT, literal_execute=True)) & _unfinished
Index("call_suspect", call.c.claimable_at, sqlite_where=_suspect, postgresql_where=_suspect)

_ended_call = call.c.sequence.is_not(None)
Index(
    "call_sequence",
    call.c.simulation_id,
    call.c.sequence,
    sqlite_where=_ended_call,
    postgresql_where=_ended_call,
)

# What a service function sent: its rows, and by their ids the simulations that answer them.
batch = Table(
    "batch",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("batch", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("tenant", String(64), nullable=False, server_default=PUBLIC),
)
Index("batch_oldest", batch.c.created_at)

# Simulations that were deleted or have expired, remembered for a while.
gone = Table(
    "gone",
    metadata,
    Column("simulation_id", String(64), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("gone_at", BigInteger, nullable=False),
)
Index("gone_oldest", gone.c.gone_at)

# Concluded simulations that the log outside of this database has heard of.
delivery = Table(
    "delivery",
    metadata,
    Column("simulation_id", ForeignKey(simulation.c.id), primary_key=True),
    Column("delivered_at", BigInteger, nullable=False),
)
