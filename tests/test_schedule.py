"""Re-runs: once each, never over one another, continued after a kill, tried again by a rule."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from surrogate.campaign import Campaign
from surrogate.cli import answer
from surrogate.cli_options import BAD_INPUT, FAILED, OK
from surrogate.errors import StoreError
from surrogate.plan import Plan
from surrogate.schedule import QUIET, RETRIES, Post, Untold, is_due, made, run_due, tell
from surrogate.store.schedules import Due, State
from surrogate.store.service_tables import Errand, Replies, Reply
from surrogate.store.sql import open_store
from surrogate.timetable import key
from tests.clocks import ManualClock
from tests.waiting import happens

CODE = """
from surrogate import Binary, Real, Space, simulator

SPACE = Space({"x": Real(0.0, 10.0), "y": Real(0.0, 10.0)})


@simulator(space=SPACE, outcome=Binary("cleared"))
def throw(point, *, rng):
    return bool(rng.random() < (0.95 if point["x"] > 5 else 0.05))
"""
PLAN = """
name = "wall"
[simulator]
use = "{module}:throw"
[goal]
kind = "boundary"
level = 0.5
[budget]
runs = 12
[workers]
count = 1
[tell]
file = "found.jsonl"
"""
HOUR = 3600.0
START = 1_780_000_000.0  # a Thursday in May 2026, 20:26:40 UTC
TWO = "0 2 * * *"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    module = f"nightly_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(CODE)
    place = tmp_path / "wall.toml"
    place.write_text(PLAN.format(module=module))
    return place


@pytest.fixture
def post(path: Path) -> Iterator[Post]:
    store = open_store(path.with_suffix(".db"))
    yield Post(store, ManualClock(START))
    store.close()


def scheduled(post: Post, path: Path, *, cron: str = TWO, watched: tuple[str, ...] = ()) -> None:
    plan = Plan.load(path)
    post.schedules.add(made(plan, cron=cron, zone="UTC", watched=watched, now=post.clock.now()))


def told(path: Path) -> list[dict[str, object]]:
    lines = path.with_name("found.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def broken(path: Path) -> str:
    text = path.read_text()
    path.write_text(text.replace("[goal]", "[gaol]"))
    return text


def test_nothing_is_due_before_its_time(post: Post, path: Path) -> None:
    scheduled(post, path)
    assert not is_due(post)
    assert run_due(post) == ()


def test_a_time_that_was_missed_for_days_is_run_once(post: Post, path: Path) -> None:
    scheduled(post, path)
    post.clock.sleep(72 * HOUR)
    (done,) = run_due(post)
    assert (done.state, done.campaign) == (State.DONE, "wall")
    assert done.due == "2026-05-31T02:00:00Z"
    assert run_due(post) == ()


def test_each_time_begins_from_the_iteration_before_and_tells_what_it_found(
    post: Post, path: Path
) -> None:
    scheduled(post, path)
    for _ in range(2):
        post.clock.sleep(24 * HOUR)
        run_due(post)
    first, second = told(path)
    assert (first["campaign"], first["parent"], first["drift"]) == ("wall", None, None)
    assert (second["campaign"], second["parent"], second["state"]) == ("wall.2", "wall", "done")
    assert second["runs"] == 12
    assert isinstance(second["drift"], dict)
    assert second["headline"] == second["drift"]["headline"]


def test_two_schedulers_on_one_store_run_a_job_once(post: Post, path: Path) -> None:
    scheduled(post, path)
    post.clock.sleep(24 * HOUR)
    stores = [open_store(path.with_suffix(".db")) for _ in range(2)]
    posts = [Post(store, ManualClock(post.clock.now())) for store in stores]
    with ThreadPoolExecutor(2) as pool:
        done = [due for found in pool.map(run_due, posts) for due in found]
    for store in stores:
        store.close()
    assert [due.state for due in done] == [State.DONE]
    assert len(post.schedules.history("wall")) == 1
    assert len(post.store.campaigns()) == 1


def test_a_due_time_is_written_down_once_whoever_is_faster(post: Post, path: Path) -> None:
    scheduled(post, path)
    due = Due("wall", key(START))
    assert post.schedules.begin(due, START, "")
    assert not post.schedules.begin(due, START, "")


def test_a_rerun_that_is_held_elsewhere_is_left_alone(post: Post, path: Path) -> None:
    scheduled(post, path)
    post.clock.sleep(24 * HOUR)
    other = open_store(path.with_suffix(".db"))
    with other.hold("schedule wall", "another"):
        assert run_due(post) == ()
    other.close()
    assert len(run_due(post)) == 1


def killed_in_the_middle(post: Post, path: Path) -> None:
    """What a scheduler leaves that is killed after 5 of 12 runs."""
    scheduled(post, path)
    post.clock.sleep(24 * HOUR)
    now = post.clock.now()
    post.schedules.begin(Due("wall", key(now), began=now), now, "")
    with Campaign.from_plan(Plan.load(path)) as campaign:
        campaign.run(runs=5)
    post.schedules.amend(Due("wall", key(now), began=now, campaign="wall"))


def test_a_rerun_that_was_killed_continues_without_a_lost_or_doubled_run(
    post: Post, path: Path
) -> None:
    killed_in_the_middle(post, path)
    (done,) = run_due(post)
    assert (done.state, done.campaign) == (State.DONE, "wall")
    runs = post.store.runs("wall")
    assert sorted(run.query for run in runs) == list(range(12))
    assert len(post.schedules.history("wall")) == 1


def test_what_was_killed_is_continued_by_the_next_due_time(post: Post, path: Path) -> None:
    killed_in_the_middle(post, path)
    post.clock.sleep(24 * HOUR)
    (done,) = run_due(post)
    assert (done.state, done.campaign) == (State.DONE, "wall")
    assert len(post.store.runs("wall")) == 12
    states = [due.state for due in post.schedules.history("wall")]
    assert states == [State.GIVEN_UP, State.DONE]


def test_what_was_killed_after_its_last_run_is_not_run_again(post: Post, path: Path) -> None:
    killed_in_the_middle(post, path)
    with Campaign.open(path.with_suffix(".db"), "wall") as campaign:
        campaign.run()
    (done,) = run_due(post)
    assert done.state is State.DONE
    assert [record.name for record in post.store.campaigns()] == ["wall"]


def test_a_failure_is_tried_again_by_the_rule_and_then_given_up(post: Post, path: Path) -> None:
    scheduled(post, path, cron="0 2 1 1 *")
    post.clock.sleep(365 * 24 * HOUR)
    broken(path)
    (due,) = run_due(post)
    for tries, wait in enumerate(RETRIES, 1):
        assert (due.state, due.tries) == (State.FAILED, tries)
        assert "gaol" in due.message
        post.clock.sleep(wait - 1.0)
        assert run_due(post) == ()
        post.clock.sleep(1.0)
        (due,) = run_due(post)
    assert due.state is State.GIVEN_UP
    assert run_due(post) == ()


def test_a_failure_that_was_mended_is_done_by_the_next_try(post: Post, path: Path) -> None:
    scheduled(post, path)
    post.clock.sleep(24 * HOUR)
    text = broken(path)
    run_due(post)
    path.write_text(text)
    post.clock.sleep(RETRIES[0])
    (due,) = run_due(post)
    assert (due.state, due.tries) == (State.DONE, 1)


def test_a_change_of_what_is_watched_is_due_once(post: Post, path: Path) -> None:
    (path.parent / "build").mkdir()
    game = path.parent / "build" / "game.bin"
    game.write_bytes(b"one")
    scheduled(post, path, cron="", watched=(str(game.parent),))
    assert run_due(post) == ()
    game.write_bytes(b"two")
    (done,) = run_due(post)
    assert done.due.startswith("change ")
    assert run_due(post) == ()


class Building(ManualClock):
    """A clock under which a file is written, one piece whenever somebody waits."""

    def __init__(self, file: Path, pieces: int) -> None:
        super().__init__(START)
        self.file, self.left = file, pieces

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.left:
            self.left -= 1
            self.file.write_bytes(self.file.read_bytes() + b".")


def built(post: Post, path: Path, pieces: int) -> Post:
    """A post that looks at a game of which `pieces` are still to be written."""
    game = path.parent / "game.bin"
    game.write_bytes(b"old")
    scheduled(post, path, cron="", watched=(str(game),))
    game.write_bytes(b"new")
    return replace(post, clock=Building(game, pieces))


def test_a_change_is_run_once_the_files_stand_still(post: Post, path: Path) -> None:
    building = built(post, path, pieces=3)
    (done,) = run_due(building)
    assert (path.parent / "game.bin").read_bytes() == b"new..."
    assert building.clock.now() == START + 4 * QUIET
    assert done.state is State.DONE
    assert run_due(building) == ()


def test_files_that_never_stand_still_are_left_to_the_next_look(post: Post, path: Path) -> None:
    said: list[str] = []
    building = replace(built(post, path, pieces=20), say=said.append)
    assert run_due(building) == ()
    assert said == ["wall: what is watched is still being written; left to the next look"]
    assert is_due(building)
    (done,) = run_due(building)
    assert done.due.startswith("change ")


def test_what_is_due_by_hand_waits_for_no_file(post: Post, path: Path) -> None:
    building = built(post, path, pieces=1)
    (done,) = run_due(building, by_hand=True)
    assert done.due.startswith("by hand ")
    assert building.clock.now() == START


def test_two_runs_by_hand_within_a_second_are_two(post: Post, path: Path) -> None:
    scheduled(post, path)
    (first,) = run_due(post, by_hand=True)
    post.clock.sleep(0.1)
    (second,) = run_due(post, by_hand=True)
    assert first.due < second.due
    assert [one.state for one in post.schedules.history("wall")] == [State.DONE, State.DONE]


def test_a_schedule_without_a_when_is_refused(post: Post, path: Path) -> None:
    with pytest.raises(StoreError, match="no time came: give --cron"):
        scheduled(post, path, cron="")


def test_a_second_schedule_of_a_plan_is_refused(post: Post, path: Path) -> None:
    scheduled(post, path)
    with pytest.raises(StoreError, match="'wall' has a schedule already"):
        scheduled(post, path)


def test_a_webhook_that_does_not_speak_http_is_said(path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        path.write_text(path.read_text() + f'webhook = "http://127.0.0.1:{port}/"\n')

        def hang_up() -> None:
            caller = server.accept()[0]
            caller.recv(65_536)
            caller.sendall(b"220 mail.example.org ready\r\n")
            caller.close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(Untold, match=rf"webhook http://127.0.0.1:{port}/: 220 mail"):
            tell(Plan.load(path), {"state": "done"})
    assert told(path) == [{"state": "done"}]


def test_news_go_to_a_webhook_and_a_command_and_a_failure_of_either_is_said(
    post: Post, path: Path
) -> None:
    got: list[bytes] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    save = "import sys; open('heard.json', 'w').write(sys.stdin.read())"
    text = path.read_text() + f'webhook = "http://127.0.0.1:{server.server_port}/"\n'
    path.write_text(text + f"command = [{json.dumps(sys.executable)}, '-c', {json.dumps(save)}]\n")
    scheduled(post, path)
    (done,) = run_due(post, by_hand=True)
    server.shutdown()
    server.server_close()
    assert json.loads(got[0]) == told(path)[0]
    assert json.loads((path.parent / "heard.json").read_text())["campaign"] == done.campaign
    path.write_text(text.replace('/"', "/\"\ncommand = ['false']"))
    post.clock.sleep(1.0)
    (again,) = run_due(post, by_hand=True)
    assert again.state is State.DONE
    assert "webhook http://127.0.0.1" in again.message
    assert "command false ended with 1" in again.message


def test_the_verbs_add_list_run_tell_and_remove(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = str(path)
    assert answer(["schedule", "add", plan, "--cron", TWO, "--zone", "Europe/Berlin"]) == OK
    assert "'wall' will be run again next at" in capsys.readouterr().out
    assert answer(["schedule", "list", plan]) == OK
    assert answer(["schedule", "next", plan]) == OK
    assert answer(["schedule", "run", plan, "--due"]) == OK
    said = capsys.readouterr().out
    assert "wall: 0 2 * * * (Europe/Berlin); plan" in said
    assert said.endswith("nothing is due\n")
    assert answer(["schedule", "run", plan]) == OK
    assert answer(["schedule", "history", plan]) == OK
    assert "by hand" in capsys.readouterr().out
    broken(path)
    assert answer(["schedule", "run", str(path.with_suffix(".db")), "--name", "wall"]) == FAILED
    assert answer(["schedule", "remove", str(path.with_suffix(".db")), "--name", "wall"]) == OK
    assert answer(["schedule", "remove", str(path.with_suffix(".db")), "--name", "x"]) == BAD_INPUT


def test_a_service_has_what_is_due_run_beside_it(post: Post, path: Path) -> None:
    pytest.importorskip("fastapi", reason="the extra 'service' is not installed")
    from surrogate.service.scheduler import Scheduler

    scheduled(post, path)
    schedule = post.schedules.all()[0]
    post.schedules.remove("wall")
    post.schedules.add(replace(schedule, since=0.0))  # due by the clock of the process beside it
    scheduler = Scheduler(post.store, post.clock)
    assert scheduler.look()
    assert not scheduler.look()
    scheduler.start()
    happens(lambda: post.schedules.history("wall", [State.DONE]) != ())
    scheduler.close()
    assert len(post.schedules.history("wall")) == 1


def test_the_service_forgets_replies_once_a_day_when_they_are_a_month_old(post: Post) -> None:
    from surrogate.service.scheduler import Scheduler

    replies, scheduler = Replies(post.store.database), Scheduler(post.store, post.clock)
    for name, days in (("old", 31), ("new", 29)):
        given = post.clock.now() - 24 * HOUR * days
        replies.once(Errand("rig", name, "abc"), lambda: Reply(200, 1), now=given)
    scheduler.forget()
    kept = [replies.kept(Errand("rig", name, "abc")) for name in ("old", "new")]
    assert kept == [None, Reply(200, 1)]
    post.clock.sleep(23 * HOUR)
    replies.once(Errand("rig", "late", "abc"), lambda: Reply(200, 2), now=0.0)
    scheduler.forget()  # that was done in the last day
    assert replies.kept(Errand("rig", "late", "abc")) == Reply(200, 2)


def test_a_rerun_that_is_killed_outright_continues_at_the_next_look(post: Post, path: Path) -> None:
    module = next(path.parent.glob("nightly_*.py"))
    slow = module.read_text().replace("    return bool", "    time.sleep(0.1)\n    return bool")
    module.write_text(f"import time\n{slow}")
    scheduled(post, path)
    words = [sys.executable, "-m", "surrogate", "schedule", "run", str(path)]
    with subprocess.Popen(words, cwd=path.parent, stderr=subprocess.DEVNULL) as work:
        while not post.store.campaigns() or len(post.store.runs("wall")) < 3:
            assert work.poll() is None
            time.sleep(0.02)
        work.kill()
    (done,) = run_due(post)
    assert (done.state, done.campaign) == (State.DONE, "wall")
    taught = [seen.query for seen in post.store.observations("wall")]
    assert taught == list(range(12))
    assert [due.state for due in post.schedules.history("wall")] == [State.DONE]
