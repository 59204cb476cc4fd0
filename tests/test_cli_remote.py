"""Verbs with `--url`: what they print of a service's campaigns is what they print of its store."""

import json
import multiprocessing
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra 'service' is not installed")

import uvicorn
from click.testing import CliRunner

from surrogate.campaign import Campaign
from surrogate.cli import answer, app
from surrogate.cli_options import BAD_INPUT, GATE_FAILED, OK
from surrogate.client import Client
from surrogate.errors import UnknownName
from surrogate.plan import Plan
from surrogate.records import QueryState, Run, Status
from surrogate.service.app import create_app
from surrogate.service.workshop import Contests, Question, compete
from surrogate.store.sql import open_store
from surrogate.told import USE
from tests.clocks import ManualClock
from tests.service.conftest import RIG
from tests.service.test_items import pool_in
from tests.waiting import free_port, happens

EDGES = {"old": 15.0, "new": 9.0}
GATE = {"no_new_spot": {"above": 0.5, "larger_than": 20.0}, "overall": {"within": 0.01}}
WHY = ("--why", "loose sensor")


@dataclass(frozen=True)
class House:
    """A store with two campaigns, and the address at which a service has it."""

    store: Path
    url: str
    contests: Contests

    def here(self, verb: str, *names: str, **options: Any) -> list[str]:
        return [verb, *names, *flags(options), "--store", str(self.store)]

    def afar(self, verb: str, *names: str, **options: Any) -> list[str]:
        return [verb, *names, *flags(options), "--url", self.url]


def flags(options: dict[str, Any]) -> list[str]:
    """Options as they are typed: True for one without a value, a list for one that is repeated."""
    found = []
    for key, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            found += [f"--{key}"] if one is True else [f"--{key}", str(one)]
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    store = tmp_path_factory.mktemp("remote") / "store.db"
    for seed, (name, edge) in enumerate(EDGES.items()):
        teach(store, name, edge, seed)
    label_some(store)
    port = free_port()
    app = create_app(open_store(store))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield House(store, f"http://127.0.0.1:{port}", app.state.house.contests)
    server.should_exit = True
    thread.join(30)


def teach(store: Path, name: str, edge: float, seed: int) -> None:
    """A campaign of 24 answers, and one query that was given up."""
    told = {"space": {"speed": RIG["space"]["speed"]}, "outcomes": RIG["outcomes"]}
    keys = {
        "name": name,
        "seed": seed,
        "store": str(store),
        "simulator": {"use": USE, "declare": {"name": name, **told}},
        "goal": RIG["goal"],
        "budget": {"runs": 60},
        "gate": GATE,
    }
    with Campaign.from_plan(Plan.from_mapping(keys)) as campaign:
        *told_of, lost = campaign.ask(25)
        for query in told_of:
            campaign.tell(query, {"cleared": float(query.point["speed"]) > edge})
    opened = open_store(store)
    failed = Run(lost.index, 1, Status.ERROR, message="licence 7 of 9 is away")
    opened.record(name, [failed])
    opened.close()


def label_some(store: Path) -> None:
    """A campaign on a pool, `tiles`, of which 20 items are answered."""
    pool_in(store.parent, store)
    with Campaign.open(store, "tiles") as campaign:
        for query in campaign.ask(20):
            campaign.tell(query, int(query.point["item"]) >= 20)


def said(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int = OK) -> str:
    assert answer(arguments) == code, capsys.readouterr().err
    return str(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("certify", {"tolerance": "speed=2"}),
        ("quality", {}),
        ("why", {}),
        ("why", {"query": 20}),
        ("predict", {"at": ["speed=24"]}),
        ("predict", {"at": ["item=7"], "name": "tiles"}),
        ("spots", {}),
        ("spots", {"name": "tiles", "below": True}),
    ],
)
def test_a_verb_says_from_afar_what_it_says_here(
    house: House, capsys: pytest.CaptureFixture[str], verb: str, options: dict[str, Any]
) -> None:
    named = {"name": "new", **options}
    assert said(capsys, house.afar(verb, **named)) == said(capsys, house.here(verb, **named))


def test_without_a_name_the_campaigns_there_are_named(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    for asked in (house.here("status"), house.afar("status")):
        assert answer(asked) == BAD_INPUT
        assert "give --name with one of: old, new, tiles" in capsys.readouterr().err


def test_the_items_of_a_pool_are_told_as_json_from_afar(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb, options in (("spots", {}), ("map", {}), ("predict", {"at": "item=7"})):
        wanted = {"name": "tiles", "json": True, **options}
        here = json.loads(said(capsys, house.here(verb, **wanted)))
        assert here.items() <= json.loads(said(capsys, house.afar(verb, **wanted))).items()


@pytest.mark.parametrize(
    ("verb", "names"),
    [
        ("sensitivity", ("new",)),
        ("map", ("new",)),
        ("map", ("tiles",)),
        ("compare", ("old", "new")),
        ("timeline", ("old", "new")),
    ],
)
def test_a_verb_with_a_picture_says_and_draws_the_same_from_afar(
    house: House,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    verb: str,
    names: tuple[str, ...],
) -> None:
    picture = tmp_path / "drawn.png"
    options: dict[str, Any] = {"out": picture}
    if len(names) == 1:
        options["name"], names = names[0], ()
    here = said(capsys, house.here(verb, *names, **options))
    drawn = picture.read_bytes()
    assert said(capsys, house.afar(verb, *names, **options)) == here
    assert picture.read_bytes() == drawn


def test_a_gate_rules_the_same_from_afar(
    house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    junit, code = tmp_path / "gate.xml", GATE_FAILED
    options = {"gate": True, "junit": junit}
    here = said(capsys, house.here("compare", "old", "new", **options), code)
    written = junit.read_text()
    assert said(capsys, house.afar("compare", "old", "new", **options), code) == here
    assert junit.read_text() == written


def test_a_report_is_written_from_afar(
    house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    options = {"name": "new", "out": file}
    here = said(capsys, house.here("report", **options))
    written = file.read_text()
    assert said(capsys, house.afar("report", **options)) == here
    made = re.compile(r'"made": ?"[^"]*"')
    assert made.sub("", file.read_text()) == made.sub("", written)


def test_a_person_labels_from_afar_what_they_would_label_here(house: House) -> None:
    shown = [
        CliRunner().invoke(app, arguments, input="perhaps\nq\n").output
        for arguments in (house.afar("label", name="old"), house.here("label", name="old"))
    ]
    assert shown[0] == shown[1]  # both handed back the query that they did not answer
    assert "infeasible:REASON was expected" in shown[0]
    done = CliRunner().invoke(app, house.afar("label", name="old", count=1), input="n\n").output
    assert "1 answers recorded" in done
    with Campaign.open(house.store, "old") as campaign:
        assert campaign.observations()[-1].values["cleared"] == 0.0


@pytest.mark.parametrize("kind", ["map", "csv"])
def test_a_campaign_is_taken_away_from_afar(
    house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str
) -> None:
    file = tmp_path / f"away.{kind}"
    options = {"name": "new", "as": kind, "out": file}
    here = said(capsys, house.here("export", **options))
    written = file.read_bytes()
    assert said(capsys, house.afar("export", **options)) == here
    assert file.read_bytes() == written


def test_a_verb_refuses_from_afar_what_it_refuses_here(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = {"name": "new", "knob": "speed", "now": "speed=20"}
    for arguments in (house.here("tune", **wish), house.afar("tune", **wish)):
        assert answer(arguments) == BAD_INPUT
        assert "leave one to happen" in capsys.readouterr().err
    axes = {"name": "tiles", "x": "speed"}
    afar = house.afar("map", **axes)
    for arguments in (house.here("map", **axes), afar, [*afar, "--json"]):
        assert answer(arguments) == BAD_INPUT
        assert "a pool has items, no parameters" in capsys.readouterr().err


def test_what_choosing_saved_is_told_from_afar(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.contests, "_begin", beside)
    monkeypatch.setattr("surrogate.answers.savings.BASELINES", ("uniform",))
    options = {"name": "new", "runs": 8, "repeats": 1}
    here = said(capsys, house.here("replay", **options))
    assert "8     " in here
    assert said(capsys, house.afar("replay", **options)) == here


def beside(question: Question) -> tuple[Connection, Callable[[], None]]:
    """A contest in a thread of this process, which has imported all that it needs."""
    hear, say = multiprocessing.Pipe(duplex=False)
    threading.Thread(target=compete, args=(question, say)).start()
    return hear, lambda: None


def test_a_contest_that_broke_off_says_so() -> None:
    def dies(question: Question) -> tuple[Connection, Callable[[], None]]:
        hear, say = multiprocessing.Pipe(duplex=False)
        say.send(("said", "surface 1 of 3, own: 0.1"))
        say.close()
        return hear, lambda: None

    contests = Contests(dies)
    begun = contests.begin(Question("store.db", "new", None, 3))
    while begun.state == "working":
        time.sleep(0.001)
    contests.close()
    assert (begun.state, begun.problem) == ("failed", "its process died; ask for it again")
    assert begun.said == ["surface 1 of 3, own: 0.1"]
    with pytest.raises(UnknownName, match="no contest 1 here"):
        contests.of("old", 1)


def test_a_contest_that_could_not_begin_says_why_and_the_next_one_is_held() -> None:
    refusals = [OSError("no more processes")]

    def begins(question: Question) -> tuple[Connection, Callable[[], None]]:
        if refusals:
            raise refusals.pop()
        hear, say = multiprocessing.Pipe(duplex=False)
        say.send(("found", {"text": "none", "answer": {}}))
        say.close()
        return hear, lambda: None

    contests = Contests(begins)
    first, second = (contests.begin(Question("store.db", "new", None, 3)) for _ in range(2))
    happens(lambda: "working" not in (first.state, second.state))
    contests.close()
    assert "could not begin: OSError: no more processes" in first.problem
    assert second.state == "done"


def test_a_result_is_corrected_from_afar(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    which = {"name": "old", "query": 3}
    text = said(capsys, [*house.afar("correct", **which, to="infeasible:stuck"), *WHY])
    with Campaign.open(house.store, "old") as campaign:
        assert not next(one for one in campaign.observations() if one.query == 3).feasible
    said(capsys, [*house.here("correct", **which, to="infeasible:stuck"), *WHY])
    with closing(open_store(house.store)) as store:
        afar, here = (one.why for one in store.annotations("old")[-2:])
    assert afar == here
    assert here.startswith("stuck: ")
    assert said(capsys, [*house.here("correct", **which, to="true"), *WHY]) == text
    assert answer([*house.afar("correct", **which, to="3.7"), *WHY]) == BAD_INPUT
    assert "cleared" in capsys.readouterr().err
    assert answer([*house.afar("correct", **which, to="true", who="Mo"), *WHY]) == BAD_INPUT
    assert "leave --who or --url out" in capsys.readouterr().err


def test_what_was_given_up_is_queued_again_from_afar(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    choice = {"name": "old", "class": "timeout"}
    nothing = said(capsys, [*house.afar("retry", **choice), *WHY])
    assert nothing == said(capsys, [*house.here("retry", **choice), *WHY])
    text = said(capsys, [*house.afar("retry", name="old", like="licence"), *WHY])
    assert text == "queued again: query 24; `surrogate run` goes on\n"
    opened = open_store(house.store)
    assert 24 in [query.index for query in opened.queries("old", QueryState.QUEUED)]
    opened.close()


def test_runs_that_verify_a_told_campaign_are_named_from_afar(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, house.afar("verify", "1", name="new", runs=3))
    numbers = [int(one) for one in text.removeprefix("queued, to be run and told: ").split(",")]
    assert len(numbers) == 3
    asked = json.loads(said(capsys, [*house.here("verify", "1", name="new", runs=3), "--json"]))
    assert asked == [number + 3 for number in numbers]
    assert answer(house.afar("verify", "soon", name="new")) == BAD_INPUT
    assert "a spot's number, 1 or more, was expected, soon came" in capsys.readouterr().err


@dataclass(frozen=True)
class Slow(Client):
    """A service that runs queries 7 and 8, one a look."""

    looks: list[int] = field(default_factory=lambda: [7, 8])

    def _get(self, path: str, **behind: Any) -> dict[str, Any]:
        if path == "queries":
            return {"queries": [{"query": number} for number in self.looks]}
        if self.looks:
            self.looks.pop()
        return {"running": "running"}


def test_a_client_waits_until_the_runs_that_it_wanted_are_settled() -> None:
    clock = ManualClock(0.0)
    assert Slow("http://127.0.0.1:1", "rig", clock=clock).settle([7, 8])
    assert clock.now() == 0.5
