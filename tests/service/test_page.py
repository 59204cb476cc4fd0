"""The page in a real Chromium, as a designer uses it. Pictures of each view are kept as output."""

import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra 'service' is not installed")
pytest.importorskip("playwright", reason="playwright is not installed; the extra 'all' has it")

from playwright.sync_api import Page, expect

from simulators.adapters import clients
from tests.service.browser import PATIENCE, kept, needs_chromium, pixels
from tests.service.conftest import RIG
from tests.service.site import Site, free_port, shots_in, site
from tests.service.test_items import pool_in

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A campaign of the football simulator with sixty runs in, served."""
    folder: Path = tmp_path_factory.mktemp("page")
    with site(shots_in(folder, seed=3, runs=60)) as running:
        yield running


def at_home(page: Page, service: Site, choices: str = "") -> None:
    page.goto(f"{service.url}/#campaign=shots{choices}")
    page.wait_for_selector("#spots h2")


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


def test_a_clicked_point_is_simulated_and_the_map_moves_on(page: Page, service: Site) -> None:
    at_home(page, service)
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#card .value")).to_have_text(
        re.compile(r"0\.\d\d \(0\.\d\d\.\.[01]\.\d\d\)")
    )
    point = json.loads(page.locator("#card").get_attribute("data-point") or "")
    assert set(point) == {"x", "y", "keeper_depth"}
    before = revision(page)
    kept(page, "card")
    page.get_by_role("button", name="simulate this now").click()
    expect(page.locator("#card [role=status]")).to_contain_text("is being simulated")
    page.wait_for_function(f"before => {_REVISION} > before", arg=before)
    last = service.get("/campaigns/shots/runs?most=1")["runs"][0]
    assert last["reason"] == "person"
    assert last["point"]["x"] == pytest.approx(point["x"])


_REVISION = "Number(document.getElementById('caption').textContent.match(/Revision (\\d+)/)[1])"


def revision(page: Page) -> int:
    found: int = page.evaluate(_REVISION)
    return found


def test_a_verdict_on_a_spot_is_kept_with_who_and_when(page: Page, service: Site) -> None:
    at_home(page, service)
    spot = page.locator(".spot").first
    spot.get_by_label("comment").fill("keeper sleeps")
    spot.get_by_label("exploit").check()
    expect(spot.locator(".said")).to_contain_text("exploit, says owner")
    page.reload()
    page.wait_for_selector(".spot")
    expect(page.locator(".spot .said").first).to_contain_text("keeper sleeps")
    expect(page.locator(".spot").first.get_by_label("exploit")).to_be_checked()
    kept(page, "spots")


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
    expect(page.get_by_role("heading", name="Expected error: share of")).to_be_visible()
    expect(page.locator("#rules canvas")).to_be_visible()
    expect(page.locator("#rules h3")).to_contain_text("0.001 or less is enough")
    kept(page, "progress")
    page.get_by_role("link", name="Quality").click()
    expect(page.locator("#health .light").first).to_be_visible()
    kept(page, "quality")
    page.get_by_role("link", name="Runs").click()
    expect(page.locator("#runs tr").nth(5)).to_be_visible()
    page.select_option("#filter-reason", "audit")
    expect(page.locator("#runs")).not_to_contain_text("boundary")
    kept(page, "runs")


def test_certificates_what_matters_and_what_to_tune_are_answered(page: Page, service: Site) -> None:
    at_home(page, service)
    page.get_by_role("link", name="Answers").click()
    expect(page.locator("#certificates .certificate dd").first).to_contain_text("with 90 %")
    expect(page.locator("#matters tr").nth(3)).to_contain_text("explain")
    page.get_by_label("keeper_depth").check()
    page.get_by_role("button", name="find the smallest change").click()
    expect(page.locator("#tuned tr").nth(2)).to_contain_text("answer")
    kept(page, "answers")
    page.get_by_role("button", name="verify with 20 runs").first.click()
    expect(page.locator(".confirmed").first).to_contain_text(
        re.compile("runs inside|confirmed|refuted|decided")
    )
    reasons = {run["reason"] for run in service.get("/campaigns/shots/queries?most=500")["queries"]}
    assert "verify" in reasons


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


def test_more_runs_are_asked_for_in_a_box(page: Page, service: Site) -> None:
    at_home(page, service, "&box=-4,4,6,12")
    inside = page.locator("#box")
    inside.get_by_label("how many runs").fill("3")
    seen = service.get("/campaigns/shots/queries?most=500")["queries"]
    inside.get_by_role("button", name="refine here").click()
    expect(inside.get_by_role("status")).to_have_text("3 runs are being simulated.")
    queries = service.get("/campaigns/shots/queries?most=500")["queries"]
    known = {one["query"] for one in seen}
    asked = [one for one in queries if one["query"] not in known and one["reason"] == "person"]
    assert len(asked) == 3
    for one in asked:
        assert -4 <= one["point"]["y"] <= 4
        assert 6 <= one["point"]["x"] <= 12


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


def test_what_comes_next_stands_on_the_map_with_its_reasons(page: Page, service: Site) -> None:
    at_home(page, service)
    page.get_by_role("button", name="what would be simulated next?").click()
    expect(page.locator("#next li")).to_have_count(8)
    expect(page.locator("#next li").first).to_contain_text("1. x ")
    kept(page, "next")


def test_a_page_follows_a_campaign_from_nothing_to_its_last_query(
    page: Page, service: Site
) -> None:
    def tell(queries: list[dict[str, Any]]) -> None:
        for query in queries:
            which = {"query": query["query"], "attempt": query["attempt"]}
            cleared = query["point"]["speed"] > 15
            service.post("/campaigns/fresh/tell", {**which, "values": {"cleared": cleared}})

    service.post("/campaigns", {**RIG, "name": "fresh"})
    page.goto(f"{service.url}/#campaign=fresh")
    expect(page.locator("#no-map")).to_contain_text("0 of 60 queries are answered")
    kept(page, "nothing")
    given = service.post("/campaigns/fresh/ask", {"worker": "w", "count": 14})["queries"]
    tell(given[2:])
    expect(page.locator("#caption")).to_contain_text("12 runs")
    running = page.locator("#next li", has_text="running")
    expect(running).to_have_count(2)
    tell(given[:2])
    expect(running).to_have_count(0)


def test_a_link_restores_zoom_layer_point_and_what_is_shown(page: Page, service: Site) -> None:
    until_at_rest(service)
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


def until_at_rest(service: Site) -> None:
    """Wait until what earlier tests had simulated is done, and the map knows it."""
    for _ in range(1200):
        open_ones = {"queued", "leased"} & set(service.get("/campaigns/shots")["queries"])
        if not open_ones and service.get("/campaigns/shots/dots")["current"]:
            return
        time.sleep(0.1)


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
    kept(page, "answers")


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


def test_a_person_answers_the_items_of_a_pool_by_their_pictures(
    browser: Any, tmp_path: Path
) -> None:
    with site(pool_in(tmp_path)) as service:
        opened = browser.new_page(viewport={"width": 1100, "height": 900})
        opened.set_default_timeout(PATIENCE)
        opened.goto(f"{service.url}/#campaign=tiles")
        opened.get_by_role("button", name="answer items yourself").click()
        for answered in range(12):
            heading = opened.locator("#desk h2")
            expect(heading).to_contain_text("bright?")
            said = str(heading.text_content())
            tile = int(said.split()[1].rstrip(":"))
            if answered == 11:
                kept(opened, "label")
            opened.get_by_role("button", name="yes" if tile >= 20 else "no").click()
            opened.wait_for_function(_OTHER, arg=said)
        found = service.get("/campaigns/tiles/runs")["runs"]
        assert len(found) >= 11
        assert all((run["point"]["item"] >= 20) == run["values"]["bright"] for run in found)
        opened.close()


_OTHER = "before => document.querySelector('#desk h2')?.textContent !== before"

GAME = """<!doctype html><script type="module">
import { Client } from "./pull.mjs";
const run = (point) => ({ cleared: point.speed > 15 });
await new Client("%s", "rig", { worker: "a browser" }).work(run, 6);
document.title = "done";
</script>"""


def test_a_game_in_a_browser_pulls_its_work_from_another_origin(
    browser: Any, tmp_path: Path
) -> None:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with site(tmp_path / "rig.db", "--origin", origin) as service, served(tmp_path, port):
        service.post("/campaigns", RIG)
        (tmp_path / "game.html").write_text(GAME % service.url)
        shutil.copy(Path(clients.__file__).parent / "pull.mjs", tmp_path)
        opened = browser.new_page()
        opened.goto(f"{origin}/game.html")
        opened.wait_for_function("() => document.title === 'done'", timeout=PATIENCE)
        opened.close()
        assert service.get("/campaigns/rig")["queries"] == {"done": RIG["runs"]}


@contextmanager
def served(folder: Path, port: int) -> Iterator[None]:
    """The folder's files over HTTP, as a game build's own server would give them."""
    handler = partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {".mjs": "text/javascript", ".html": "text/html"}  # noqa: RUF012

    def log_message(self, *arguments: object) -> None:
        pass
