"""Tenants, idempotency keys of their own, budgets, replays, retries and expiry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What there is becomes the public tenant's."""
    _keep_idempotency_keys()
    _widen_simulations()
    _widen_calls()
    op.add_column("batch", _tenant())
    op.create_index("batch_oldest", "batch", ["created_at"])
    op.create_table(
        "tenant_turn",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("turn", sa.BigInteger, nullable=False),
    )
    op.execute("insert into tenant_turn (tenant, turn) values ('public', 0)")
    op.create_table(
        "gone",
        sa.Column("simulation_id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("gone_at", sa.BigInteger, nullable=False),
    )
    op.create_index("gone_oldest", "gone", ["gone_at"])


def _keep_idempotency_keys() -> None:
    op.create_table(
        "idempotency",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("route", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("simulation_id", sa.String(64), nullable=False),
    )
    op.create_index("idempotency_simulation", "idempotency", ["simulation_id"])
    op.execute(
        "insert into idempotency (tenant, route, key, request_hash, simulation_id)"
        " select 'public', '/simulations', idempotency_key, request_hash, id"
        " from simulation where idempotency_key is not null"
    )


def _widen_simulations() -> None:
    op.drop_index("simulation_going_on", "simulation")
    # SQLite drops no unique column: the table is made anew there.
    with op.batch_alter_table("simulation") as simulation:
        simulation.drop_column("idempotency_key")
        simulation.drop_column("request_hash")
        simulation.add_column(_tenant())
        simulation.add_column(sa.Column("budget", sa.Text))
        simulation.add_column(sa.Column("replay_of", sa.String(64)))
        simulation.add_column(sa.Column("replay", sa.Text))
    op.create_index("simulation_newest_own", "simulation", ["tenant", "created_at", "id"])
    _index_where("simulation_going_on", ["tenant", "turn", "created_at", "id"], "ended_at is null")
    _index_where("simulation_unconcluded", ["created_at", "id"], "ended_at is null")
    _index_where("simulation_cancelling", ["id"], "state = 'cancelling'")
    _index_where("simulation_ended", ["ended_at", "id"], "ended_at is not null")


def _widen_calls() -> None:
    for name in ("failures", "spent_calls", "spent_tokens"):
        op.add_column("call", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("call", sa.Column("spent_dollars", sa.Float, nullable=False, server_default="0"))
    leased = sa.text("state = 'leased'")
    op.create_index(
        "call_leased", "call", ["claimable_at"], sqlite_where=leased, postgresql_where=leased
    )


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.String(64), nullable=False, server_default="public")


def _index_where(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "simulation", columns, sqlite_where=condition, postgresql_where=condition)
