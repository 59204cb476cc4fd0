"""A picture keeps its conventions: fixed scale, bold level, hatched doubt, runs where they were."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage, imread

from surrogate.answers.items import read_items
from surrogate.answers.maps import Map, View, default_view, make_map
from surrogate.answers.spots import find_spots
from surrogate.backdrop import Arc, Backdrop, Label, Line
from surrogate.expression import Expression
from surrogate.outcome import Count, Number, Outcome
from surrogate.plots.captions import headline
from surrogate.plots.figure import MOST_RINGS, Overlay, near_runs, save
from surrogate.plots.maps import draw_items, draw_map
from surrogate.pool import Pool
from surrogate.records import Observation
from surrogate.space import Array, Categorical, Integer, Real, Space
from tests.answers.process import GOAL, Process

BOX = Space({"x": Real(1.0, 16.5, unit="m"), "y": Real(-20.0, 20.0, unit="m")}, {"keeper": 1.0})
PITCH = Backdrop(
    "y",
    "x",
    (
        Line(((-30.0, 0.0), (30.0, 0.0))),
        Arc((0.0, 11.0), 9.15, 37, 143),
        Label((0.0, 11.0), "spot"),
    ),
)


def slope(units: Array) -> Array:
    return np.asarray(3 * units[:, 0] - 1.5 + units[:, -1])


def chart(space: Space = BOX, view: View | None = None, outcome: Outcome = GOAL) -> Map:
    at = np.random.default_rng(0).random((40, space.dimension))
    level = 0.0 if isinstance(outcome, Number) else 0.5
    return make_map(Process(slope, at, outcome=outcome), space, view or default_view(space, level))


def ran(count: int, **more: Any) -> list[Observation]:
    rng = np.random.default_rng(1)
    return [
        Observation(j, {"x": 1 + 15 * a, "y": -20 + 40 * b, **more}, {"goal": float(a > 0.5)})
        for j, (a, b) in enumerate(rng.random((count, 2)))
    ]


def main_axes(figure: Figure) -> Axes:
    return figure.axes[0]


def words_on(figure: Figure) -> str:
    said = "\n".join(text.get_text() for text in figure.texts)
    return said.replace("\N{NO-BREAK SPACE}", " ")


def test_probabilities_are_always_coloured_from_0_to_1() -> None:
    for count in (1, 40):
        at = np.random.default_rng(0).random((count, 2))
        faint = make_map(Process(slope, at), BOX, View("x", "y", size=16))
        (image,) = main_axes(draw_map(faint)).images
        assert image.get_clim() == (0.0, 1.0)


def test_numbers_are_coloured_over_their_own_span() -> None:
    numbers = chart(outcome=Number("margin", unit="m"))
    (image,) = main_axes(draw_map(numbers)).images
    assert image.get_clim() == pytest.approx((numbers.mean.min(), numbers.mean.max()))


def test_the_colours_are_the_map_and_turn_with_the_drawing() -> None:
    for backdrop in (None, PITCH):
        drawn = main_axes(draw_map(chart(), Overlay(backdrop=backdrop)))
        (image,) = drawn.images
        shown = np.asarray(image.get_array())
        np.testing.assert_allclose(shown, chart().mean.T if backdrop else chart().mean)
        across = ("y [m]", "x [m]") if backdrop else ("x [m]", "y [m]")
        assert (drawn.get_xlabel(), drawn.get_ylabel()) == across


def test_a_metre_across_is_a_metre_up() -> None:
    assert main_axes(draw_map(chart())).get_aspect() == 1.0
    mixed = Space({"x": Real(0.0, 1.0, unit="m"), "v": Real(0.0, 90.0, unit="m/s")})
    assert main_axes(draw_map(chart(mixed))).get_aspect() == "auto"


def test_the_level_is_a_line_where_above_and_below_are_as_likely() -> None:
    axes = main_axes(draw_map(chart(view=View("x", "y", level=0.7))))
    lines = [c for c in axes.collections if isinstance(c, QuadContourSet) and not c.filled]
    assert [list(line.levels) for line in lines] == [[0.5]]
    vertices = np.asarray(lines[0].get_paths()[0].vertices)
    x, y = vertices[len(vertices) // 2].tolist()
    at = np.random.default_rng(0).random((40, 2))
    chance = Process(slope, at).exceedance(BOX.encode([{"x": x, "y": y}]), 0.7)
    assert chance[0] == pytest.approx(0.5, abs=0.02)
    assert any(text.get_text() == "0.7" for text in axes.texts)


def test_doubt_is_hatched_and_certainty_is_not() -> None:
    def hatches(picture: Map) -> list[list[str | None]]:
        axes = main_axes(draw_map(picture))
        filled = [c for c in axes.collections if isinstance(c, QuadContourSet) and c.filled]
        return [list(c.hatches) for c in filled]

    assert hatches(chart()) == [["////"]]
    sure = Process(lambda units: np.full(len(units), 3.0), np.random.default_rng(0).random((99, 2)))
    assert hatches(make_map(sure, BOX, View("x", "y", level=0.5))) == []


def test_every_run_is_a_ring_at_its_place_in_the_colour_of_what_it_gave() -> None:
    runs = ran(30)
    axes = main_axes(draw_map(chart(), Overlay(observations=runs)))
    rings = [c for c in axes.collections if isinstance(c, PathCollection)]
    (ring,) = [ring for ring in rings if np.size(ring.get_offsets())]
    places = [[float(run.point["x"]), float(run.point["y"])] for run in runs]
    np.testing.assert_allclose(np.asarray(ring.get_offsets()), places)
    np.testing.assert_allclose(np.asarray(ring.get_array()), [run.values["goal"] for run in runs])
    assert ring.get_clim() == (0.0, 1.0)


def test_runs_at_one_place_are_one_ring_with_their_rate_and_count() -> None:
    point = {"x": 5.0, "y": 0.0}
    runs = [Observation(j, point, {"goal": float(j == 0)}) for j in range(4)]
    x, _, seen, counts = near_runs(chart(), runs)
    assert (x.tolist(), seen.tolist(), counts.tolist()) == ([5.0], [0.25], [4.0])


def test_a_count_is_a_rate_with_all_its_trials() -> None:
    counted = chart(outcome=Count("goal", of=10))
    _, _, seen, counts = near_runs(counted, [Observation(0, {"x": 5.0, "y": 0.0}, {"goal": 7.0})])
    assert (seen.tolist(), counts.tolist()) == ([0.7], [10.0])


def test_runs_far_from_the_slice_are_left_out_and_the_caption_says_so() -> None:
    space = Space({**BOX.parameters, "depth": Real(0.0, 6.0, unit="m", default=1.0)})
    runs = [*ran(10, depth=1.2), *ran(20, depth=5.0)]
    picture = chart(space, View("x", "y", size=16, level=0.5))
    assert near_runs(picture, runs)[0].size == 10
    said = words_on(draw_map(picture, Overlay(observations=runs)))
    assert "only the 10 runs near the held values are shown" in said.replace("\n", " ")
    assert "Held: depth = 1 m." in said


def test_declined_runs_are_crosses() -> None:
    runs = [*ran(3), Observation(9, {"x": 3.0, "y": 4.0}, {})]
    axes = main_axes(draw_map(chart(), Overlay(observations=runs)))
    found = [
        np.asarray(c.get_offsets()).tolist()
        for c in axes.collections
        if isinstance(c, PathCollection)
    ]
    assert [[3.0, 4.0]] in found


def test_more_runs_than_the_eye_can_take_are_thinned() -> None:
    assert 900 < near_runs(chart(), ran(MOST_RINGS + 100))[0].size <= MOST_RINGS


def test_the_drawing_lies_above_the_colours_and_below_the_level() -> None:
    axes = main_axes(draw_map(chart(), Overlay(backdrop=PITCH)))
    (image,) = axes.images
    assert isinstance(image, AxesImage)
    drawn = [*axes.lines, *axes.patches]
    assert len(drawn) == 2
    level = next(c for c in axes.collections if isinstance(c, QuadContourSet) and not c.filled)
    assert all(image.get_zorder() < shape.get_zorder() < level.get_zorder() for shape in drawn)


def test_a_drawing_over_other_parameters_is_not_drawn() -> None:
    axes = main_axes(draw_map(chart(), Overlay(backdrop=Backdrop("a", "b", PITCH.shapes))))
    assert not axes.lines


def test_sweet_spots_are_numbered_at_their_peaks() -> None:
    at = np.random.default_rng(0).random((40, 2))
    spots = find_spots(Process(slope, at), BOX, 0.5)
    axes = main_axes(draw_map(chart(), Overlay(spots=spots)))
    number = next(text for text in axes.texts if text.get_text() == "1")
    assert number.get_position() == pytest.approx((spots[0].peak["x"], spots[0].peak["y"]))


def test_the_words_say_whose_map_how_sure_and_what_is_held() -> None:
    over = Overlay(observations=ran(30), source="penalty-box", units={"keeper": "m"})
    said = words_on(draw_map(chart(), over))
    assert "penalty-box · 30 runs" in said
    assert chart().note in said
    assert "Held: keeper = 1 m." in said
    assert "How to read this" in said


def test_the_headline_counts_the_regions_and_sizes_the_first() -> None:
    at = np.random.default_rng(0).random((40, 2))
    spots = find_spots(Process(slope, at), BOX, 0.5)
    assert headline(chart()) == "Where the probability of goal is above 0.5"
    sized = f"{spots[0].size:.3g} m², {100 * spots[0].share:.2g} % of the space"
    assert (
        headline(chart(), spots)
        == f"One region where the probability of goal is above 0.5: {sized}"
    )
    assert headline(chart(view=View("x", "y", size=16))) == "Probability of goal"


@pytest.mark.parametrize(
    "space",
    [
        BOX,
        Space(BOX.parameters, constraints=(Expression("x + y > 0"),)),
        Space({"k": Real(0.1, 10.0, unit="N", scale="log"), "v": Real(0.0, 1.0)}),
        Space({"n": Integer(1, 5), "foot": Categorical(("left", "right"))}),
        Space({"n": Integer(1, 50), "y": Real(0.0, 1.0)}),
        Space({"x": Real(0.0, 1.0, unit="m")}),
        Space({"tall": Real(0.0, 1.0, unit="m"), "y": Real(0.0, 90.0, unit="m")}),
    ],
    ids=["box", "constrained", "log", "choices", "whole", "curve", "tall"],
)
def test_any_space_gives_a_picture_with_all_its_words_inside(space: Space, tmp_path: Path) -> None:
    figure = draw_map(chart(space))
    save(figure, tmp_path / "map.png")
    pixels = imread(tmp_path / "map.png")
    assert pixels.shape[0] > 500
    assert pixels[:, :, :3].std() > 0.05
    width, height = figure.canvas.get_width_height()
    for text in figure.texts:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height


def test_a_pool_s_colours_are_told_with_the_unit_of_its_numbers() -> None:
    pool = Pool.of({"zinc": [0.1, 0.4, 0.7], "lead": [3.0, 1.0, 2.0]}, ("zinc", "lead"))
    height = Number("height", unit="m")
    found = read_items(Process(slope, pool.units, outcome=height), pool, 0.0)
    figure = draw_items(found, pool, height, "alloys")
    assert figure.axes[1].get_ylabel() == "height [m]"


def test_the_same_map_is_the_same_picture(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        save(draw_map(chart(), Overlay(backdrop=PITCH, observations=ran(20))), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
