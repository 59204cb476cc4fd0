"""Whether a database has the tables that the code uses."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from surrogate.store import schema


def difference(connection: Connection) -> list[object]:
    """What would have to change for it to have them; empty where it has."""
    options = {"version_table": schema.VERSION_TABLE}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, schema.metadata))
