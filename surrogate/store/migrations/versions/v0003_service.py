"""What a service keeps: people's opinions of sweet spots, tokens, and replies by their key."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add three tables."""
    _make_opinions()
    _make_tokens()
    _make_replies()


def _make_opinions() -> None:
    campaign = sa.ForeignKey("surrogate_campaigns.id", ondelete="CASCADE")
    op.create_table(
        "surrogate_opinions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign", sa.Integer, campaign, nullable=False),
        sa.Column("point", sa.JSON, nullable=False),
        sa.Column("level", sa.Float, nullable=False),
        sa.Column("above", sa.Boolean, nullable=False),
        sa.Column("judgement", sa.String(20), nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )


def _make_tokens() -> None:
    op.create_table(
        "surrogate_tokens",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("campaign", sa.String(200)),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("revoked", sa.Float),
    )


def _make_replies() -> None:
    op.create_table(
        "surrogate_replies",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.UniqueConstraint("who", "key", name="surrogate_replies_key"),
    )
