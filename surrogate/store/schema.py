"""The tables of the ledger, the same for SQLite and PostgreSQL.

What a campaign has learned is derived from its runs, queries and annotations; nothing is kept
twice but a run's campaign, so that a million runs are counted in a moment. Names are prefixed, so
that the tables can share a database with others.

    campaigns 1 -- n queries 1 -- n runs
                             1 -- n annotations
              1 -- n revisions
              1 -- n events
              1 -- n opinions
    schedules 1 -- n dues
    tokens, replies: who may use a service over this ledger, and what was answered to whom
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION_TABLE = "surrogate_schema_version"
LATEST = "0006"  # the last file in migrations/versions

metadata = MetaData()
versions = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))


def _campaign() -> "Column[int]":
    return Column(
        "campaign", ForeignKey("surrogate_campaigns.id", ondelete="CASCADE"), nullable=False
    )


campaigns = Table(
    "surrogate_campaigns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("plan", JSON, nullable=False),
    Column("identity", String(200), nullable=False),
    Column("version", String(200), nullable=False),
    Column("created", Float, nullable=False),
    Column("parent", String(200)),
    Column("lineage", JSON(none_as_null=True)),
    Column("question", JSON(none_as_null=True)),
)


def _version() -> "Column[str]":
    """Which version of the simulator a row belongs to; empty: written before rows said so."""
    return Column("version", String(200), nullable=False, server_default="")


queries = Table(
    "surrogate_queries",
    metadata,
    Column("id", Integer, primary_key=True),
    _campaign(),
    Column("number", Integer, nullable=False),
    Column("point", JSON, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("gain", Float),
    Column("gain_unit", String(200), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("pending", JSON, nullable=False),
    Column("effort", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker", String(200)),
    Column("expires", Float),
    _version(),
    UniqueConstraint("campaign", "number", name="surrogate_queries_number"),
    Index("surrogate_queries_state", "campaign", "state", "number"),
)

runs = Table(
    "surrogate_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("query", ForeignKey("surrogate_queries.id", ondelete="CASCADE"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lost", Boolean, nullable=False),  # a lost attempt may still report later: two rows
    Column("status", String(10), nullable=False),
    Column("values", JSON, nullable=False),
    Column("sds", JSON, nullable=False),
    Column("cost", Float),
    Column("detail", JSON, nullable=False),
    Column("message", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("exit_code", Integer),
    Column("started", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("worker", String(200), nullable=False),
    Column("host", String(200), nullable=False),
    Column("version", String(200), nullable=False),
    Column("campaign", Integer),  # its query's
    UniqueConstraint("query", "attempt", "lost", name="surrogate_runs_attempt"),
    Index("surrogate_runs_status", "campaign", "status"),
)

annotations = Table(
    "surrogate_annotations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("query", ForeignKey("surrogate_queries.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("who", String(200), nullable=False),
    Column("at", Float, nullable=False),
    Column("why", Text, nullable=False),
    Column("values", JSON, nullable=False),
    Column("sds", JSON, nullable=False),
    _version(),
    Index("surrogate_annotations_query", "query"),
)

revisions = Table(
    "surrogate_revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    _campaign(),
    Column("number", Integer, nullable=False),
    Column("seen", JSON, nullable=False),
    Column("recipe", String(200), nullable=False),
    Column("hyperparameters", JSON, nullable=False),
    _version(),
    UniqueConstraint("campaign", "number", name="surrogate_revisions_number"),
)

events = Table(
    "surrogate_events",
    metadata,
    Column("id", Integer, primary_key=True),
    _campaign(),
    Column("at", Float, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("text", Text, nullable=False),
    _version(),
)

opinions = Table(
    "surrogate_opinions",
    metadata,
    Column("id", Integer, primary_key=True),
    _campaign(),
    Column("point", JSON, nullable=False),
    Column("level", Float, nullable=False),
    Column("above", Boolean, nullable=False),
    Column("judgement", String(20), nullable=False),
    Column("comment", Text, nullable=False),
    Column("who", String(200), nullable=False),
    Column("at", Float, nullable=False),
    _version(),
)

tokens = Table(
    "surrogate_tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("campaign", String(200)),  # None: every one
    Column("digest", String(64), nullable=False, unique=True),
    Column("created", Float, nullable=False),
    Column("revoked", Float),
)

replies = Table(
    "surrogate_replies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("who", String(200), nullable=False),
    Column("key", String(200), nullable=False),
    Column("request", String(64), nullable=False),  # a digest: the same key, the same request
    Column("status", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("at", Float, nullable=False),
    UniqueConstraint("who", "key", name="surrogate_replies_key"),
)

schedules = Table(
    "surrogate_schedules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("plan", Text, nullable=False),  # its file
    Column("cron", String(200), nullable=False),  # empty: by changes alone
    Column("zone", String(200), nullable=False),
    Column("watched", JSON, nullable=False),
    Column("print", String(200), nullable=False),  # of what is watched, as it was last
    Column("since", Float, nullable=False),  # due times up to here are dealt with
)

dues = Table(
    "surrogate_dues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("schedule", ForeignKey("surrogate_schedules.id", ondelete="CASCADE"), nullable=False),
    Column("due", String(200), nullable=False),  # the time, or the change, that it is for
    Column("state", String(20), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("campaign", String(200), nullable=False),  # empty: none was begun yet
    Column("began", Float, nullable=False),
    Column("ended", Float),
    Column("message", Text, nullable=False),
    UniqueConstraint("schedule", "due", name="surrogate_dues_due"),
)
