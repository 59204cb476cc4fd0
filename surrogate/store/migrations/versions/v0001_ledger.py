"""The first ledger: campaigns, queries, runs, revisions, events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _campaign() -> "sa.Column[int]":
    target = sa.ForeignKey("surrogate_campaigns.id", ondelete="CASCADE")
    return sa.Column("campaign", sa.Integer, target, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    _make_campaigns()
    _make_queries()
    _make_runs()
    _make_notes()


def _make_campaigns() -> None:
    op.create_table(
        "surrogate_campaigns",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("identity", sa.String(200), nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("parent", sa.String(200)),
    )


def _make_queries() -> None:
    op.create_table(
        "surrogate_queries",
        sa.Column("id", sa.Integer, primary_key=True),
        _campaign(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("point", sa.JSON, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("gain", sa.Float),
        sa.Column("gain_unit", sa.String(200), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("pending", sa.JSON, nullable=False),
        sa.Column("effort", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(200)),
        sa.Column("expires", sa.Float),
        sa.UniqueConstraint("campaign", "number", name="surrogate_queries_number"),
        sa.Index("surrogate_queries_state", "campaign", "state", "number"),
    )


def _make_runs() -> None:
    query = sa.ForeignKey("surrogate_queries.id", ondelete="CASCADE")
    op.create_table(
        "surrogate_runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("query", sa.Integer, query, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("lost", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("sds", sa.JSON, nullable=False),
        sa.Column("cost", sa.Float),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("output", sa.Text, nullable=False),
        sa.Column("exit_code", sa.Integer),
        sa.Column("started", sa.Float, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("worker", sa.String(200), nullable=False),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.UniqueConstraint("query", "attempt", "lost", name="surrogate_runs_attempt"),
    )


def _make_notes() -> None:
    op.create_table(
        "surrogate_revisions",
        sa.Column("id", sa.Integer, primary_key=True),
        _campaign(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.Column("recipe", sa.String(200), nullable=False),
        sa.Column("hyperparameters", sa.JSON, nullable=False),
        sa.UniqueConstraint("campaign", "number", name="surrogate_revisions_number"),
    )
    op.create_table(
        "surrogate_events",
        sa.Column("id", sa.Integer, primary_key=True),
        _campaign(),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
