"""Answers as text: aligned, in the user's units, with nothing left out silently."""

from surrogate.answers.peak import Peak
from surrogate.answers.spots import Example, Interval, Spot, Spots
from surrogate.outcome import Number
from surrogate.records import Query, Reason
from surrogate.space import Categorical, Real, Space
from surrogate.tables import columns, peak_words, point_words, queries_words, spots_words

SPACE = Space(
    {"x": Real(0.0, 40.0, unit="m"), "foot": Categorical(("left", "right"))}, {"keeper": 1.0}
)
SPOT = Spot(
    rank=1,
    share=0.0312,
    size=12.34,
    unit="m",
    box={"x": (3.0, 7.5), "foot": ("left",)},
    centroid={"x": 5.0, "foot": "left", "keeper": 1.0},
    peak={"x": 6.0, "foot": "left", "keeper": 1.0},
    peak_response=Interval(0.9, 0.8, 0.95),
    response=Interval(0.71, 0.62, 0.79),
    confidence=0.9,
    runs=3,
    example=Example(17, 4, {"x": 6.0, "foot": "left", "keeper": 1.0}, 1.0),
)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert columns(("a", "long"), [("wide cell", "b")]).splitlines() == [
        "a          long",
        "---------  ----",
        "wide cell  b",
    ]


def test_a_point_is_written_with_units_and_without_what_is_fixed() -> None:
    assert point_words(SPACE, SPOT.peak) == "x 6 m, foot left"


def test_spots_say_size_certainty_place_and_replay() -> None:
    text = spots_words(SPACE, Spots((SPOT,), 0.5, True, 0, 0.001), "probability of goal")
    assert text.startswith("Where the probability of goal is above 0.5:")
    for words in ("12.3 m", "3.1 %", "0.71 (0.62..0.79)", "0.90 (0.80..0.95)", "query 17"):
        assert words in text
    assert "1  within x 3..7.5 m, foot left; peaks at x 6 m, foot left" in text
    assert max(len(row) for row in text.splitlines()) < 80


def test_no_spot_and_specks_left_out_are_said() -> None:
    text = spots_words(SPACE, Spots((), 0.9, False, 4, 0.001), "probability of goal")
    assert text.splitlines() == [
        "No region where the probability of goal is below 0.9.",
        "",
        "4 smaller than 0.1 % of the space left out.",
    ]


def test_queries_say_where_and_why() -> None:
    query = Query(5, SPOT.peak, 1, Reason.BOUNDARY, "where the 0.5 line runs")
    row = queries_words(SPACE, [query]).splitlines()[-1]
    assert row == "5      x 6 m, foot left  boundary  where the 0.5 line runs"


def test_a_best_point_is_told_with_its_interval_and_the_run_that_came_out_best() -> None:
    best = Peak({"x": 11.0, "foot": "left"}, 3.25, 3.0, 3.5, 28, 3.2)
    text = peak_words(SPACE, best, Number("height", unit="m"))
    assert "The height [m] is highest at x 11" in text
    assert "3.25, with 95 % between 3 and 3.5.\nBest run: 28, 3.2." in text
