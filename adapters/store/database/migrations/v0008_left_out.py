"""Personas that a simulation leaves out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Earlier simulations asked everybody they chose."""
    op.add_column("simulation", sa.Column("left_out", sa.Text))
