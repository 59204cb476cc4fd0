"""The page's threshold, dragged in a real Chromium: script time of a frame.

Each frame finds the level's line in a map of 128 x 128 cells by marching squares, marks the cells
whose interval holds the level, and draws the whole picture anew. To beat (issue 6): 16 ms of script
a frame. Frames are timed by the page itself, by the clock on the wall; beside it stands the time
that the browser's main thread spent on its processor for a frame, which a busy machine does not
change. Wants Chromium and the extra `all`.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.table import Table
from surrogate.campaign import Campaign
from surrogate.plan import Plan
from tests.service.site import site

FRAMES = 200
SHOTS = {
    "use": "simulators.football:shot",
    "settings": {"pace": "unlimited"},
}
BOX = {"x": {"low": 1.0, "high": 16.5}, "y": {"low": -20.16, "high": 20.16}}
DRAG = """async frames => {
  const handle = document.getElementById("threshold");
  const times = [];
  for (let frame = 0; frame < frames; frame++) {
    await new Promise(requestAnimationFrame);
    handle.value = 0.05 + 0.9 * (frame / frames);
    handle.dispatchEvent(new Event("input"));
    times.push(Number(document.getElementById("map").dataset.milliseconds));
  }
  return times;
}"""


def tables(quick: bool, seeds: int | None) -> list[Table]:
    counts = (200,) if quick else (200, 1000)
    rows = [row(runs, repeat) for runs in counts for repeat in range(seeds or 1)]
    return [
        Table(
            "the threshold dragged over a map of 128 x 128 cells, ms a frame",
            ("runs drawn", "median", "p99", "main thread", "to beat"),
            tuple(rows),
            f"{FRAMES} frames each; 'main thread' is its processor time, all it does in a frame",
        )
    ]


def row(runs: int, seed: int) -> tuple[int, float, float, float, float]:
    """How many runs; median and 99th percentile of a frame; processor time of a frame; the bar."""
    with TemporaryDirectory() as folder:
        store = Path(folder) / "shots.db"
        keys = {"name": "shots", "seed": seed, "store": str(store), "simulator": SHOTS}
        goal = {"kind": "boundary", "level": 0.5}
        budget = {"runs": runs, "start": runs}  # none is chosen: only the drawing is measured
        keys |= {"space": BOX, "goal": goal, "budget": budget, "workers": {"count": 2}}
        with Campaign.from_plan(Plan.from_mapping(keys)) as campaign:
            campaign.run()
        with site(store) as service:
            times, busy = dragged(service.url)
    return runs, float(np.median(times)), float(np.quantile(times, 0.99)), busy, 16.0


def dragged(url: str) -> tuple[list[float], float]:
    """Script time of each frame by the wall, and processor time of the main thread a frame, ms."""
    arguments = ["--no-sandbox", "--disable-gpu"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{url}/#campaign=shots")
        page.wait_for_selector("#spots h2", timeout=60_000)
        protocol = page.context.new_cdp_session(page)
        protocol.send("Performance.enable", {"timeDomain": "threadTicks"})
        before = spent(protocol)
        times: list[float] = page.evaluate(DRAG, FRAMES)
        busy = 1000 * (spent(protocol) - before) / FRAMES
        browser.close()
    return times, busy


def spent(protocol: Any) -> float:
    """Seconds that tasks of the page's main thread have taken so far."""
    found = protocol.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in found if one["name"] == "TaskDuration")
