"""Servers for the store's tests."""

from collections.abc import Iterator

import pytest

from tests.clusters import MISSING, Cluster, cluster, programs


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    """A PostgreSQL server of this test session's own."""
    found = programs()
    if found is None:
        pytest.skip(MISSING)
    pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")
    with cluster(found) as running:
        yield running
