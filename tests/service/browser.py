"""A real Chromium for tests of the page, and where pictures of what it shows are kept."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.service.site import Site

CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PATIENCE = 180_000  # ms: a guard against hanging, on a busy machine
PICTURES = Path(os.environ.get("SURROGATE_PICTURES") or "build/pictures")

expect.set_options(timeout=PATIENCE)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
)


@contextmanager
def chromium() -> Iterator[Any]:
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@contextmanager
def watched(browser: Any, **options: Any) -> Iterator[Page]:
    """A page of its own, on which no script, request or policy may fail."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, **options)
    context.set_default_timeout(PATIENCE)
    opened: Page = context.new_page()
    failures: list[str] = []

    def failed(error: object) -> None:
        failures.append(str(error))

    def answered(answer: Any) -> None:
        if answer.status >= 400 and not answer.url.startswith(("file:", "data:")):
            failures.append(f"{answer.status} {answer.url}")

    def said(message: Any) -> None:
        if message.type == "error":
            failures.append(message.text)

    opened.on("pageerror", failed)
    opened.on("response", answered)
    opened.on("console", said)
    yield opened
    context.close()
    assert not failures, failures


def kept(page: Page, name: str) -> None:
    """Keep a picture of the page in build/pictures, or where the environment says."""
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def pixels(page: Page) -> str:
    drawn: str = page.evaluate("document.getElementById('map').toDataURL()")
    return drawn


def at_home(page: Page, service: Site, choices: str = "") -> None:
    """Open the map of the shots, with what else the link says."""
    page.goto(f"{service.url}/#campaign=shots{choices}")
    page.wait_for_selector("#spots h2")
