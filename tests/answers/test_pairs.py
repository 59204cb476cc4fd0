"""Runs made on both sides with one seed: what pairs say of a change, and how alike chance was."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from surrogate.answers.difference import between
from surrogate.answers.ground import Side
from surrogate.answers.pairs import Coupled
from surrogate.records import Observation, Query, Reason
from tests.answers.test_drift import FIRST, SECOND, side

RNG = np.random.default_rng(0)


def drawn(p: float, q: float, count: int, *, alike: bool) -> Coupled:
    """Pairs with chances p and q, of one uniform number or of one each."""
    u = RNG.random((2, count))
    y, z = u[0] < p, u[0 if alike else 1] < q
    return Coupled.of(y, z, np.full(count, p), np.full(count, q))


@pytest.mark.parametrize("r", [0.0, 0.4, 1.0])
def test_what_pairs_may_give_has_chances_that_add_up(r: float) -> None:
    y, z = np.array(list(product((0.0, 1.0), repeat=2))).T
    found = Coupled.of(y, z, np.full(4, 0.3), np.full(4, 0.8))
    chances = r * found.together + (1.0 - r) * found.apart
    assert chances.sum() == pytest.approx(1.0)
    assert chances[z > 0].sum() == pytest.approx(0.8)
    assert chances[y > 0].sum() == pytest.approx(0.3)


def test_how_alike_chance_was_is_told_by_pairs() -> None:
    assert drawn(0.5, 0.5, 40, alike=True).alike() > 0.9
    assert np.mean([drawn(0.5, 0.5, 40, alike=False).alike() for _ in range(50)]) < 0.25
    assert drawn(0.5, 0.5, 1, alike=True).alike() == pytest.approx(5 / 9, abs=1e-3)  # of 1 + r


def test_a_change_of_the_chances_does_not_make_chance_less_alike() -> None:
    same, changed = drawn(0.5, 0.5, 40, alike=True), drawn(0.2, 0.8, 40, alike=True)
    both = Coupled(*np.concatenate([[o.together, o.apart] for o in (same, changed)], axis=1))
    assert both.alike() >= same.alike() - 0.01


def told(one: Side, *values: float) -> Side:
    """A side that ran eight queries in the first spot, which gave these values and then yes."""
    points = [{"x": 3.0 + 0.1 * j, "y": 3.0} for j in range(8)]
    given = [*values, *[1.0] * (8 - len(values))]
    pairs = enumerate(zip(points, given, strict=True))
    runs = tuple(Observation(j, point, {"goal": v}) for j, (point, v) in pairs)
    queries = tuple(Query(j, point, 7 + j, Reason.START, "") for j, point in enumerate(points))
    return replace(one, observations=runs, queries=queries)


def test_answers_of_one_seed_speak_for_a_change_where_they_differ_alone() -> None:
    before, after = told(side("v1", FIRST)), side("v2", SECOND, seed=2)
    apart, alike = (between(before, told(after, v)).witnesses[0].gains[0] for v in (0.0, 1.0))
    assert apart > np.log(20)
    assert abs(alike) < np.log(2)
