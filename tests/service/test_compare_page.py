"""Two versions compared on the page, and a row of them followed, in a real Chromium."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra 'service' is not installed")
pytest.importorskip("playwright", reason="playwright is not installed; the extra 'all' has it")

from playwright.sync_api import Page, expect

from surrogate.store.service_tables import Role, Tokens
from surrogate.store.sql import open_store
from tests.service.browser import kept, needs_chromium, pixels
from tests.service.conftest import RIG
from tests.service.site import Site, site

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two versions of a rig: `first` clears from 18 m/s on, `second` from 10."""
    folder: Path = tmp_path_factory.mktemp("versions")
    with site(folder / "rigs.db") as running:
        for name, edge in (("first", 18.0), ("second", 10.0)):
            told(running, name, edge)
        yield running


def told(service: Site, name: str, edge: float) -> None:
    service.post("/campaigns", {**RIG, "name": name})
    asked = service.post(f"/campaigns/{name}/ask", {"worker": "w", "count": 30})["queries"]
    for query in asked:
        which = {"query": query["query"], "attempt": query["attempt"]}
        values = {"cleared": query["point"]["speed"] > edge}
        service.post(f"/campaigns/{name}/tell", {**which, "values": values})


def comparing(page: Page, service: Site, choices: str = "") -> None:
    page.goto(f"{service.url}/#campaign=second&view=compare{choices}")
    page.wait_for_selector("#verdicts h2")


def test_what_became_of_each_spot_is_told_with_sizes_and_intervals(
    page: Page, service: Site
) -> None:
    comparing(page, service)
    found = service.get("/campaigns/second/compare?with=first&x=speed&y=angle")
    expect(page.locator("h1")).to_have_text("What changed from first to second")
    expect(page.locator("#headline .headline")).to_have_text(found["headline"])
    spots = page.locator("#verdicts .spot")
    expect(spots).to_have_count(len(found["spots"]))
    expect(spots.first).to_have_attribute("data-verdict", found["spots"][0]["verdict"])
    expect(spots.first).to_contain_text("m/s × deg before, ")
    expect(page.locator("figcaption").first).to_have_text("before: first")
    kept(page, "compare")


def test_both_sides_keep_one_frame_and_the_link_restores_it(page: Page, service: Site) -> None:
    comparing(page, service, "&zoom=2,15,45")
    sides = [page.locator("#map"), page.locator("#map-after")]
    boxes = [side.bounding_box() for side in sides]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])
    before = pixels(page)
    sides[1].focus()
    page.keyboard.press("0")
    page.wait_for_function("() => !location.hash.includes('zoom')")
    assert pixels(page) != before


def test_one_version_is_wiped_over_the_other(page: Page, service: Site) -> None:
    comparing(page, service, "&show=swipe&swipe=1")
    page.wait_for_selector("#wipe:visible")
    whole = pixels(page)
    page.locator("#wipe").fill("0.25")
    assert pixels(page) != whole
    page.locator("#wipe").dispatch_event("change")
    expect(page.locator("#map-after")).to_be_hidden()
    page.wait_for_function("() => location.hash.includes('swipe=0.25')")
    kept(page, "swipe")


def test_a_difference_is_grey_where_it_is_not_sure(page: Page, service: Site) -> None:
    comparing(page, service, "&show=difference")
    page.wait_for_selector("#unsure:visible")
    expect(page.locator("#legend .scale")).to_have_text("change of the probability of cleared")
    masked = pixels(page)
    kept(page, "difference")
    page.locator("#unsure").check()
    page.wait_for_function(
        "before => document.getElementById('map').toDataURL() !== before", arg=masked
    )
    assert "unsure=1" in page.url


def test_the_threshold_of_a_comparison_is_dragged_and_its_verdicts_follow(
    page: Page, service: Site
) -> None:
    comparing(page, service)
    page.locator("#threshold").fill("0.8")
    page.locator("#threshold").dispatch_event("change")
    expect(page.locator("#verdicts h2")).to_contain_text("above 0.8")
    assert "level=0.8" in page.url


def test_another_version_is_chosen_to_compare_with(page: Page, service: Site) -> None:
    page.goto(f"{service.url}/#campaign=first&view=compare")
    page.wait_for_selector("#verdicts h2")
    expect(page.locator("#choose-with")).to_have_value("second")
    assert "with=second" in page.url
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("→")


def test_spots_are_followed_through_chosen_versions(page: Page, service: Site) -> None:
    page.goto(f"{service.url}/#campaign=second&view=timeline")
    expect(page.locator("#steps")).to_contain_text("One version alone makes no timeline")
    page.get_by_role("checkbox", name="first").check()
    expect(page.locator("#moments th").nth(1)).to_have_text("first")
    expect(page.locator("#steps")).to_contain_text("second: ")
    expect(page.locator("#iterations canvas")).to_have_count(2)
    kept(page, "timeline")
    page.reload()
    expect(page.locator("#iterations canvas")).to_have_count(2)
    page.locator("#iterations a").first.click()
    expect(page.locator("#campaign")).to_have_value("first")


def test_a_pasted_link_asks_for_a_token_and_opens_where_it_points(
    browser: Any, service: Site
) -> None:
    with closing(open_store(service.store)) as opened:
        tokens = Tokens(opened.database)
        secret = tokens.create("ann", Role.READER, now=0.0)
        page = browser.new_page()
        page.goto(f"{service.url}/#campaign=second&level=0.7")
        page.locator("#token").fill(secret)
        page.get_by_role("button", name="Open").click()
        expect(page.locator("#threshold-value")).to_have_text("threshold 0.7")
        expect(page.locator("#live")).to_have_text("live")  # events come, with the token
        page.close()
        tokens.revoke("ann", now=1.0)
