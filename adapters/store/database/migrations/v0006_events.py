"""The order in which calls end, for those who watch, and webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Calls that are over get numbers in the order they were asked: no other is known."""
    op.add_column("call", sa.Column("sequence", sa.BigInteger))
    op.execute("update call set sequence = idx + 1 where state in ('done', 'failed')")
    _index_where("call_sequence", "call", ["simulation_id", "sequence"], "sequence is not null")
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
    _index_where("webhook_due", "webhook", ["due_at"], "due_at is not null")


def _index_where(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
