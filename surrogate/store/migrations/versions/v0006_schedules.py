"""Re-runs by the clock or on a change: schedules, and each time that one was due."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "surrogate_schedules",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("cron", sa.String(200), nullable=False),
        sa.Column("zone", sa.String(200), nullable=False),
        sa.Column("watched", sa.JSON, nullable=False),
        sa.Column("print", sa.String(200), nullable=False),
        sa.Column("since", sa.Float, nullable=False),
    )
    schedule = sa.ForeignKey("surrogate_schedules.id", ondelete="CASCADE")
    op.create_table(
        "surrogate_dues",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("schedule", sa.Integer, schedule, nullable=False),
        sa.Column("due", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("not_before", sa.Float, nullable=False),
        sa.Column("campaign", sa.String(200), nullable=False),
        sa.Column("began", sa.Float, nullable=False),
        sa.Column("ended", sa.Float),
        sa.Column("message", sa.Text, nullable=False),
        sa.UniqueConstraint("schedule", "due", name="surrogate_dues_due"),
    )
