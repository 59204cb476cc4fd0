"""A pool is asked item by item: none twice, whatever the rule, and no two items are confused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate.errors import PointError, SpaceError
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.recipes import recipe, seen_by
from surrogate.outcome import Binary, Number, Outcome
from surrogate.places import PoolPlaces
from surrogate.pool import Pool, read_pool
from surrogate.recorded import read_recorded
from surrogate.records import Observation, Query, Reason, Sentinel
from surrogate.representing import distances, reduced, representing

NINE, DEPTH = Binary("nine"), Number("depth")
ALLOYS = "alloy,copper,zinc,hard\nA1,0.5,20,1\nB2,0.7,30,0\nC3,0.9,40,\n"


def cloud(n: int = 60, d: int = 3) -> Pool:
    return Pool.of({"x": np.random.default_rng(0).random((n, d))}, ["x"])


def learner(pool: Pool, name: str = "svm", outcome: Outcome = NINE, **changes: Any) -> Learner:
    seen = seen_by(name, pool)
    goal = Goal.boundary(0.5) if outcome is NINE else Goal.map()
    made = recipe(name, outcome, seen.dimension)
    whole = Learner(seen, outcome, goal, seed=3, recipe=made, start=4, budget=30)
    return replace(whole, **changes)


def asked(mind: Learner, pool: Pool, count: int, batch: int = 5) -> list[Query]:
    """Run a campaign in which every seventh item declines and every eleventh is given up."""
    queries: list[Query] = []
    observations: list[Observation] = []
    fitted = None
    while len(queries) < count:
        taught = {one.query for one in observations if one.feasible}
        vain = [query for query in queries if query.index not in taught]
        new = mind.ask(batch, first=len(queries), pending=(), fitted=fitted, fruitless=vain)
        if not new:
            return queries
        queries += new
        for query in new:
            if query.index % 11 != 10:
                value = float(pool.units[int(query.point["item"]), 0] > 0.5)
                values = {} if query.index % 7 == 6 else {mind.outcome.name: value}
                observations.append(Observation(query.index, query.point, values))
        fitted = mind.fit(observations, fitted.revision if fitted else None)
    return queries


def test_columns_are_scaled_by_their_own_range_and_arrays_by_their_whole() -> None:
    images = np.array([[[0, 4], [8, 0]], [[0, 0], [2, 0]]])
    pool = Pool.of({"heat": [300.0, 500.0], "image": images}, ["heat", "image"])
    np.testing.assert_allclose(pool.units, np.array([[0, 0, 0.5, 1, 0], [1, 0, 0, 0.25, 0]]))
    assert pool.dimension == 5


def test_an_item_is_found_however_its_name_is_written() -> None:
    pool = cloud(20)
    assert [pool.complete({"item": name})["item"] for name in (7, 7.0, "7")] == [7, 7, 7]
    assert pool.decode(pool.encode([{"item": 7}, {"item": 3}])) == [{"item": 7}, {"item": 3}]
    with pytest.raises(PointError, match="item 20 is not in the pool of 20, which begins with 0"):
        pool.complete({"item": 20})


def test_any_row_is_decoded_as_the_nearest_item() -> None:
    pool = cloud(20)
    assert pool.decode(pool.units[5:6] + 1e-4) == [{"item": 5}]
    np.testing.assert_array_equal(pool.snap(pool.units[5:6] + 1e-4), pool.units[5:6])


@pytest.mark.parametrize(
    ("columns", "features", "said"),
    [
        ({"x": [1.0, 2.0]}, ["y"], "there is no column 'y'; there are x"),
        ({"x": [1.0, np.nan]}, ["x"], "feature 'x' of 1 is no finite number"),
        ({"x": ["a", "b"]}, ["x"], "feature 'x' holds 'a'; numbers were expected"),
        ({"x": [1.0, 2.0], "item": ["a", "a"]}, ["x"], "two rows are called item a"),
        ({"x": [1.0, 2.0], "y": [1.0]}, ["x"], "column 'y' has 1 rows where 2 were expected"),
        ({"x": [1.0, 2.0]}, [], "at least one feature is needed"),
    ],
)
def test_what_is_wrong_with_a_pool_is_said(
    columns: dict[str, Any], features: list[str], said: str
) -> None:
    with pytest.raises(SpaceError, match=said):
        Pool.of(columns, features)


def test_the_digest_is_that_of_all_it_holds() -> None:
    columns = {"x": [1.0, 2.0], "answer": [0, 1]}
    pool = Pool.of(columns, ["x"])
    assert pool.digest == Pool.of(columns, ["x"]).digest
    assert pool.digest != Pool.of({**columns, "answer": [1, 1]}, ["x"]).digest
    assert pool.digest != Pool.of({**columns, "item": [1, 0]}, ["x"]).digest


def test_files_of_every_kind_hold_the_same_pool(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pip install '.[data]'")
    (tmp_path / "a.csv").write_text(ALLOYS)
    columns: dict[str, Any] = {
        "alloy": np.array(["A1", "B2", "C3"]),
        "copper": np.array([0.5, 0.7, 0.9]),
        "zinc": np.array([20, 30, 40]),
        "hard": np.array([1.0, 0.0, np.nan]),
    }
    np.savez(tmp_path / "a.npz", **columns)
    table = {name: column.tolist() for name, column in columns.items()}
    parquet.write_table(pytest.importorskip("pyarrow").table(table), tmp_path / "a.parquet")
    for ending in ("csv", "npz", "parquet"):
        pool = read_pool(tmp_path / f"a.{ending}", item="alloy", known=["hard"])
        assert (pool.items, pool.features) == (("A1", "B2", "C3"), ("copper", "zinc"))
        np.testing.assert_allclose(pool.units, np.array([[0, 0], [0.5, 0.5], [1, 1]]))


def test_a_file_that_cannot_be_a_pool_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n3\n")
    for name, said in (("bad.csv", "row 3 has 1 cells, the header 2"), ("no.csv", "no pool at")):
        with pytest.raises(SpaceError, match=said):
            read_pool(tmp_path / name)
    with pytest.raises(SpaceError, match=r"ending in \.csv, \.npz, \.parquet"):
        read_pool(tmp_path / "pool.xls")


RULES = [
    ("svm", NINE, ""),
    ("svm", NINE, "ratio"),
    ("svm", NINE, "sobol"),
    ("svm", NINE, "uniform"),
    ("svm", DEPTH, ""),
    ("gp", NINE, ""),
    ("gp", NINE, "globalsur"),
    ("gp", DEPTH, ""),
    ("sklearn.linear_model:LogisticRegression", NINE, ""),
]


@pytest.mark.parametrize(("name", "outcome", "rule"), RULES)
def test_no_item_is_asked_twice_until_all_were(name: str, outcome: Outcome, rule: str) -> None:
    pool = cloud(24)
    mind = learner(pool, name, outcome, rule=rule, audit=3, budget=24)
    queries = asked(mind, pool, 40)
    assert sorted(int(query.point["item"]) for query in queries) == list(range(24))
    assert [query.index for query in queries] == list(range(24))


def test_equal_items_are_asked_once() -> None:
    pool = Pool.of({"x": np.repeat(np.linspace(0, 1, 10), 2)}, ["x"])
    queries = asked(learner(pool), pool, 20)
    assert len(queries) == 10
    assert len({int(query.point["item"]) // 2 for query in queries}) == 10


def test_audit_items_are_asked_by_nothing_else() -> None:
    pool = cloud(60)
    places = PoolPlaces(pool, 3, 6, np.empty((0, 3)))
    kept = {pool.decode(places.audit(i)[None, :])[0]["item"] for i in range(6)}
    queries = asked(learner(pool, audit=6), pool, 30)
    audits = {query.point["item"] for query in queries if query.reason is Reason.AUDIT}
    assert audits <= kept
    assert not kept & {query.point["item"] for query in queries if query.reason != Reason.AUDIT}


def test_a_rule_asks_near_the_divide() -> None:
    pool = cloud(400, 2)
    for name in ("svm", "gp"):
        queries = asked(learner(pool, name, budget=40), pool, 40)[20:]
        near = [q for q in queries if q.reason is Reason.BOUNDARY]
        distance = np.abs(pool.units[[int(q.point["item"]) for q in near], 0] - 0.5)
        assert np.median(distance) < 0.12


def test_the_first_items_stand_for_the_pool() -> None:
    pool, order = cloud(200, 2), representing(cloud(200, 2), 5, 1)
    apart = distances(pool.units)
    rng = np.random.default_rng(0)
    by_chance = [apart[:, rng.choice(200, 5, replace=False)].min(axis=1).mean() for _ in range(50)]
    assert apart[:, order].min(axis=1).mean() < min(by_chance)


def test_a_longer_order_begins_like_a_shorter_one() -> None:
    pool = cloud(50)
    order = representing(pool, 50, 1)
    np.testing.assert_array_equal(representing(pool, 7, 1), order[:7])
    assert sorted(order) == list(range(50))


def test_distances_are_those_of_pythagoras() -> None:
    apart = distances(np.array([[0.0, 0.0], [3.0, 4.0]]))
    np.testing.assert_allclose(apart, np.array([[0.0, 5.0], [5.0, 0.0]]))


def test_components_keep_distances_in_a_plane_and_are_named() -> None:
    flat = np.random.default_rng(0).random((40, 2)) @ np.random.default_rng(1).random((2, 30))
    pool = Pool.of({"x": flat}, ["x"])
    seen = reduced(pool, 2)
    assert seen.seen == "the first 2 principal components of 30 features, 100 % of their variance"
    ratio = distances(seen.units)[0, 1:] / distances(pool.units)[0, 1:]
    np.testing.assert_allclose(ratio, ratio[0])
    assert reduced(pool, 30) is pool


def test_a_gaussian_process_sees_a_pool_by_few_components_and_svm_whole() -> None:
    pool = Pool.of({"x": np.random.default_rng(0).random((40, 30))}, ["x"])
    assert [seen_by(name, pool).dimension for name in ("gp", "svm")] == [8, 30]


def test_earlier_answers_are_taken_in_by_item(tmp_path: Path) -> None:
    (tmp_path / "earlier.csv").write_text("item,nine\n3,1\n99,0\n7,0\n")
    found = read_recorded(tmp_path / "earlier.csv", cloud(20), (NINE,), {})
    assert [row.point for row in found.rows] == [{"item": 3}, {"item": 7}]
    assert "item '99' is not in the pool of 20" in found.refused[0][1]


def test_no_item_is_asked_again_by_a_surrogate_that_lags() -> None:
    mind = learner(cloud(12), start=4)
    queries: list[Query] = []
    known: list[Observation] = []
    for index in range(12):
        queries += mind.ask(1, first=index, pending=(), fitted=None, observations=known)
        known.append(Observation(index, queries[-1].point, {NINE.name: 1.0}))
    assert len({query.point["item"] for query in queries}) == 12


def test_an_item_that_is_a_sentinel_is_asked_for_nothing_else() -> None:
    again = tuple(Sentinel(k, seed=k, point={"item": k}) for k in range(10))
    mind = learner(cloud(20), start=10, audit=10, budget=20, sentinels=again)
    queries = mind.ask(30, first=0, pending=(), fitted=None)
    assert sorted(int(query.point["item"]) for query in queries) == list(range(20))
    assert [query.point["item"] for query in queries[:10]] == list(range(10))
