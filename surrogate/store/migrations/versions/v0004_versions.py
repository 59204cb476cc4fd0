"""Every row says which version of the simulator it belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TABLES = ("queries", "annotations", "revisions", "events", "opinions")


def upgrade() -> None:
    """Add a column to five tables; what was written before says nothing."""
    for table in _TABLES:
        column = sa.Column("version", sa.String(200), nullable=False, server_default="")
        op.add_column(f"surrogate_{table}", column)
