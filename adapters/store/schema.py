"""The tables of durable simulations and batches, and how a database comes to have them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from domain.errors import Unavailable

SCHEMA_VERSION = 3  # 2: batches, 3: deliveries

metadata = MetaData()

# Times are microseconds since 1970 UTC: whole numbers compare and page exactly on every database.
simulation = Table(
    "simulation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("idempotency_key", String(255), unique=True),
    Column("request_hash", String(64)),
    Column("request", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("turn", BigInteger, nullable=False),  # grows with each claim: the round robin's order
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("error", Text),
    Column("summary", Text),
)
Index("simulation_newest", simulation.c.created_at, simulation.c.id)
_going_on = simulation.c.ended_at.is_(None)
Index(
    "simulation_going_on",
    simulation.c.turn,
    simulation.c.created_at,
    simulation.c.id,
    sqlite_where=_going_on,
    postgresql_where=_going_on,
)

label = Table(
    "simulation_label",
    metadata,
    Column("simulation_id", ForeignKey(simulation.c.id), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", String(64), nullable=False),
)
Index("simulation_label_value", label.c.name, label.c.value, label.c.simulation_id)

# `claimable_at` is when a call may be claimed: 0 while it is ready, the end of its lease while it
# is leased, null once it is over. One partial index then serves claiming, taking over expired
# leases, counting unfinished calls and finding simulations without any.
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

# What a service function sent: its rows, and by their ids the simulations that answer them.
batch = Table(
    "batch",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("batch", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)


# Concluded simulations that the log outside of this database has heard of.
delivery = Table(
    "delivery",
    metadata,
    Column("simulation_id", ForeignKey(simulation.c.id), primary_key=True),
    Column("delivered_at", BigInteger, nullable=False),
)


def lay_sqlite_schema(connection: Connection) -> None:
    """Create what is missing inside the caller's write transaction, so that processes may race.

    Raises Unavailable on a file laid by a newer version of this software.
    """
    version = int(connection.exec_driver_sql("pragma user_version").scalar_one())
    if version > SCHEMA_VERSION:
        raise Unavailable(
            "the simulation store",
            f"its schema is version {version} and this software knows {SCHEMA_VERSION}; "
            "start the version that wrote it, or a newer one",
        )
    if version < SCHEMA_VERSION:
        metadata.create_all(connection)
        connection.exec_driver_sql(f"pragma user_version = {SCHEMA_VERSION}")
