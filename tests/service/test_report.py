"""The report: the page as one file, opened from disk without a service or a network."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra 'service' is not installed")
pytest.importorskip("playwright", reason="playwright is not installed; the extra 'all' has it")

from click.testing import CliRunner
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from surrogate.campaign import Campaign
from surrogate.cli import app
from surrogate.clock import SystemClock
from surrogate.service.report import Answer, page, report
from tests.service.browser import kept, needs_chromium, pixels, watched
from tests.service.site import shots_in
from tests.service.test_drift import later
from tests.service.test_items import pool_in


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of forty shots, as the command line writes it."""
    folder: Path = tmp_path_factory.mktemp("report")
    store = shots_in(folder, seed=5, runs=40)
    file = folder / "shots-report.html"
    place = ["--store", str(store), "--name", "shots", "--out", str(file)]
    said = CliRunner().invoke(app, ["report", *place], catch_exceptions=False)
    assert said.output == f"report written to {file}\n"
    return file


@pytest.fixture
def opened(written: Path, browser: Any) -> Iterator[Page]:
    with watched(browser, offline=True) as page:
        page.goto(written.as_uri())
        page.wait_for_selector("#spots h2")
        yield page


def test_a_question_does_not_depend_on_the_order_of_its_parameters_nor_on_sizes() -> None:
    one = Answer("/a/map", {}, (("y", "b c"), ("x", "a"), ("size", "64")))
    assert one.question == Answer("/a/map", {}, (("x", "a"), ("y", "b c"))).question
    assert json.loads(one.question) == ["/a/map", [["x", "a"], ["y", "b c"]]]


def test_what_a_campaign_says_cannot_end_the_script_that_carries_it() -> None:
    text = page({"made": "</script><script>alert(1)</script>", "answers": {}})
    assert "<script>alert" not in text


def test_the_file_names_nothing_outside_itself(written: Path) -> None:
    text = written.read_text()
    assert len(text) < 5_000_000
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', text) == []
    assert "default-src 'none'" in text


@needs_chromium
def test_a_report_opens_from_disk_with_every_view(opened: Page) -> None:
    expect(opened.locator("#live")).to_contain_text("a report of ")
    expect(opened.locator("#caption")).to_contain_text("40 runs")
    kept(opened, "report")
    opened.get_by_role("link", name="Progress").click()
    expect(opened.locator("#counts .value").first).to_have_text("40 of 40")
    opened.get_by_role("link", name="Quality").click()
    expect(opened.locator("#health .light").first).to_be_visible()
    opened.get_by_role("link", name="Runs").click()
    expect(opened.locator("#runs tr")).to_have_count(41)
    opened.select_option("#filter-reason", "start")
    expect(opened.locator("#runs")).not_to_contain_text("boundary")


@needs_chromium
def test_a_report_has_thresholds_other_axes_points_and_the_past(opened: Page) -> None:
    before = pixels(opened)
    opened.locator("#threshold").fill("0.3")
    opened.locator("#threshold").dispatch_event("change")
    expect(opened.locator("#spots h2")).to_contain_text("above 0.3")
    assert pixels(opened) != before
    box = opened.locator("#map").bounding_box()
    assert box is not None
    opened.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(opened.locator("#card .value")).to_be_visible()
    opened.select_option("#choose-x", "keeper_depth")
    expect(opened.locator("#caption")).to_contain_text("y = ")
    opened.go_back()
    opened.get_by_text("play it back from the first run").click()
    opened.locator("#step").fill("1")
    expect(opened.locator("#caption")).to_contain_text("as it was then")


@needs_chromium
def test_a_report_says_what_it_does_not_hold(opened: Page) -> None:
    expect(opened.locator("input[data-hold=keeper_depth]")).to_be_disabled()
    expect(opened.locator("#controls")).to_contain_text("at these values only")
    opened.locator("#threshold").fill("0.33")
    opened.locator("#threshold").dispatch_event("change")
    expect(opened.locator("#spots")).to_contain_text("This file does not hold that (spots, level")
    opened.goto(opened.url + "&hold.keeper_depth=5")
    expect(opened.locator("#trouble")).to_contain_text("hold keeper_depth=5")


@needs_chromium
def test_a_run_is_played_again_in_a_report(opened: Page) -> None:
    before = pixels(opened)
    opened.locator(".spot button.replay").first.click()
    opened.wait_for_function(
        "before => document.getElementById('map').toDataURL() !== before", arg=before
    )


@needs_chromium
def test_a_pool_is_reported_by_its_items(tmp_path: Path, browser: Any) -> None:
    store, file = pool_in(tmp_path), tmp_path / "tiles.html"
    with Campaign.open(store, "tiles") as campaign:
        for query in campaign.ask(12):
            campaign.tell(query, int(query.point["item"]) >= 20)
    place = ["--store", str(store), "--name", "tiles", "--out", str(file)]
    CliRunner().invoke(app, ["report", *place], catch_exceptions=False)
    with watched(browser, offline=True) as page:
        page.goto(file.as_uri())
        expect(page.locator("#items canvas.picture").first).to_be_visible()
        kept(page, "report-pool")


@needs_chromium
def test_a_report_compares_a_version_with_the_one_before(
    learned: TestClient, tmp_path: Path, browser: Any
) -> None:
    later(learned)
    library = learned.app.state.house.library  # type: ignore[attr-defined]
    descent = [library.hosted("rig")]
    file = tmp_path / "later.html"
    file.write_text(report(library.hosted("later"), SystemClock(), descent))
    with watched(browser, offline=True) as page:
        page.goto(f"{file.as_uri()}#view=compare&with=rig")
        expect(page.locator("#verdicts .spot").first).to_be_visible()
        page.get_by_role("button", name="difference").click()
        expect(page.locator("figcaption").first).to_have_text("after less before")
        page.get_by_role("link", name="Timeline").click()
        expect(page.locator("#iterations canvas")).to_have_count(2)
