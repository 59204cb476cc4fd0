"""Whose child a campaign is, and the space and outcome that it asks about, in its own row."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add two columns; campaigns from before have no parent, and their question is in the plan."""
    for name in ("lineage", "question"):
        op.add_column("surrogate_campaigns", sa.Column(name, sa.JSON))
