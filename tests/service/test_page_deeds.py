"""What a designer and others do on the page, in a real Chromium. Pictures are kept as output."""

import json
import re
import shutil
import threading
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
from tests.service.browser import PATIENCE, at_home, kept, needs_chromium
from tests.service.conftest import RIG
from tests.service.site import Site, shots_in, site
from tests.service.test_items import pool_in
from tests.waiting import free_port

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def sixty_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds a campaign of the football simulator with sixty runs in."""
    return shots_in(tmp_path_factory.mktemp("page"), seed=3, runs=60)


@pytest.fixture
def service(sixty_in: Path, tmp_path: Path) -> Iterator[Site]:
    """A copy of it, served: what one test has simulated, another does not see."""
    with site(Path(shutil.copy(sixty_in, tmp_path))) as running:
        yield running


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
