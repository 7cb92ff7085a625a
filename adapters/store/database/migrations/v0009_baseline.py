"""The tables of the first version that was released; those of before are not brought here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = None


def upgrade() -> None:
    """Lay all tables, and let the public tenant have the first turn."""
    _simulations()
    _calls()
    _what_is_kept_of_simulations()
    _tenants()
    _conversations()
    op.execute("insert into tenant_turn (tenant, turn) values ('public', 0)")


def _simulations() -> None:
    op.create_table(
        "simulation",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False, server_default="public"),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("summary", sa.Text),
        sa.Column("budget", sa.Text),
        sa.Column("replay_of", sa.String(64)),
        sa.Column("replay", sa.Text),
        sa.Column("left_out", sa.Text),
    )
    going_on = "ended_at is null"
    _index("simulation_newest", "simulation", ["created_at", "id"])
    _index("simulation_newest_own", "simulation", ["tenant", "created_at", "id"])
    _index("simulation_going_on", "simulation", ["tenant", "turn", "created_at", "id"], going_on)
    _index("simulation_unconcluded", "simulation", ["created_at", "id"], going_on)
    _index("simulation_cancelling", "simulation", ["id"], "state = 'cancelling'")
    _index("simulation_ended", "simulation", ["ended_at", "id"], "ended_at is not null")
    op.create_table(
        "simulation_label",
        sa.Column("simulation_id", sa.String(64), sa.ForeignKey("simulation.id"), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.String(64), nullable=False),
    )
    _index("simulation_label_value", "simulation_label", ["name", "value", "simulation_id"])


def _calls() -> None:
    op.create_table(
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
        _count("failures"),
        _count("spent_calls"),
        _count("spent_tokens"),
        sa.Column("spent_dollars", sa.Float, nullable=False, server_default="0"),
        sa.Column("sequence", sa.BigInteger),
        sa.Column("asking", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lost", sa.Integer, nullable=False, server_default="0"),
        _count("spent_output_tokens"),
        _count("spent_estimated"),
    )
    unfinished = "claimable_at is not null"
    _index("call_state", "call", ["simulation_id", "state"])
    _index("call_unfinished", "call", ["simulation_id", "claimable_at", "idx"], unfinished)
    _index("call_leased", "call", ["claimable_at"], "state = 'leased'")
    _index("call_suspect", "call", ["claimable_at"], f"lost >= 2 and {unfinished}")
    _index("call_sequence", "call", ["simulation_id", "sequence"], "sequence is not null")


def _what_is_kept_of_simulations() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False, server_default="public"),
    )
    _index("batch_oldest", "batch", ["created_at"])
    op.create_table(
        "delivery",
        sa.Column("simulation_id", sa.String(64), sa.ForeignKey("simulation.id"), primary_key=True),
        sa.Column("delivered_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "gone",
        sa.Column("simulation_id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("gone_at", sa.BigInteger, nullable=False),
    )
    _index("gone_oldest", "gone", ["gone_at"])
    op.create_table(
        "idempotency",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("route", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("simulation_id", sa.String(64), nullable=False),
    )
    _index("idempotency_simulation", "idempotency", ["simulation_id"])
    op.create_table(
        "webhook",
        sa.Column("simulation_id", sa.String(64), sa.ForeignKey("simulation.id"), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("owner", sa.String(128)),
        sa.Column("failure", sa.String(64)),
        sa.Column("settled_at", sa.BigInteger),
    )
    _index("webhook_due", "webhook", ["due_at"], "due_at is not null")


def _tenants() -> None:
    op.create_table(
        "tenant_turn",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("turn", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tenant_day",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("scopes", sa.String(64), nullable=False),
        sa.Column("hashed", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
    )


def _conversations() -> None:
    op.create_table(
        "conversation",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("persona_id", sa.String(64), nullable=False),
        sa.Column("segment_id", sa.String(32), nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    _index("conversation_expiry", "conversation", ["expires_at"])
    op.create_table(
        "turn",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(64), primary_key=True),
        sa.Column("idx", sa.Integer, primary_key=True),
        sa.Column("turn", sa.Text, nullable=False),
    )


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
