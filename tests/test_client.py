"""A campaign from afar: the client's verbs and the command line's `--url`, over a real service."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra 'service' is not installed")

from surrogate.cli import answer
from surrogate.cli_options import BAD_INPUT, OK
from surrogate.client import Client, Refused
from surrogate.errors import SurrogateError
from surrogate.outcome import Infeasible
from surrogate.store.sql import open_store
from tests.clocks import ManualClock
from tests.service.conftest import RIG
from tests.service.site import Site, site
from tests.waiting import free_port

TOLD = 24


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service whose campaign `rig` was told of two dozen queries by the client."""
    with site(tmp_path_factory.mktemp("remote") / "store.db") as running:
        running.post("/campaigns", RIG)
        client = Client(running.url, "rig")
        for query in client.ask(TOLD):
            client.tell(query, {"cleared": query["point"]["speed"] > 15})
        yield running


@pytest.fixture
def rig(service: Site) -> Client:
    return Client(service.url, "rig", worker="w")


def spoken(service: Site, verb: str, *rest: str, capsys: Any) -> str:
    assert answer([verb, *rest, "--url", service.url, "--name", "rig"]) == OK
    return str(capsys.readouterr().out)


def test_what_the_client_told_is_read_again(rig: Client) -> None:
    assert rig.status()["queries"]["done"] >= TOLD
    slow, fast = ({"speed": speed, "angle": 45.0} for speed in (6.0, 24.0))
    read = rig.predict([slow, fast])
    assert read["mean"][0] < 0.3
    assert read["mean"][1] > 0.7
    assert len(rig.map("speed", "angle", size=16)["mean"]) == 16
    assert rig.sweet_spots(0.5)["spots"]


def test_a_declined_point_is_told_as_such(rig: Client) -> None:
    query = rig.ask()[0]
    rig.tell(query, Infeasible("stalled"))
    assert rig.runs(status="infeasible")["runs"][0]["message"] == "stalled"


def test_a_refusal_says_what_to_do(rig: Client) -> None:
    with pytest.raises(Refused, match=r"parameter 'speed': 99 is outside 5\.\.25") as caught:
        rig.predict([{"speed": 99.0, "angle": 45.0}])
    assert caught.value.status == 422


def test_a_service_that_is_away_is_called_again_and_then_named() -> None:
    clock = ManualClock(100.0)
    away = Client(f"http://127.0.0.1:{free_port()}", "rig", patience=30.0, clock=clock)
    with pytest.raises(SurrogateError, match="start one there with: surrogate serve"):
        away.status()
    assert clock.now() > 130.0


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    """As one does whose service is killed, or whose proxy is, while it answers."""
    whole = b'{"queries": {}}'
    answers = [whole[:9], whole]

    class Breaking(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            self.wfile.write(answers.pop(0))

        def log_message(self, *words: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Breaking)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url, clock = f"http://127.0.0.1:{server.server_port}", ManualClock(100.0)
    assert Client(url, "rig", clock=clock).status() == {"queries": {}}
    server.shutdown()
    server.server_close()
    assert clock.now() > 100.0


def test_a_token_is_sent_and_never_shown() -> None:
    client = Client("http://localhost:1", "a b/c", token="secret")
    request = client._request("ask", b"{}")
    assert request.full_url == "http://localhost:1/campaigns/a%20b%2Fc/ask"
    assert request.get_header("Authorization") == "Bearer secret"
    assert "secret" not in repr(client)


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(SurrogateError, match="http://HOST:PORT was expected"):
        Client("file:///etc/passwd", "rig").status()


def test_status_reads_the_same_from_afar(service: Site, capsys: pytest.CaptureFixture[str]) -> None:
    def here() -> list[str]:
        assert answer(["status", "--store", str(service.store), "--name", "rig"]) == OK
        return capsys.readouterr().out.splitlines()[:4]

    before = here()  # the service may choose the next queries at any moment
    afar = spoken(service, "status", capsys=capsys).splitlines()[:4]
    assert afar in (before, here())


def test_points_are_read_from_afar(service: Site, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", "speed=24", "--at", "angle=45")
    assert "speed 24 m/s, angle 45 deg" in spoken(service, "predict", *at, capsys=capsys)
    spots = spoken(service, "spots", capsys=capsys)
    assert "Where the probability of cleared is above 0.5" in spots
    said = json.loads(spoken(service, "predict", *at, "--json", capsys=capsys))
    where = ("--store", str(service.store), "--name", "rig")
    assert answer(["predict", *at, "--json", *where]) == OK
    here = json.loads(capsys.readouterr().out)["predictions"][0]
    assert said["predictions"][0].keys() == here.keys()
    assert said["predictions"][0]["point"] == here["point"]
    assert said["predictions"][0]["mean"] > 0.7


def test_the_loop_goes_on_from_the_command_line(
    service: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    given = json.loads(spoken(service, "ask", "--json", capsys=capsys))["queries"][0]
    which = ("--query", str(given["query"]), "--attempt", str(given["attempt"]))
    assert "recorded" in spoken(service, "tell", "true", *which, capsys=capsys)
    assert "paused by owner" in spoken(service, "pause", capsys=capsys)
    assert spoken(service, "ask", capsys=capsys) == "paused\n"
    assert "at rest" in spoken(service, "resume", capsys=capsys)


def test_a_point_of_ones_own_is_told_from_afar_with_its_sd(
    service: Site, rig: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    margin = {"name": "sag", "space": RIG["space"], "outcomes": {"margin": {"unit": "m"}}}
    service.post("/campaigns", {**margin, "goal": {"kind": "map"}, "runs": 60})
    where = ("--url", service.url, "--name", "sag")
    at = ("--at", "speed=12.5", "--at", "angle=40")
    assert answer(["tell", "3.2,0.1", *at, *where]) == OK
    assert "recorded" in capsys.readouterr().out
    opened = open_store(service.store)
    [told] = opened.observations("sag")
    opened.close()
    assert (told.point, told.values) == ({"speed": 12.5, "angle": 40.0}, {"margin": 3.2})
    assert told.sds == {"margin": 0.1}
    with pytest.raises(Refused, match=r"parameter 'speed': 99 is outside 5\.\.25"):
        rig.tell({"speed": 99.0, "angle": 45.0}, True)


def test_a_result_is_excluded_from_afar(service: Site, capsys: pytest.CaptureFixture[str]) -> None:
    which = ("--query", "2", "--why", "loose sensor")
    assert "excluded query 2" in spoken(service, "exclude", *which, capsys=capsys)
    opened = open_store(service.store)
    assert 2 not in [one.query for one in opened.observations("rig")]
    opened.close()
    assert "restored query 2" in spoken(service, "restore", *which, capsys=capsys)


def test_what_works_on_a_store_alone_says_so(
    service: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["doctor", "--url", service.url, "--name", "rig"]) == BAD_INPUT
    assert "works on a store itself" in capsys.readouterr().err


def test_the_client_loads_no_numerics() -> None:
    program = "import sys, surrogate.client; assert 'scipy' not in sys.modules, 'scipy'"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
