"""Requests counted in advance, workers lost on a call, and what replies took of its tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """What earlier calls spent stays; how much of it replies took is not known, and is none."""
    for column in (
        sa.Column("asking", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lost", sa.Integer, nullable=False, server_default="0"),
        sa.Column("spent_output_tokens", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("spent_estimated", sa.BigInteger, nullable=False, server_default="0"),
    ):
        op.add_column("call", column)
    suspect = sa.text("lost >= 2 and claimable_at is not null")
    op.create_index(
        "call_suspect",
        "call",
        ["claimable_at"],
        sqlite_where=suspect,
        postgresql_where=suspect,
    )
