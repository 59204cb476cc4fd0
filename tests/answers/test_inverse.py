"""What to tune: the nearest setting that does what was asked, and says so where there is none."""

import json
from functools import cache

import numpy as np
import pytest

from surrogate.answers.inverse import GONE, Tuning, Wish, knob_names, tune
from surrogate.design import sobol
from surrogate.errors import PlanError, PointError
from surrogate.outcome import Number
from surrogate.space import Array, Categorical, Real, Space
from tests.answers.process import Process
from tests.answers.test_excursion import PLANE, Certain

HEIGHT = Number("height")
SPACE = Space(
    {
        "x": Real(0.0, 1.0),
        "cover": Real(0.0, 10.0, unit="m", default=0.0),
        "ease": Real(0.0, 1.0),
    }
)


def spot(units: Array) -> Array:
    """A hill of height 2 at x = .5, gone where cover passes 5 m; ease lifts everything."""
    hill = 2 * np.exp(-0.5 * ((units[:, 0] - 0.5) / 0.12) ** 2)
    return np.asarray(hill * (1 - units[:, 1]) + 0.5 * (units[:, 2] - 0.5))


PROCESS = Process(spot, sobol(3, 150, seed=1), scale=0.4, noise=0.01, outcome=HEIGHT)


@cache
def tuned(keep: float = 0.5, most: float = GONE) -> Tuning:
    return tune(PROCESS, SPACE, Wish(("cover",), level=1.0, most=most, keep=keep))


def test_the_smallest_cover_that_removes_the_spot_is_found() -> None:
    found = tuned()
    assert found.found
    assert 4.8 < float(found.answer.knobs["cover"]) < 6.2  # 4.9 were enough, had all been known
    assert found.answer.share is not None
    assert found.answer.share.mean <= GONE


def test_the_truth_has_no_spot_at_the_answer_and_had_one_before() -> None:
    def beyond(cover: float) -> float:
        rows = np.random.default_rng(0).random((4000, 3))
        rows[:, 1] = cover / 10
        return float((spot(rows) > 1.0).mean())

    assert beyond(float(tuned().now.knobs["cover"])) > 0.15
    assert beyond(float(tuned().answer.knobs["cover"])) < 2 * GONE


def test_rates_are_those_of_the_whole_space_though_most_draws_are_at_the_spot() -> None:
    rows = sobol(3, 8192, seed=9)
    for one in (tuned().now, tuned().answer):
        rows[:, 1] = float(one.knobs["cover"]) / 10
        assert one.rate.mean == pytest.approx(PROCESS.predict(rows).mean.mean(), abs=0.005)


def test_where_the_rate_would_change_too_much_no_setting_is_sure_and_it_is_said() -> None:
    found = tuned(keep=0.02)
    assert not found.found
    assert found.words.startswith("No setting is sure enough")


def test_nothing_is_changed_where_all_holds_already() -> None:
    found = tune(PROCESS, SPACE, Wish(("cover",), level=5.0, keep=0.5))
    assert found.change == 0.0
    assert found.words.startswith("Nothing needs to be changed")


def test_a_rate_is_brought_into_a_band_by_the_knob_that_moves_it() -> None:
    found = tune(PROCESS, SPACE, Wish(("ease",), band=(0.45, 0.5)), {"ease": 0.0})
    assert found.found
    assert 0.45 <= found.answer.rate.mean <= 0.5
    assert found.now.rate.mean < 0.45
    assert found.answer.share is None


def test_the_region_of_settings_that_would_do_holds_the_answer() -> None:
    low, high = (float(end) for end in tuned().region["cover"])
    assert low == pytest.approx(float(tuned().answer.knobs["cover"]))
    assert high > low


def test_the_runs_that_would_confirm_it_are_at_the_answer() -> None:
    points = tuned().confirm
    assert {point["cover"] for point in points} == {tuned().answer.knobs["cover"]}
    assert len({point["x"] for point in points}) == len(points) > 3


def test_a_choice_can_be_a_knob() -> None:
    space = Space({"x": Real(0.0, 1.0), "keeper": Categorical(("none", "one"), default="none")})

    def kept(units: Array) -> Array:
        return np.asarray(np.where(units[:, 1] > 0.5, -1.0, 2.0) + 0 * units[:, 0])

    process = Process(kept, space.snap(sobol(2, 60, seed=1)), outcome=HEIGHT, noise=0.05)
    found = tune(process, space, Wish(("keeper",), level=1.0, keep=9.0))
    assert found.answer.knobs == {"keeper": "one"}
    assert found.region == {"keeper": ("one",)}


def test_what_is_no_knob_is_refused() -> None:
    with pytest.raises(
        PointError, match="'weight' is no knob to tune; choose others: free are x, cover, ease"
    ):
        tune(PROCESS, SPACE, Wish(("weight",)))
    with pytest.raises(PointError, match="name one at least, and leave one to happen"):
        tune(PROCESS, SPACE, Wish(("x", "cover", "ease")))
    with pytest.raises(PlanError, match="joint draws"):
        tune(Certain(), PLANE, Wish(("x",)))
    with pytest.raises(PlanError, match="no parameter is marked as a design knob"):
        knob_names((), ())


def test_the_json_is_plain() -> None:
    found = json.loads(json.dumps(tuned().to_json()))
    assert found["answer"]["knobs"]["cover"] == tuned().answer.knobs["cover"]
    assert found["found"]
