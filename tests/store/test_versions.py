"""Every row of the ledger says which version of the simulator it belongs to."""

from pathlib import Path

import pytest
from sqlalchemy import Table, select

from surrogate.records import Annotation, Revision, Verdict
from surrogate.store import schema
from surrogate.store.service_tables import Judgement, Opinion, Opinions
from surrogate.store.sql import SqlStore, open_store
from tests.contracts.store_laws import CAMPAIGN, RECORD, claimed, ok, query

NO_SIMULATORS = (schema.tokens.name, schema.dues.name)  # the service's, and the clock's
TABLES = [
    table
    for table in schema.metadata.sorted_tables
    if ("campaign" in table.c or "query" in table.c) and table.name not in NO_SIMULATORS
]


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    opened = open_store(tmp_path / "store.db")
    opened.create_campaign(RECORD)
    opened.add_queries(CAMPAIGN, [query(0)])
    claimed(opened, 1)
    opened.record(CAMPAIGN, [ok(0)])
    opened.annotate(CAMPAIGN, [Annotation(0, Verdict.EXCLUDED, "ann", 1.0, "odd")])
    opened.add_revision(CAMPAIGN, Revision(1, (0,), "gp", {}))
    opened.note(CAMPAIGN, "test", "by hand", now=1.0)
    opinion = Opinion({"x": 1.0}, 0.5, True, Judgement.UNSURE, "", "ann", 1.0)
    Opinions(opened.database).add(CAMPAIGN, opinion)
    return opened


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_row_carries_the_version_of_the_simulator(store: SqlStore, table: Table) -> None:
    with store.database.read() as connection:
        found = connection.execute(select(table.c.version)).scalars().all()
    assert found
    assert set(found) == {RECORD.version}
    store.close()


def test_what_is_written_after_the_code_changed_carries_the_new_version(store: SqlStore) -> None:
    store.update_plan(CAMPAIGN, RECORD.plan, version="v2")
    store.add_queries(CAMPAIGN, [query(1)])
    with store.database.read() as connection:
        found = connection.execute(select(schema.queries.c.version)).scalars().all()
    assert found == ["v1", "v2"]
    store.close()
