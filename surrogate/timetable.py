"""When a schedule is due, by cron's rules in a time zone: pure, times in seconds since 1970 UTC.

A time that was missed, however often, is due once: the last of those missed. Where clocks go
forward, a time that the day does not have is due as soon as it is over; where they go back, one of
the repeated hour is due once (as Debian's cron does). A clock that is set back makes nothing due
that was due before.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from surrogate.errors import PlanError

_SPANS = (1, 32, 400)  # days to look back, so that few times are counted, whatever was missed


def check(cron: str, zone: str) -> None:
    """Raise `PlanError` for a text that is no cron line, or a time zone that is not known."""
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, KeyError) as problem:
        raise PlanError(
            f"time zone {zone!r} is not known; a name such as 'Europe/Berlin' is"
        ) from problem
    if len(cron.split()) != 5:
        raise PlanError(f"cron {cron!r}: five fields were expected, as in '0 2 * * *'")
    try:
        CronSim(cron, datetime(2020, 1, 1, tzinfo=UTC))
    except CronSimError as problem:
        raise PlanError(f"cron {cron!r}: {problem}; write it as in '0 2 * * *'") from problem


def next_time(cron: str, zone: str, after: float) -> float | None:
    """The first time after `after`; None where there is none in fifty years."""
    found = next(CronSim(cron, _local(after, zone)), None)
    return None if found is None else found.timestamp()


def last_due(cron: str, zone: str, since: float, now: float) -> float | None:
    """The last time after `since` and not after `now`; None where there is none."""
    starts = [max(since, now - timedelta(days=days).total_seconds()) for days in _SPANS]
    for start in dict.fromkeys([*starts, since]):
        found = None
        for time in CronSim(cron, _local(start, zone)):
            if time.timestamp() > now:
                break
            found = time.timestamp()
        if found is not None and found > since:
            return found
    return None


def words(time: float, zone: str) -> str:
    """A time for people, in the zone's own."""
    return _local(time, zone).strftime("%Y-%m-%d %H:%M %Z")


def key(time: float, to: str = "seconds") -> str:
    """A time as the key of what is due then: UTC, `to` the second or to "milliseconds"."""
    return datetime.fromtimestamp(time, UTC).isoformat(timespec=to).replace("+00:00", "Z")


def _local(time: float, zone: str) -> datetime:
    return datetime.fromtimestamp(time, UTC).astimezone(ZoneInfo(zone))
