"""The tables as they were before steps were numbered: simulations, batches and deliveries.

A file of the versions 1 and 2 has some of them and gets the rest.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = None


def upgrade() -> None:
    """Lay what is missing."""
    _simulations()
    _calls()
    _create(
        "batch",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    _create(
        "delivery",
        sa.Column("simulation_id", sa.String(64), sa.ForeignKey("simulation.id"), primary_key=True),
        sa.Column("delivered_at", sa.BigInteger, nullable=False),
    )


def _simulations() -> None:
    _create(
        "simulation",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("idempotency_key", sa.String(255), unique=True),
        sa.Column("request_hash", sa.String(64)),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("summary", sa.Text),
    )
    _index("simulation_newest", "simulation", ["created_at", "id"])
    _index("simulation_going_on", "simulation", ["turn", "created_at", "id"], "ended_at is null")
    _create(
        "simulation_label",
        sa.Column("simulation_id", sa.String(64), sa.ForeignKey("simulation.id"), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.String(64), nullable=False),
    )
    _index("simulation_label_value", "simulation_label", ["name", "value", "simulation_id"])


def _calls() -> None:
    _create(
        "call",
        sa.Column("simulation_id", sa.String(64), sa.ForeignKey("simulation.id"), primary_key=True),
        sa.Column("idx", sa.Integer, primary_key=True),
        sa.Column("scenario_index", sa.Integer, nullable=False),
        sa.Column("repeat", sa.Integer, nullable=False),
        sa.Column("persona_id", sa.String(64), nullable=False),
        sa.Column("segment_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(128)),
        sa.Column("claimable_at", sa.BigInteger),
        sa.Column("latency_ms", sa.Float),
        sa.Column("failure", sa.Text),
        sa.Column("reaction", sa.Text),
    )
    _index("call_state", "call", ["simulation_id", "state"])
    _index(
        "call_unfinished",
        "call",
        ["simulation_id", "claimable_at", "idx"],
        "claimable_at is not null",
    )


def _create(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(name, *columns, if_not_exists=True)


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        name,
        table,
        columns,
        sqlite_where=condition,
        postgresql_where=condition,
        if_not_exists=True,
    )
