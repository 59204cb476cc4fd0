"""What people say of results, beside them; and runs that know their campaign."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add a table, and a column with its index."""
    _make_annotations()
    op.add_column("surrogate_runs", sa.Column("campaign", sa.Integer))
    op.execute(
        "UPDATE surrogate_runs SET campaign = (SELECT campaign FROM surrogate_queries "
        "WHERE surrogate_queries.id = surrogate_runs.query)"
    )
    op.create_index("surrogate_runs_status", "surrogate_runs", ["campaign", "status"])


def _make_annotations() -> None:
    query = sa.ForeignKey("surrogate_queries.id", ondelete="CASCADE")
    op.create_table(
        "surrogate_annotations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("query", sa.Integer, query, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("sds", sa.JSON, nullable=False),
    )
    op.create_index("surrogate_annotations_query", "surrogate_annotations", ["query"])
