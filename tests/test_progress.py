"""The live view and the log say the same, in words of a person who waits."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from surrogate.progress import error_words, line, watching
from surrogate.runner import Progress
from surrogate.session import Outlook, duration

SNAPSHOT = Progress(
    done=137,
    failed=2,
    in_flight=16,
    queued=8,
    total=400,
    rate=8.94,
    busy=0.93,
    seconds_left=29.4,
    message="where the 0.5 line runs",
    outlook=Outlook(((137, 0.0213),), "share of the space on the wrong side", "about 60 more runs"),
)


def shown(snapshots: list[Progress], *, terminal: bool) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=100, color_system=None)
    with watching(console, "penalty-box: boundary at 0.5, shot") as observe:
        for snapshot in snapshots:
            observe(snapshot)
    return text.getvalue()


def test_both_views_tell_everything_that_was_asked_for() -> None:
    log = shown([SNAPSHOT], terminal=False)
    for words in (
        "137/400 done",
        "16 in flight",
        "2 failed",
        "8.9 runs/s",
        "busy 93 %",
        "29 s left",
    ):
        assert words in log
    live = shown([SNAPSHOT], terminal=True)
    for words in ("137 of 400 done", "16 in flight", "2 failed", "8.9 runs/s", "busy 93 %", "29 s"):
        assert words in live
    for view in (log, live):
        assert "2.1 % of the space on the wrong side" in view
        assert "about 60 more runs" in view


def test_a_log_has_a_line_for_each_twentieth_of_the_runs_and_no_more() -> None:
    snapshots = [replace(SNAPSHOT, done=done) for done in range(401) for _ in range(3)]
    assert len(shown(snapshots, terminal=False).splitlines()) == 21


def test_what_was_given_up_is_not_done_and_yet_moves_the_bar() -> None:
    last = replace(SNAPSHOT, done=398, given_up=2, total=400, failed=6)
    assert "398/400 done" in line(last)
    assert "6 failed (2 given up)" in shown([last], terminal=True)
    assert len(shown([last, replace(last, done=399)], terminal=False).splitlines()) == 1


def test_the_live_view_draws_the_history_of_the_error() -> None:
    falling = Outlook(((8, 0.4), (16, 0.2), (24, 0.05)))
    assert "█▅▂" in shown([replace(SNAPSHOT, outlook=falling)], terminal=True)


def test_what_is_not_known_yet_is_said_not_to_be() -> None:
    early = replace(SNAPSHOT, outlook=Outlook(), seconds_left=None)
    assert error_words(early.outlook) == "not known yet"
    assert "left" not in line(early)
    assert "not known yet" in shown([early], terminal=True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "not known yet"),
        (0.2, "0 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (18600, "5 h 10 min"),
    ],
)
def test_durations_are_rounded_to_what_a_person_wants(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
