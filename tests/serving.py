"""The desk behind Python's own HTTP server, for the clients' tests: the thinnest of routers.

The service does the same with FastAPI; this one runs without extras, keeps an ask's reply by its
key in memory, and lets a test spoil what it answers.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import ValidationError

from surrogate.desk import Ask, Desk, GiveBack, Heartbeat, Tell
from surrogate.errors import SurrogateError, UnknownName


@dataclass(frozen=True)
class Reply:
    """A status of HTTP, and what goes into the body as JSON: half of it where not `whole`."""

    status: int
    body: Mapping[str, Any]
    whole: bool = True


@dataclass(frozen=True)
class Clerk:
    """Reads what is posted and has a desk answer it, in any thread."""

    desks: Mapping[str, Desk]
    given: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, path: str, body: bytes, key: str = "") -> Reply:
        _, name, verb = path.strip("/").split("/")
        if name not in self.desks:
            return _problem(404, f"there is no campaign '{name}' here")
        try:
            return Reply(200, self._said(self.desks[name], verb, body, key))
        except ValidationError as problem:
            return _problem(422, str(problem))
        except UnknownName as problem:
            return _problem(404, str(problem))
        except SurrogateError as problem:
            return _problem(422, str(problem))

    def _said(self, desk: Desk, verb: str, body: bytes, key: str) -> Mapping[str, Any]:
        if verb == "heartbeat":
            return desk.heartbeat(Heartbeat.model_validate_json(body))
        if verb == "give-back":
            return desk.give_back(GiveBack.model_validate_json(body))
        if verb == "tell":
            return desk.tell(Tell.model_validate_json(body))
        wanted = Ask.model_validate_json(body)
        with self.turn:
            if not key or key not in self.given:
                desk.stock(wanted.count)
                self.given[key] = desk.claim(wanted)
            return self.given[key]


def _problem(status: int, detail: str) -> Reply:
    return Reply(status, {"type": "about:blank", "status": status, "detail": detail})


@contextmanager
def serving(
    desks: Mapping[str, Desk], spoil: Callable[[str, Reply], Reply | None] = lambda path, said: said
) -> Iterator[str]:
    """Serve on loopback, give the URL; `spoil` may change what is answered, or lose it (None)."""

    clerk = Clerk(desks)

    class Router(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            key = self.headers.get("Idempotency-Key", "")
            said = spoil(self.path, clerk.reply(self.path, body, key))
            if said is None:
                self.close_connection = True
                return
            text = json.dumps(said.body).encode()
            self.send_response(said.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            with suppress(BrokenPipeError):  # the client has died
                self.wfile.write(text if said.whole else text[: len(text) // 2])
            self.close_connection = not said.whole

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Router)
    server.daemon_threads = False  # what it has begun is done when it is closed
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
