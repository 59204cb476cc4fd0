"""Re-runs of plans, by the clock or when something has changed.

`run_due` looks once and runs what is due; cron, systemd, CI and `surrogate serve` call it as often
as they like, and two that call it at once run a job once. A schedule is held while one of its jobs
runs, so that no re-run overlaps itself; a holder that dies, by whatever death, lets go, and the
next look continues its job in the very campaign that it had begun.

A change of files is due once they stand still: a look that finds them changed waits until they are
the same for `QUIET` seconds, and leaves what is still written to the next look.

What fails is told, and tried again by the next look after `RETRIES`: 5 minutes, then half an hour,
then 2 hours; then it is given up, and told once more. A job that is due meanwhile takes its place.

What a re-run found is told to where the plan says: a webhook, a file, a command. It is JSON:

    schedule, due         which schedule, and the time or the change that it was due for
    state, message        "done", "failed" (to be tried again) or "given up", and why, in words
    plan, store           the plan's file and the store
    campaign, parent      the campaign that was run, and the one that it began from; null: none
    design, runs          the design's version, and how many runs were made
    notes                 sentences: what sentinels say, whether the parent's map is used, quality
    drift                 what `surrogate compare` says of parent and campaign; null: no parent
    headline              one sentence

Where it goes is in the plan's file alone; nothing of it can be set over HTTP.
"""

import hashlib
import json
import subprocess
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any

from surrogate.ancestry import PREVIOUS
from surrogate.campaign import Campaign
from surrogate.clock import Clock
from surrogate.errors import NotEnoughData, PointError, StoreError, SurrogateError
from surrogate.plan import Plan
from surrogate.sections import TellSection
from surrogate.session import Summary
from surrogate.store.schedules import Due, Schedule, Schedules, State
from surrogate.store.sql import SqlStore
from surrogate.timetable import check, key, last_due, next_time

QUIET = 5.0  # seconds that what is watched is to stand still, so that no half-built game is run
_WAITS = 12  # times that long a look waits for that
RETRIES = (300.0, 1800.0, 7200.0)  # seconds from a failure to the next try; then it is given up
_OPEN = (State.RUNNING, State.FAILED)
_BY_HAND = "by hand "
_CHANGE = "change "

Said = Callable[[str], None]
_SECONDS = 60.0  # that a webhook or a command may take


@dataclass(frozen=True)
class Post:
    """Where jobs are looked for and done: a store, a clock, and who is told of progress."""

    store: SqlStore
    clock: Clock
    say: Said = lambda words: None

    @property
    def schedules(self) -> Schedules:
        """The store's schedules."""
        return Schedules(self.store.database)


def made(plan: Plan, *, cron: str, zone: str, watched: Sequence[str], now: float) -> Schedule:
    """A new schedule of a plan; raises `PlanError` for a cron line or a zone that is none."""
    if plan.path is None:
        raise StoreError("a schedule is of a plan in a file; write the plan down first")
    if cron:
        check(cron, zone)
    elif not watched:
        raise StoreError("no time came: give --cron '0 2 * * *', or --on-change PATH, or both")
    paths = tuple(str(Path(path).resolve()) for path in watched)
    return Schedule(plan.name, str(plan.path), cron, zone, paths, print_of(paths), now)


def run_due(post: Post, names: Sequence[str] = (), *, by_hand: bool = False) -> tuple[Due, ...]:
    """Do what is due of the schedules (default: all); gives the jobs as they stand now.

    `by_hand` makes a job due now for each. What another process is at is left to it.
    """
    wanted = [one for one in post.schedules.all() if not names or one.name in names]
    return tuple(filter(None, (_looked(post, one, by_hand=by_hand) for one in wanted)))


def is_due(post: Post) -> bool:
    """Whether `run_due` would find something to do now."""
    now = post.clock.now()
    return any(
        _waiting(post, schedule, now) or _fresh(schedule, now, print_of(schedule.watched))
        for schedule in post.schedules.all()
    )


def upcoming(schedule: Schedule, now: float) -> float | None:
    """The next time by the clock after `now`; None for one that goes by changes alone."""
    return next_time(schedule.cron, schedule.zone, now) if schedule.cron else None


def print_of(paths: Sequence[str]) -> str:
    """A print of the content of files, and of all files in folders; missing ones count as such."""
    told = hashlib.blake2b(digest_size=8)
    for path in map(Path, paths):
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            told.update(f"{file}\0".encode())
            told.update(file.read_bytes() if file.is_file() else b"\0")
    return told.hexdigest() if paths else ""


def _looked(post: Post, schedule: Schedule, *, by_hand: bool) -> Due | None:
    """The job of this schedule that was done now; None where nothing was due, or it is held."""
    try:
        with post.store.hold(f"schedule {schedule.name}", "surrogate schedule run"):
            due = _next_job(post, schedule.name, by_hand=by_hand)
            return None if due is None else _done(post, schedule, due)
    except StoreError as problem:
        post.say(f"{schedule.name}: {problem}")
        return None


def _next_job(post: Post, name: str, *, by_hand: bool) -> Due | None:
    """What to do: what is new, else what was killed or failed and may be tried again."""
    schedule = next(one for one in post.schedules.all() if one.name == name)
    print_ = print_of(schedule.watched) if by_hand else _settled(post, schedule)
    now = post.clock.now()
    asked = Due(name, f"{_BY_HAND}{key(now, 'milliseconds')}", began=now)
    new = asked if by_hand else _fresh(schedule, now, print_)
    killed = _waiting(post, schedule, now)
    if new is None:
        return killed
    open_jobs = post.schedules.history(schedule.name, _OPEN)
    begun = next((one.campaign for one in open_jobs if one.state is State.RUNNING), "")
    new = replace(new, campaign=begun)
    if not post.schedules.begin(new, max(now, schedule.since), print_):
        return killed
    for one in open_jobs:
        words = f"{one.message}; {new.due} took its place".removeprefix("; ")
        post.schedules.amend(replace(one, state=State.GIVEN_UP, ended=now, message=words))
    return new


def _settled(post: Post, schedule: Schedule) -> str:
    """The print of what is watched, once it stands still; its last one while it does not."""
    now = print_of(schedule.watched)
    for _ in range(_WAITS):
        if now == schedule.print:
            return now
        post.clock.sleep(QUIET)
        before, now = now, print_of(schedule.watched)
        if now == before:
            return now
    post.say(f"{schedule.name}: what is watched is still being written; left to the next look")
    return schedule.print


def _fresh(schedule: Schedule, now: float, print_: str) -> Due | None:
    """A job that is due by the clock or a change, and not written down yet."""
    if print_ != schedule.print:
        return Due(schedule.name, f"{_CHANGE}{print_} {key(now)}", began=now)
    if not schedule.cron:
        return None
    time = last_due(schedule.cron, schedule.zone, schedule.since, now)
    return None if time is None else Due(schedule.name, key(time), began=now)


def _waiting(post: Post, schedule: Schedule, now: float) -> Due | None:
    """The job that was killed, or that failed and may be tried again now."""
    open_jobs = post.schedules.history(schedule.name, _OPEN)
    return next((one for one in reversed(open_jobs) if one.not_before <= now), None)


def _done(post: Post, schedule: Schedule, due: Due) -> Due:
    """The job, tried once, written down and told."""
    post.say(f"{schedule.name}: due {due.due}")
    try:
        plan = Plan.load(schedule.plan)
    except SurrogateError as problem:
        return _failed(post, due, str(problem))
    try:
        with _campaign(plan, due) as campaign:
            due = replace(due, campaign=campaign.name)
            post.schedules.amend(due)
            summary = campaign.run()
            if summary.interrupted:
                return due
            due = _ended(post, due, summary)
            return _told(post, plan, due, found(plan, due, campaign))
    except SurrogateError as problem:
        due = _failed(post, due, str(problem))
        return _told(post, plan, due, found(plan, due, None))


def _campaign(plan: Plan, due: Due) -> Campaign:
    """The campaign that the job has begun, or a new child of the iteration before."""
    if due.campaign:
        return Campaign.open(plan.store_path, due.campaign)
    return Campaign.from_plan(plan, parent=PREVIOUS if _has_past(plan) else None, again=True)


def _has_past(plan: Plan) -> bool:
    """Whether an iteration of the plan has a map to begin from."""
    try:
        with Campaign.latest(plan.store_path, plan.name) as before:
            return before.status().revision > 0
    except StoreError:  # there is none yet
        return False


def _ended(post: Post, due: Due, summary: Summary) -> Due:
    if summary.stopped:
        return _failed(post, due, summary.message)
    due = replace(due, state=State.DONE, ended=post.clock.now(), message=summary.message)
    post.schedules.amend(due)
    return due


def _failed(post: Post, due: Due, message: str) -> Due:
    """One more try is spent: it waits for the next, or is given up."""
    now = post.clock.now()
    due = replace(due, tries=due.tries + 1, message=message, ended=now, state=State.GIVEN_UP)
    if due.tries <= len(RETRIES):
        due = replace(due, state=State.FAILED, not_before=now + RETRIES[due.tries - 1])
    post.schedules.amend(due)
    post.say(f"{due.schedule}: {due.state}: {message}")
    return due


def _told(post: Post, plan: Plan, due: Due, news: dict[str, Any]) -> Due:
    """The job once its news were delivered, or its message says where they were not."""
    try:
        tell(plan, news)
    except Untold as problem:
        due = replace(due, message=f"{due.message}; {problem}")
        post.schedules.amend(due)
        post.say(f"{due.schedule}: {problem}")
    return due


def found(plan: Plan, due: Due, campaign: Campaign | None) -> dict[str, Any]:
    """What a re-run found, JSON-able; see the text above."""
    lineage = campaign.lineage if campaign else None
    drift = _drift(plan, campaign, lineage.parent) if campaign and lineage else None
    headline = drift["headline"] if drift else due.message
    status = campaign.status() if campaign else None
    return {
        "schedule": due.schedule,
        "due": due.due,
        "state": due.state.value,
        "message": due.message,
        "plan": str(plan.path),
        "store": plan.store_path,
        "campaign": campaign.name if campaign else due.campaign or None,
        "parent": lineage.parent if lineage else None,
        "design": plan.version,
        "runs": sum(status.counts.runs.values()) if status else None,
        "notes": list(status.notes) if status else [],
        "drift": drift,
        "headline": headline,
    }


def _drift(plan: Plan, campaign: Campaign, parent: str) -> dict[str, Any] | None:
    """What has changed since the parent; None where the two can't be compared."""
    try:
        with Campaign.open(plan.store_path, parent) as before:
            return campaign.compare(before).to_json()
    except (PointError, NotEnoughData, StoreError):
        return None


class Untold(SurrogateError):  # noqa: N818 - read as a sentence
    """What was found could not be delivered everywhere; the message says where not."""


def tell(plan: Plan, found: Mapping[str, Any]) -> None:
    """Hand `found` to all that the plan names; raises `Untold` once all were tried."""
    wanted, text = plan.tell or TellSection(), json.dumps(found)
    ways: dict[str, Callable[[], None]] = {}
    if wanted.file is not None:
        place = plan.folder / wanted.file
        ways[f"file {place}"] = partial(_append, place, text)
    if wanted.webhook is not None:
        ways[f"webhook {wanted.webhook}"] = partial(_post, wanted.webhook, text)
    if wanted.command:
        ways[f"command {wanted.command[0]}"] = partial(_run, wanted.command, plan.folder, text)
    troubles = []
    for way, deliver in ways.items():
        try:
            deliver()
        except Untold as problem:
            troubles.append(str(problem))
        except (OSError, HTTPException, subprocess.TimeoutExpired) as problem:
            troubles.append(f"{way}: {problem}")
    if troubles:
        raise Untold(f"what was found could not be told: {'; '.join(troubles)}")


def _append(path: Path, text: str) -> None:
    """One more line of the file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def _post(url: str, text: str) -> None:
    """POST it as JSON."""
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, text.encode(), head, method="POST")
    urllib.request.urlopen(request, timeout=_SECONDS).close()


def _run(command: list[str], folder: Path, text: str) -> None:
    """Run it in the plan's folder with the JSON on its standard input."""
    done = subprocess.run(
        command,
        cwd=folder,
        input=text.encode(),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-500:]
        raise Untold(f"command {command[0]} ended with {done.returncode}: {said}")
