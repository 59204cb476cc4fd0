"""The page in a real Chromium, as a designer looks at it. Pictures of each view are kept."""

import json
import re
from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi", reason="the extra 'service' is not installed")
pytest.importorskip("playwright", reason="playwright is not installed; the extra 'all' has it")

from playwright.sync_api import Page, expect

from tests.service.browser import at_home, kept, needs_chromium, pixels
from tests.service.conftest import RIG
from tests.service.site import Site, shots_served

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A campaign of the football simulator with sixty runs in, served."""
    with shots_served(tmp_path_factory.mktemp("page")) as running:
        yield running


def test_with_nothing_to_compare_with_the_page_says_how_to_begin(page: Page, service: Site) -> None:
    page.goto(f"{service.url}/#view=compare")
    expect(page.locator("#view code")).to_have_text("surrogate run PLAN --from previous")
    expect(page.locator("#choose-with")).to_have_count(0)
    kept(page, "alone")


def test_the_map_opens_with_its_caption_and_its_note(page: Page, service: Site) -> None:
    at_home(page, service)
    expect(page.locator("h1")).to_have_text("Probability of goal over y and x")
    expect(page.locator("#caption")).to_contain_text("keeper_depth = ")
    expect(page.locator("#note")).not_to_be_empty()
    expect(page.locator("#reading")).to_contain_text("How to read this")
    kept(page, "map")


def test_the_threshold_moves_the_line_at_once_and_the_link_with_it(
    page: Page, service: Site
) -> None:
    at_home(page, service)
    before = pixels(page)
    page.locator("#threshold").fill("0.3")
    page.locator("#threshold").dispatch_event("change")
    expect(page.locator("#threshold-value")).to_have_text("threshold 0.3")
    assert pixels(page) != before
    assert "level=0.3" in page.url
    expect(page.locator("#spots h2")).to_contain_text("above 0.3")


def test_points_are_kept_in_the_link_with_what_the_map_says_of_them(
    page: Page, service: Site
) -> None:
    point = {"x": 9.0, "y": 1.0, "keeper_depth": 2.0}
    at_home(page, service, f"&point={json.dumps(point)}")
    expect(page.locator("#card .value")).to_be_visible()
    before = pixels(page)
    page.get_by_role("button", name="keep this point").click()
    expect(page.locator("#pins li")).to_have_count(1)
    said = service.post("/campaigns/shots/predict", {"points": [point]})
    expect(page.locator("#pins .pin-value")).to_contain_text(f"{said['mean'][0]:.2f} (")
    assert pixels(page) != before
    kept(page, "pins")
    page.reload()
    expect(page.locator("#pins li")).to_contain_text("A: ")
    page.get_by_role("button", name="forget A").click()
    expect(page.locator("#pins li")).to_have_count(0)
    assert "pins=" not in page.url


def test_what_comes_next_stands_on_the_map_with_its_reasons(page: Page, service: Site) -> None:
    at_home(page, service)
    page.get_by_role("button", name="what would be simulated next?").click()
    expect(page.locator("#next li")).to_have_count(8)
    expect(page.locator("#next li").first).to_contain_text("1. x ")
    kept(page, "next")


def test_a_link_restores_zoom_layer_point_and_what_is_shown(page: Page, service: Site) -> None:
    point = json.dumps({"x": 5.0, "y": 2.0, "keeper_depth": 1.5})
    at_home(page, service, f"&zoom=2,3,8&layer=upper&fade=0&next=1&point={point}")
    expect(page.locator("#card .value")).to_be_visible()
    expect(page.locator("#next li")).to_have_count(8)
    expect(page.locator("#choose-layer")).to_have_value("upper")
    expect(page.locator("#fade")).not_to_be_checked()
    page.wait_for_timeout(300)
    seen, link = pixels(page), page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#card .value")).to_be_visible()
    expect(page.locator("#next li")).to_have_count(8)
    page.wait_for_function("seen => document.getElementById('map').toDataURL() === seen", arg=seen)


def test_a_slider_holds_a_parameter_and_the_caption_says_where(page: Page, service: Site) -> None:
    at_home(page, service)
    slider = page.locator("input[data-hold=keeper_depth]")
    slider.evaluate("one => { one.value = 4; one.dispatchEvent(new Event('change')); }")
    expect(page.locator("#caption")).to_contain_text("keeper_depth = 4 m")
    assert "hold.keeper_depth=4" in page.url
    page.get_by_label("average over keeper_depth").check()
    expect(page.locator("#caption")).to_contain_text("keeper_depth averaged")
    expect(slider).to_be_disabled()
    kept(page, "averaged")
    page.locator("#reset").click()
    expect(page.locator("#caption")).to_contain_text("keeper_depth = 1.5 m")


def test_axes_are_chosen_and_a_link_restores_the_view(page: Page, service: Site) -> None:
    at_home(page, service)
    page.select_option("#choose-y", "keeper_depth")
    expect(page.locator("h1")).to_have_text("Probability of goal over y and keeper_depth")
    expect(page.locator("#caption")).to_contain_text("x = ")
    link, seen = page.url, page.locator("#caption").text_content()
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("#spots h2")
    expect(page.locator("#caption")).to_have_text(str(seen))
    expect(page.locator("#choose-y")).to_have_value("keeper_depth")


def test_a_run_is_played_again_on_the_pitch(page: Page, service: Site) -> None:
    at_home(page, service)
    before = pixels(page)
    page.locator(".spot button.replay").first.click()
    page.wait_for_function(
        "before => document.getElementById('map').toDataURL() !== before", arg=before
    )
    kept(page, "replay")


def test_progress_quality_and_runs_have_views_of_their_own(page: Page, service: Site) -> None:
    at_home(page, service)
    page.get_by_role("link", name="Progress").click()
    expect(page.locator("#counts .value").first).to_have_text(re.compile(r"\d+ of \d+"))
    expect(page.get_by_role("heading", name="Expected error, in % of the space")).to_be_visible()
    expect(page.locator("#rules canvas")).to_be_visible()
    expect(page.locator("#rules h3")).to_contain_text("0.1 % or less is enough")
    kept(page, "progress")
    page.get_by_role("link", name="Quality").click()
    expect(page.locator("#health .light").first).to_be_visible()
    kept(page, "quality")
    page.get_by_role("link", name="Runs").click()
    expect(page.locator("#runs tr").nth(5)).to_be_visible()
    page.select_option("#filter-reason", "audit")
    expect(page.locator("#runs")).not_to_contain_text("boundary")
    kept(page, "runs")


def test_a_run_tells_what_it_promised_and_what_the_other_answer_had_led_to(
    page: Page, service: Site
) -> None:
    at_home(page, service)
    page.get_by_role("link", name="Runs").click()
    page.select_option("#filter-reason", "boundary")
    expect(page.locator("#runs")).not_to_contain_text("audit")
    page.get_by_role("button", name="what query").first.click()
    told = page.locator("#runs .account").first
    for name in ("promised", "still worth", "realised", "expected", "as it came", "had it been"):
        expect(told.locator("dt", has_text=re.compile(f"^{name}$"))).to_be_visible()
    expect(told.locator("dd").last).to_contain_text("of the space above the level, gain")
    kept(page, "why")


def test_going_to_and_fro_leaves_no_stream_of_events_open(page: Page, service: Site) -> None:
    """A browser opens six connections to a service: streams left open would stop the page."""
    at_home(page, service)
    home = page.url
    for view in ("runs", "quality") * 4:
        page.goto(f"{home}&view={view}")
    expect(page.locator("#health .light").first).to_be_visible()
    for _ in range(8):
        page.go_back()
    expect(page.locator("#caption")).to_contain_text("keeper_depth = 1.5 m")


def test_a_box_on_the_map_filters_the_table_of_runs(page: Page, service: Site) -> None:
    at_home(page, service)
    box = page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 60, y - 40)
    page.mouse.down()
    page.mouse.move(x, y, steps=3)
    page.mouse.move(x + 60, y + 40)
    page.mouse.up()
    expect(page.locator("#box h2")).to_contain_text("In the box: y ")
    kept(page, "box")
    inside = re.match(r"(\d+) run", str(page.locator("#box p").text_content()))
    page.get_by_role("button", name="list these runs").click()
    expect(page.locator(".chip")).to_contain_text("only in the box")
    assert inside is not None
    expect(page.locator("#runs tr")).to_have_count(int(inside[1]) + 1)
    kept(page, "runs-in-a-box")
    page.reload()
    expect(page.locator("#runs tr")).to_have_count(int(inside[1]) + 1)


def test_the_campaign_is_played_back_from_its_first_run(page: Page, service: Site) -> None:
    at_home(page, service)
    now = pixels(page)
    page.get_by_text("play it back from the first run").click()
    page.wait_for_function("() => Number(document.getElementById('step').max) > 1")
    page.locator("#step").fill("1")
    expect(page.locator("#caption")).to_contain_text("Revision 2, as it was then")
    assert pixels(page) != now
    kept(page, "playback")
    page.reload()
    expect(page.locator("#caption")).to_contain_text("Revision 2, as it was then")
    page.locator("#play").click()
    expect(page.locator("#play")).to_have_text("play")
    expect(page.locator("#caption")).not_to_contain_text("as it was then")


def test_where_the_simulator_declines_is_grey_with_its_reason(page: Page, service: Site) -> None:
    service.post("/campaigns", {**RIG, "name": "stalls"})
    for query in service.post("/campaigns/stalls/ask", {"worker": "w", "count": 60})["queries"]:
        which = {"query": query["query"], "attempt": query["attempt"]}
        speed = query["point"]["speed"]
        said = {"infeasible": "it stalls"} if speed > 18 else {"values": {"cleared": speed > 10}}
        service.post("/campaigns/stalls/tell", {**which, **said})
    page.goto(f"{service.url}/#campaign=stalls")
    expect(page.locator("#caption")).to_contain_text('Grey cannot be simulated: "it stalls"')
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    expect(page.locator(".tip")).to_contain_text("cannot be simulated")
    kept(page, "declined")
    page.select_option("#choose-layer", "answers")
    expect(page.locator("#legend .scale")).to_have_text("chance that the simulator answers")
    kept(page, "chance-of-an-answer")


def test_the_keyboard_reaches_a_point_without_a_mouse(page: Page, service: Site) -> None:
    at_home(page, service)
    page.locator("#map").focus()
    for key in ("ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#card .value")).to_be_visible()


def test_a_frame_of_a_moving_threshold_is_drawn_by_little_script(page: Page, service: Site) -> None:
    at_home(page, service)
    for level in ("0.2", "0.4", "0.6"):
        page.locator("#threshold").fill(level)
    drawn = float(page.locator("#map").get_attribute("data-milliseconds") or "nan")
    assert drawn < 2000  # a guard; benchmarks measure
