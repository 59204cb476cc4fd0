"""Due times: daylight saving, clocks that jump, times that were missed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from surrogate.errors import PlanError
from surrogate.timetable import check, key, last_due, next_time, words

ZONE = "Europe/Berlin"
NIGHTLY = "30 2 * * *"
DAY = 86400.0


def at(*parts: int) -> float:
    return datetime(*parts, tzinfo=ZoneInfo(ZONE)).timestamp()  # type: ignore[arg-type,misc]


def times(cron: str, after: float, count: int) -> list[str]:
    found = []
    for _ in range(count):
        time = next_time(cron, ZONE, after)
        assert time is not None
        found.append(words(time, ZONE))
        after = time
    return found


def test_a_time_that_the_day_does_not_have_is_due_when_the_gap_is_over() -> None:
    assert times(NIGHTLY, at(2026, 3, 28, 12), 2) == [
        "2026-03-29 03:00 CEST",
        "2026-03-30 02:30 CEST",
    ]


def test_of_an_hour_that_comes_twice_a_time_is_due_once() -> None:
    assert times(NIGHTLY, at(2026, 10, 24, 12), 2) == [
        "2026-10-25 02:30 CEST",
        "2026-10-26 02:30 CET",
    ]


def test_what_was_missed_is_due_once_and_is_the_last_of_it() -> None:
    due = last_due(NIGHTLY, ZONE, at(2026, 5, 1), at(2026, 6, 1, 12))
    assert due == at(2026, 6, 1, 2, 30)
    assert last_due(NIGHTLY, ZONE, due, at(2026, 6, 1, 12)) is None


def test_every_minute_of_years_is_missed_once_too() -> None:
    now = at(2026, 6, 1, 12)
    assert last_due("* * * * *", ZONE, 0.0, now) == now
    assert last_due("0 0 1 1 *", ZONE, 0.0, now) == at(2026, 1, 1)


def test_a_clock_that_is_set_back_makes_nothing_due_again() -> None:
    dealt_with = at(2026, 6, 1, 2, 30)
    assert last_due(NIGHTLY, ZONE, dealt_with, dealt_with - 3600.0) is None
    assert last_due(NIGHTLY, ZONE, dealt_with, dealt_with + 3600.0) is None
    assert last_due(NIGHTLY, ZONE, dealt_with, dealt_with + DAY) == dealt_with + DAY


def test_a_time_has_the_same_key_in_every_zone() -> None:
    assert key(at(2026, 6, 1, 2, 30)) == "2026-06-01T00:30:00Z"


@pytest.mark.parametrize(
    ("cron", "zone", "said"),
    [
        ("0 2 * *", "UTC", "five fields were expected"),
        ("61 2 * * *", "UTC", "Bad minute; write it as in '0 2"),
        ("0 2 * * *", "Nowhere/X", "time zone 'Nowhere/X' is not known"),
    ],
)
def test_what_is_no_time_is_refused(cron: str, zone: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        check(cron, zone)
