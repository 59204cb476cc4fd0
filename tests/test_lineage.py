"""A child and its parent, without a store: what is repeated, what is believed, what is given up."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from unittest.mock import Mock

import numpy as np
import pytest
from scipy.special import ndtr

from surrogate.bridge import Bridge, Declared, crossing
from surrogate.dataset import Dataset, gather
from surrogate.errors import PlanError
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.lineage import Past, choose_sentinels, heritage
from surrogate.models.base import Marginal
from surrogate.models.condensed import condensed
from surrogate.models.guided import assisted, judged_chances
from surrogate.models.helping import HelperRecipe
from surrogate.models.heritage import Heritage
from surrogate.models.inherited import FORM, InheritedPosterior, InheritedRecipe, inheriting
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.patched import PatchedPosterior
from surrogate.models.posterior import Posterior
from surrogate.models.probability import ProbabilityRecipe, ProbabilitySurrogate
from surrogate.models.recipes import recipe, recipe_for
from surrogate.models.sites import CountSites
from surrogate.outcome import Binary, Count, Number, Outcome, trials_of
from surrogate.records import Observation, Query, Reason, Sentinel
from surrogate.regions import connected
from surrogate.space import Point, Real, Space

SPACE = Space({"x": Real(0, 10), "y": Real(0, 10)})
GOAL, MARGIN = Binary("goal"), Number("margin", noise="none")
SERIES = Count("goals", of=40)
NOTHING = Declared()
Run = Callable[[Point, int], float]


def shot(edge: float) -> Run:
    def run(point: Point, seed: int) -> float:
        p = ndtr(1.5 * (float(point["x"]) - edge))
        return float(np.random.default_rng(seed).random() < p)

    return run


def learner(outcome: Outcome = GOAL, space: Space = SPACE, seed: int = 1) -> Learner:
    goal = Goal.boundary(0.5) if outcome is GOAL else Goal.map()
    made = recipe_for(outcome, space.dimension)
    return Learner(space, outcome, goal, seed, made, start=10, budget=200)


def learned(mind: Learner, run: Run, count: int) -> tuple[list[Observation], list[Query], Fitted]:
    observations: list[Observation] = []
    queries: list[Query] = []
    fitted = None
    while len(observations) < count:
        asked = mind.ask(10, first=len(observations), pending=(), fitted=fitted)
        queries += asked
        for q in asked:
            value = {mind.outcome.name: run(q.point, q.seed)}
            observations.append(Observation(q.index, q.point, value, reason=q.reason))
        fitted = mind.fit(observations, fitted.revision if fitted else None)
    assert fitted is not None
    return observations, queries, fitted


def past(run: Run, count: int = 80, outcome: Outcome = GOAL) -> Past:
    mind = learner(outcome)
    observations, queries, fitted = learned(mind, run, count)
    return Past("v1", mind, observations, queries, fitted.revision)


def child(
    parent: Past, space: Space = SPACE, *, count: int = 20, declared: Declared = NOTHING
) -> Learner:
    bridge = crossing(parent.learner.space, space, declared)
    sentinels = choose_sentinels(parent, bridge, count)
    mind = learner(parent.learner.outcome, space, seed=2)
    made = inheriting(mind.recipe, heritage(parent, bridge, sentinels))
    return replace(mind, recipe=made, sentinels=sentinels, start=len(sentinels))


@pytest.fixture(scope="module")
def parent() -> Past:
    return past(shot(5.0))


def test_a_quarter_of_the_sentinels_stands_for_each_role(parent: Past) -> None:
    sentinels = choose_sentinels(parent, Bridge(SPACE, SPACE), 20)
    assert set(Counter(one.role for one in sentinels).values()) == {5}
    assert len({one.query for one in sentinels}) == 20
    seeds = {query.index: query.seed for query in parent.queries}
    assert all(one.seed == seeds[one.query] for one in sentinels)


def test_half_of_a_parents_runs_are_left_for_its_map(parent: Past) -> None:
    sentinels = choose_sentinels(parent, Bridge(SPACE, SPACE), 80)
    assert len(sentinels) == 40
    assert heritage(parent, Bridge(SPACE, SPACE), sentinels).latent(np.zeros((1, 2)))[1] > 0


def test_a_child_asks_its_sentinels_first_with_their_parents_seeds(parent: Past) -> None:
    mind = child(parent)
    asked = mind.ask(25, first=0, pending=(), fitted=None)
    assert [query.reason for query in asked[:20]] == [Reason.SENTINEL] * 20
    assert [query.seed for query in asked[:20]] == [one.seed for one in mind.sentinels]
    assert Reason.SENTINEL not in {query.reason for query in asked[20:]}


def test_a_spot_that_no_sentinel_lies_in_is_looked_at_first_and_once(parent: Past) -> None:
    mind = child(parent)
    blind = tuple(one for one in mind.sentinels if float(one.point["x"]) < 4.5)
    mind = replace(mind, sentinels=blind, start=len(blind))
    again = mind.ask(len(blind), first=0, pending=(), fitted=None)
    answers = [{"goal": shot(5.0)(query.point, query.seed)} for query in again]
    observations = [Observation(q.index, q.point, y) for q, y in zip(again, answers, strict=True)]
    fitted = mind.fit(observations)
    first, *rest = mind.ask(3, first=len(blind), pending=(), fitted=fitted)
    assert first.why == "in the middle of a sweet spot of 'v1', where nothing was run since"
    assert 6.0 < float(first.point["x"]) < 9.0
    later = mind.ask(3, first=len(blind) + 1, pending=[first], fitted=fitted)
    assert not any(query.why == first.why for query in (*rest, *later))


def test_where_a_surrogates_spots_are_is_read_once_however_often_it_is_asked(
    parent: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    mind, read = child(parent), Mock(side_effect=connected)
    _, _, fitted = learned(mind, shot(5.0), 20)
    monkeypatch.setattr("surrogate.asking.middles.connected", read)
    for first in (20, 21, 22):
        mind.ask(1, first=first, pending=(), fitted=fitted)
    assert read.call_count == 1


def test_where_nothing_changed_the_map_is_the_parents_after_a_few_runs(parent: Past) -> None:
    mind = child(parent)
    observations, _, fitted = learned(mind, shot(5.0), 20)
    rows = SPACE.draw(200, np.random.default_rng(0))
    before = parent.learner.restore(parent.observations, parent.revision).surrogate
    apart = np.abs(fitted.surrogate.predict(rows).mean - before.predict(rows).mean)
    assert apart.mean() < 0.03
    assert apart.max() < 0.25
    assert fitted.ready
    assert mind.sentinels_say(observations).startswith("0 of 20 sentinels")


def test_a_run_that_is_repeated_is_not_counted_twice(parent: Past) -> None:
    mind = child(parent)
    assert isinstance(mind.recipe, InheritedRecipe)
    rows = SPACE.draw(200, np.random.default_rng(0))
    known = mind.recipe.heritage.old.latent(rows)[1]
    again = parent.learner.restore(parent.observations, parent.revision).surrogate.latent(rows)[1]  # type: ignore[attr-defined]
    assert np.mean(known > again - 1e-9) > 0.95  # a yes or no may also make less sure


def test_a_boundary_that_moved_is_followed_in_a_fraction_of_the_runs(parent: Past) -> None:
    _, _, fitted = learned(child(parent), shot(6.0), 60)
    near, far = fitted.surrogate.predict(
        SPACE.encode([{"x": x, "y": 5.0} for x in (4.8, 7.2)])
    ).mean
    assert near < 0.35
    assert far > 0.65


def waves(slide: float) -> Run:
    def run(point: Point, seed: int) -> float:
        x, y = float(point["x"]) + slide, float(point["y"])
        return float(np.sin(x) * np.cos(0.7 * y))

    return run


def test_a_map_that_has_slid_is_moved_and_says_so_and_is_made_again() -> None:
    parent = past(waves(0.0), 60, MARGIN)
    observations, _, fitted = learned(child(parent), waves(0.4), 30)
    points = [{"x": x, "y": y} for x in (1.3, 5.2, 8.1) for y in (0.7, 4.4, 9.2)]
    rows = SPACE.encode(points)
    truth = [waves(0.4)(point, 0) for point in points]
    np.testing.assert_allclose(fitted.surrogate.predict(rows).mean, truth, atol=0.05)
    assert fitted.revision.hyperparameters["warp.slide.0"] == pytest.approx(0.04, abs=0.01)
    mind = child(parent)
    assert isinstance(mind.recipe, InheritedRecipe)
    assert "The map of v1, moved along x by +0.0" in mind.recipe.words(
        fitted.revision.hyperparameters
    )
    again = mind.restore(observations, fitted.revision).surrogate
    np.testing.assert_array_equal(again.predict(rows).mean, fitted.surrogate.predict(rows).mean)
    long = {f"change.length.{j}": 0.5 for j in range(2)}  # what is learned, machines round apart
    settled = replace(fitted.revision, hyperparameters={**fitted.revision.hyperparameters, **long})
    expect_condensed(mind.restore(observations, settled).surrogate)


def expect_condensed(surrogate: Marginal) -> None:
    """One process in place of generations, as sure of as good as the same map."""
    assert isinstance(surrogate, ProbabilitySurrogate | NumberSurrogate)
    assert isinstance(surrogate.posterior, InheritedPosterior)
    one = condensed(surrogate).posterior
    assert isinstance(one, Posterior)
    rows = SPACE.draw(300, np.random.default_rng(5))
    (mean, variance), (found, its) = surrogate.posterior.latent(rows), one.latent(rows)
    sd = np.sqrt(its)
    assert np.sqrt(np.mean(((found - mean) / sd) ** 2)) < 0.1
    assert np.all(sd > 0.75 * np.sqrt(variance))
    assert np.all(sd < 1.3 * np.sqrt(variance) + 0.005)


def test_a_child_suspects_patches_beside_its_parents_map_and_does_so_again(parent: Past) -> None:
    bridge = Bridge(SPACE, SPACE)
    sentinels = choose_sentinels(parent, bridge, 10)
    made = inheriting(recipe("gp-patches", GOAL, 2), heritage(parent, bridge, sentinels))
    mind = replace(learner(seed=2), recipe=made, sentinels=sentinels, start=10)
    observations, _, fitted = learned(mind, shot(5.0), 30)
    found, again = fitted.surrogate, mind.restore(observations, fitted.revision).surrogate
    assert isinstance(found, ProbabilitySurrogate)
    assert isinstance(again, ProbabilitySurrogate)
    assert found.hyperparameters["form"] == FORM
    smooth = found.suspected[0].smooth
    assert isinstance(smooth, InheritedPosterior)
    chances = found.suspected[0].patches.chances
    np.testing.assert_array_equal(again.suspected[0].patches.chances, chances)
    rows = SPACE.draw(20, np.random.default_rng(0))
    read = smooth.weighed(rows, smooth.weights[:, None])
    np.testing.assert_allclose(read[:, 0], smooth.mean(rows), atol=1e-9)
    assert isinstance(found.posterior, PatchedPosterior)
    after = found.told(rows[:1], np.ones(1), np.ones(1)).latent(rows[:1])
    assert after[0] > found.latent(rows[:1])[0]
    one = condensed(found)
    assert isinstance(one.posterior, PatchedPosterior)
    assert isinstance(one.posterior.smooth, Posterior)
    np.testing.assert_allclose(one.latent(rows), found.latent(rows), atol=0.05)


def test_a_child_that_hunts_for_patches_sends_scouts_all_over_the_space() -> None:
    made = recipe("gp-patches", GOAL, 2)
    made = assisted(made, [HelperRecipe("margin")])
    mind = replace(learner(), recipe=made, helps=("margin",), start=20)
    told, asked = [], list(mind.ask(60, first=0, pending=(), fitted=None))
    for q in asked:
        size = 0.6 * (float(q.point["x"]) - 5.0) + np.random.default_rng(q.seed).normal()
        told.append(Observation(q.index, q.point, {"goal": float(size > 0), "margin": size}))
    fitted = mind.fit(told)
    assert fitted is not None
    before = Past("v1", mind, told, asked, fitted.revision)
    bridge = Bridge(SPACE, SPACE)
    sentinels = choose_sentinels(before, bridge, 20)
    assert Counter(one.role for one in sentinels)["even"] == 10
    passed = heritage(before, bridge, sentinels)
    assert passed.scouts is not None
    margins = {o.query: o.values["margin"] for o in told}
    expected = [margins[one.query] for one in sentinels]
    np.testing.assert_array_equal(passed.scouts.values["margin"][:20], expected)
    assert sorted(one.query for one in passed.scouts.runs) == list(range(60))
    assert np.all((passed.scouts.inside >= 0) & (passed.scouts.inside <= 1))
    heir = inheriting(made, passed)
    for one in (heir.plain, heir.cold):
        assert isinstance(one, ProbabilityRecipe)
        assert one.scouts is passed.scouts


def test_where_the_old_map_is_worth_nothing_a_cold_start_takes_over_and_says_so() -> None:
    def rippled(point: Point, seed: int) -> float:
        return float(40.0 * np.sin(4.0 * float(point["x"])) * np.cos(3.0 * float(point["y"])))

    def plain(point: Point, seed: int) -> float:
        return float(np.sin(float(point["x"])) + 0.1 * float(point["y"]) ** 2)

    mind = child(past(rippled, 40, MARGIN))
    _, _, fitted = learned(mind, plain, 30)
    assert fitted.revision.hyperparameters["form"] != FORM
    assert isinstance(mind.recipe, InheritedRecipe)
    assert "which is left out" in mind.recipe.words(fitted.revision.hyperparameters)


def told(run: Run, outcome: Outcome, count: int) -> Dataset:
    """Runs at random places, none of them a sentinel."""
    rng = np.random.default_rng(count)
    units, one = rng.random((count, 2)), trials_of(outcome) * np.ones(count)
    seeds = rng.integers(0, 2**31, count)
    points = zip(SPACE.decode(units), seeds, strict=True)
    values = np.array([run(point, int(seed)) for point, seed in points])
    return Dataset(outcome, units, values, one, np.nan * one, np.arange(count) + 100)


def test_of_two_maps_that_foretell_alike_the_one_that_was_used_stays(parent: Past) -> None:
    recipe, data = child(parent).recipe, told(shot(6.0), GOAL, 40)
    assert isinstance(recipe, InheritedRecipe)
    cold = recipe.cold.fit(data).hyperparameters
    warm = recipe.fit(data).hyperparameters
    found = [recipe.fit(data, start=start).hyperparameters["form"] for start in (warm, cold)]
    assert found == [FORM, cold["form"]]


def test_an_old_map_that_foretells_clearly_better_comes_back() -> None:
    def rippled(point: Point, seed: int) -> float:
        return float(np.sin(float(point["x"])) * np.cos(float(point["y"])))

    recipe, data = child(past(rippled, 40, MARGIN)).recipe, told(rippled, MARGIN, 15)
    assert isinstance(recipe, InheritedRecipe)
    cold = recipe.cold.fit(data).hyperparameters
    assert recipe.fit(data, start=cold).hyperparameters["form"] == FORM


@pytest.mark.parametrize(("edge", "comes_back"), [(5.0, True), (6.5, False)])
def test_an_old_map_pays_for_having_moved_before_it_comes_back(
    edge: float, comes_back: bool, parent: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence: list[float] = []

    def judged(posterior: Posterior, sites: CountSites) -> tuple[float, float]:
        evidence.append(judged_chances(posterior, sites)[0])
        return evidence[-1], 0.0

    recipe, data = child(parent).recipe, told(shot(edge), GOAL, 60)
    assert isinstance(recipe, InheritedRecipe)
    cold = recipe.cold.fit(data).hyperparameters
    monkeypatch.setattr("surrogate.models.inherited.judged_chances", judged)
    monkeypatch.setattr("surrogate.models.inherited.foretold", lambda *_: evidence[-1] - 3.5)
    assert (recipe.fit(data, start=cold).hyperparameters["form"] == FORM) == comes_back


def spotted(*middles: tuple[float, float]) -> Run:
    """Counts that are high in a round spot about each of the middles."""

    def run(point: Point, seed: int) -> float:
        x, y = float(point["x"]), float(point["y"])
        inside = any((x - a) ** 2 + (y - b) ** 2 < 1.5**2 for a, b in middles)
        return float(np.random.default_rng(seed).binomial(40, 0.7 if inside else 0.35))

    return run


def test_a_spot_that_moved_alone_does_not_carry_the_whole_map_along() -> None:
    mind, run = child(past(spotted((3, 2), (4, 5)), 40, SERIES)), spotted((4, 8))
    asked = mind.ask(50, first=0, pending=(), fitted=None)
    runs = [Observation(q.index, q.point, {"goals": run(q.point, q.seed)}) for q in asked]
    fitted = mind.fit(runs)
    assert fitted
    assert isinstance(mind.recipe, InheritedRecipe)
    assert mind.recipe.heritage.moved(gather(SPACE, SERIES, runs), None).warp.moves
    assert "moved along" not in mind.recipe.words(fitted.revision.hyperparameters)


def test_a_childs_revision_gives_the_same_map_again(parent: Past) -> None:
    observations, _, fitted = learned(child(parent), shot(6.0), 30)
    restored = child(parent).restore(observations, fitted.revision)
    rows = SPACE.draw(50, np.random.default_rng(0))
    np.testing.assert_array_equal(
        restored.surrogate.predict(rows).mean, fitted.surrogate.predict(rows).mean
    )


def test_a_childs_child_begins_with_what_both_have_learned(parent: Past) -> None:
    mind = child(parent)
    observations, queries, fitted = learned(mind, shot(6.0), 60)
    second = Past("v2", mind, observations, queries, fitted.revision)
    grand = child(second)
    _, _, third = learned(grand, shot(6.0), 20)
    near, far = third.surrogate.predict(SPACE.encode([{"x": x, "y": 5.0} for x in (4.8, 7.2)])).mean
    assert near < 0.35
    assert far > 0.65
    expect_condensed(mind.restore(observations, fitted.revision).surrogate)
    assert isinstance(grand.recipe, InheritedRecipe)
    assert "condensed" not in grand.recipe.words({"form": FORM})


def test_a_map_that_cannot_be_condensed_is_kept_and_says_so(
    parent: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    mind = child(parent)
    observations, queries, fitted = learned(mind, shot(6.0), 20)
    assert isinstance(fitted.surrogate, ProbabilitySurrogate)
    assert condensed(fitted.surrogate) is not fitted.surrogate
    monkeypatch.setattr("surrogate.models.condensed._OFF", 0.0)
    assert condensed(fitted.surrogate) is fitted.surrogate
    grand = child(Past("v2", mind, observations, queries, fitted.revision))
    assert isinstance(grand.recipe, InheritedRecipe)
    assert "could not be condensed" in grand.recipe.words({"form": FORM})


def test_an_added_parameter_is_doubted_away_from_its_old_value(parent: Past) -> None:
    wider = Space({**SPACE.parameters, "wind": Real(-5, 5)})
    _, _, fitted = learned(
        child(parent, wider, declared=Declared(added={"wind": 0.0})), shot(5.0), 20
    )
    rows = wider.encode([{"x": 8.0, "y": 5.0, "wind": wind} for wind in (0.0, 5.0)])
    here, there = fitted.surrogate.latent(rows)[1]  # type: ignore[attr-defined]
    assert there > here + 0.2


def test_a_number_that_shifted_is_known_from_few_runs() -> None:
    def height(point: Point, seed: int) -> float:
        return float(np.sin(point["x"]) * point["y"])

    def raised(point: Point, seed: int) -> float:
        return height(point, seed) + 0.3

    mind = child(past(height, 40, MARGIN))
    _, _, fitted = learned(mind, raised, 20)
    rows = SPACE.draw(200, np.random.default_rng(0))
    truth = [raised(point, 0) for point in SPACE.decode(rows)]
    missed = fitted.surrogate.predict(rows).mean - truth
    assert np.sqrt(np.mean(missed**2)) < 0.15


def test_support_vectors_take_no_parents_map(parent: Past) -> None:
    bridge = Bridge(SPACE, SPACE)
    with pytest.raises(PlanError, match=r"'svm' takes no parent's map; use 'gp'"):
        inheriting(recipe("svm", GOAL, 2), heritage(parent, bridge, ()))


def test_a_number_cannot_begin_from_a_yes_or_no(parent: Past) -> None:
    with pytest.raises(PlanError, match="answers another kind of question"):
        inheriting(recipe_for(MARGIN, 2), heritage(parent, Bridge(SPACE, SPACE), ()))


def test_slopes_of_the_parents_map_are_along_its_own_columns_whatever_the_childs(
    parent: Past,
) -> None:
    half = Space({**SPACE.parameters, "x": Real(0, 5)})
    bridge = Bridge(SPACE, half)
    rows = half.draw(30, np.random.default_rng(1))
    whole = heritage(parent, Bridge(SPACE, SPACE), ()).slopes(bridge.to_old(rows))
    np.testing.assert_allclose(heritage(parent, bridge, ()).slopes(rows), whole)


def hunting() -> Learner:
    made = assisted(recipe("gp-patches", GOAL, 2), [HelperRecipe("margin")])
    return replace(learner(), recipe=made, helps=("margin",), start=20)


def with_patch(seed: int = 0) -> list[Query]:
    """60 queries all over the space and 30 in its box from 3 to 5."""
    rng = np.random.default_rng(seed)
    units = np.concatenate([rng.random((60, 2)), rng.uniform(0.3, 0.5, (30, 2))])
    points = SPACE.decode(units)
    return [Query(i, p, 1000 * seed + i, Reason.COVERAGE, "") for i, p in enumerate(points)]


def margins_of(queries: Sequence[Query], *, broken: bool) -> list[Observation]:
    """What they give: in the box more, where the design is broken."""
    said = []
    for q in queries:
        x, y = (float(q.point[name]) for name in "xy")
        inside = broken and 3.0 < x < 5.0 and 3.0 < y < 5.0
        size = np.random.default_rng(q.seed).normal() + (1.5 if inside else -1.0)
        said.append(Observation(q.index, q.point, {"goal": float(size > 0), "margin": size}))
    return said


@cache
def past_of(*, broken: bool) -> Past:
    mind, asked = hunting(), with_patch()
    told = margins_of(asked, broken=broken)
    fitted = mind.fit(told)
    assert fitted is not None
    return Past("v1", mind, told, asked, fitted.revision)


@cache
def inherited(*, broken: bool) -> tuple[tuple[Sentinel, ...], Heritage]:
    """Twenty sentinels of that past, and what a child begins with."""
    past, bridge = past_of(broken=broken), Bridge(SPACE, SPACE)
    sentinels = tuple(choose_sentinels(past, bridge, 20))
    return sentinels, heritage(past, bridge, sentinels)


def test_a_childs_map_begins_without_a_patch_that_runs_made_again_say_is_gone() -> None:
    mind, past, middle = hunting(), past_of(broken=True), np.array([[0.4, 0.4]])
    sentinels, passed = inherited(broken=True)
    assert passed.mean(middle)[0] > 0.3
    again = [replace(past.queries[one.query], index=i) for i, one in enumerate(sentinels)]
    for broken in (True, False):
        data = replace(mind, sentinels=sentinels).data(margins_of(again, broken=broken))
        mean = passed.freed(data, "margin").mean(middle)[0]
        assert mean == passed.mean(middle)[0] if broken else mean < -0.3


def test_a_patch_that_stayed_is_there_once_and_its_edges_where_they_were() -> None:
    mind, past = hunting(), past_of(broken=True)
    sentinels, passed = inherited(broken=True)
    heir = inheriting(mind.recipe, passed)
    again = [replace(past.queries[one.query], index=i) for i, one in enumerate(sentinels)]
    told = margins_of(again, broken=True)
    found = heir.fit(replace(mind, sentinels=sentinels).data(told))
    assert isinstance(found, ProbabilitySurrogate)
    middle, rows = np.array([[0.4, 0.4]]), np.random.default_rng(5).random((2000, 2))
    covered = [one.patches.cover(middle)[0] for one in found.suspected]
    assert max(covered) < 0.3
    whole = mind.restore(past.observations, past.revision).surrogate
    apart = np.abs(found.predict(rows).mean - whole.predict(rows).mean)
    assert apart.mean() < 0.02


def test_scouts_know_of_a_patch_that_the_map_without_their_runs_has_forgotten() -> None:
    past = past_of(broken=True)
    there = [q for q in past.queries if all(3.0 < float(q.point[name]) < 5.0 for name in "xy")]
    again = [Sentinel(q.index, q.seed, q.point) for q in there]
    passed = heritage(past, Bridge(SPACE, SPACE), again)
    assert passed.mean(np.array([[0.4, 0.4]]))[0] < 0.0
    assert passed.scouts is not None
    assert np.median(passed.scouts.inside[: len(again)]) > 0.9


def test_a_patch_that_came_is_no_reason_to_distrust_the_parents_map_elsewhere() -> None:
    mind = hunting()
    heir = inheriting(mind.recipe, inherited(broken=False)[1])
    data = mind.data(margins_of(with_patch(seed=1), broken=True))
    data = replace(data, queries=data.queries + 1000)  # none of them a sentinel
    assert isinstance(heir.plain, ProbabilityRecipe)
    blind = replace(heir, plain=replace(heir.plain, patches=False))
    (found, _, _), (hill, _, _) = (one._warm(data, None, optimise=True) for one in (heir, blind))
    assert isinstance(found.posterior, PatchedPosterior)
    assert found.predict(np.array([[0.4, 0.4]])).mean[0] > 0.6
    sizes = [one.hyperparameters["change.variance"] for one in (found, hill)]
    assert sizes[0] < 0.7 * sizes[1]


def test_a_hunter_runs_a_query_of_the_parent_again_with_its_seed() -> None:
    mind, past = hunting(), past_of(broken=False)
    sentinels, passed = inherited(broken=False)
    recipe = inheriting(mind.recipe, passed)
    child = replace(mind, recipe=recipe, sentinels=sentinels, seed=5)
    begun = child.ask(20, first=0, pending=(), fitted=None)
    told = margins_of(begun, broken=True)
    asked = child.ask(40, first=20, pending=(), fitted=child.fit(told))
    again = [q for q in asked if q.reason is Reason.SENTINEL]
    assert len(again) > 20
    seeds = {tuple(q.point.values()): q.seed for q in past.queries}
    assert all(seeds[tuple(q.point.values())] == q.seed for q in again)
    assert not {q.seed for q in again} & {one.seed for one in sentinels}
    assert "of the parent once more with the same seed: is there a small patch" in again[0].why
