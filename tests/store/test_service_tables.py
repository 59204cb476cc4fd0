"""What a service keeps in the ledger, on both databases: tokens, opinions, replies by key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from surrogate.errors import DataError, StoreError, UnknownName
from surrogate.records import QueryState
from surrogate.store.service_tables import (
    Errand,
    Judgement,
    Opinion,
    Opinions,
    Replies,
    Reply,
    Role,
    Token,
    Tokens,
    digest,
)
from surrogate.store.sql import SqlStore, open_store
from tests.clusters import Cluster
from tests.contracts.store_laws import CAMPAIGN, RECORD, query

ERRAND = Errand("ann", "k1", "abc")


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    place = str(tmp_path / "store.db")
    if request.param == "postgres":
        server: Cluster = request.getfixturevalue("server")
        place = server.url(f"s{abs(hash(request.node.name))}")
        _make_schema(server, place)
    opened = open_store(place)
    opened.create_campaign(RECORD)
    yield opened
    opened.close()


def _make_schema(server: Cluster, place: str) -> None:
    import psycopg

    name = place.rpartition("%3D")[2]
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())


def test_a_token_is_known_by_its_secret_alone(store: SqlStore) -> None:
    tokens = Tokens(store.database)
    secret = tokens.create("ann", Role.WORKER, now=5.0, campaign=CAMPAIGN)
    assert tokens.holder(secret) == Token("ann", Role.WORKER, CAMPAIGN, 5.0)
    assert tokens.holder(secret + "x") is None
    assert tokens.holder(digest(secret)) is None


def test_no_secret_is_kept(tmp_path: Path) -> None:
    opened = open_store(tmp_path / "store.db")
    secret = Tokens(opened.database).create("ann", Role.ADMIN, now=5.0)
    opened.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in kept


def test_a_revoked_token_counts_no_more(store: SqlStore) -> None:
    tokens = Tokens(store.database)
    secret = tokens.create("ann", Role.READER, now=5.0)
    tokens.revoke("ann", now=6.0)
    assert tokens.holder(secret) is None
    assert tokens.all() == (Token("ann", Role.READER, None, 5.0, 6.0),)
    with pytest.raises(UnknownName, match="no token 'ann' is in force"):
        tokens.revoke("ann", now=7.0)


def test_two_tokens_of_one_name_are_refused(store: SqlStore) -> None:
    Tokens(store.database).create("ann", Role.READER, now=5.0)
    with pytest.raises(StoreError, match="a token 'ann' already; give this one another name"):
        Tokens(store.database).create("ann", Role.ADMIN, now=6.0)


def test_opinions_come_back_in_order(store: SqlStore) -> None:
    first = Opinion({"x": 1.5}, 0.5, True, Judgement.EXPLOIT, "too easy", "ann", 1.0)
    second = Opinion({"x": 1.5}, 0.5, True, Judgement.INTENDED, "", "bob", 2.0)
    opinions = Opinions(store.database)
    opinions.add(CAMPAIGN, first)
    opinions.add(CAMPAIGN, second)
    assert opinions.of(CAMPAIGN) == (first, second)


def test_an_errand_is_run_once(store: SqlStore) -> None:
    replies, ran = Replies(store.database), []

    def act() -> Reply:
        ran.append(1)
        return Reply(201, {"ran": len(ran)})

    assert replies.once(ERRAND, act, now=1.0) == Reply(201, {"ran": 1})
    assert replies.once(ERRAND, act, now=2.0) == Reply(201, {"ran": 1})
    assert len(ran) == 1


def test_a_key_stands_for_one_request(store: SqlStore) -> None:
    replies = Replies(store.database)
    replies.once(ERRAND, lambda: Reply(200, None), now=1.0)
    with pytest.raises(DataError, match="key 'k1' came before with another request"):
        replies.once(Errand("ann", "k1", "other"), lambda: Reply(200, None), now=1.0)


def test_an_errand_that_fails_leaves_nothing_of_itself(store: SqlStore) -> None:
    def act() -> Reply:
        store.add_queries(CAMPAIGN, [query(0)])
        assert len(store.queries(CAMPAIGN, QueryState.QUEUED)) == 1
        raise StoreError("no more")

    with pytest.raises(StoreError, match="no more"):
        Replies(store.database).once(ERRAND, act, now=1.0)
    assert store.queries(CAMPAIGN) == ()
    reply = Replies(store.database).once(ERRAND, lambda: Reply(200, 7), now=2.0)
    assert reply.body == 7


def test_a_part_that_fails_is_undone_alone(store: SqlStore) -> None:
    store.add_queries(CAMPAIGN, [query(0)])
    with store.database.write():
        with pytest.raises(StoreError):
            store.add_queries(CAMPAIGN, [query(1), query(0)])
        store.add_queries(CAMPAIGN, [query(2)])
    assert [one.index for one in store.queries(CAMPAIGN)] == [0, 2]


def test_old_replies_are_forgotten(store: SqlStore) -> None:
    replies = Replies(store.database)
    replies.once(ERRAND, lambda: Reply(200, 1), now=1.0)
    assert replies.forget(before=2.0) == 1
    assert replies.once(ERRAND, lambda: Reply(200, 2), now=3.0).body == 2


def test_a_commit_by_anybody_is_noticed_and_a_look_is_not(tmp_path: Path) -> None:
    mine, other = open_store(tmp_path / "store.db"), open_store(tmp_path / "store.db")
    first = mine.database.moment()
    Tokens(mine.database).any_in_force()
    assert mine.database.moment() == first
    Tokens(other.database).create("ann", Role.READER, now=5.0)
    second = mine.database.moment()
    Tokens(mine.database).create("bob", Role.READER, now=5.0)
    assert len({first, second, mine.database.moment()}) == 3
    mine.close()
    other.close()


def test_whoever_writes_sees_no_moment_for_what_may_be_undone(store: SqlStore) -> None:
    with store.database.write():
        assert store.database.moment() is None
