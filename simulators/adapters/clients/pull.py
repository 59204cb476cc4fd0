"""A client that pulls work, for game builds and rigs.
Copy this file: it needs Python 3.9 alone.

    from pull import Client, Decline
    def run(point, seed):         # point: {"speed": 18.2, "angle": 41.0}
        return {"cleared": True}  # or a bare value, or raise Decline("why"); else it is an error
    Client("http://localhost:8321", "wall", worker="rig 1").work(run)
"""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any
from urllib.request import HTTPError, Request, urlopen


class Decline(Exception):  # noqa: N818 - a state of affairs, read as a sentence
    """The simulator has no answer at this point, and never will."""


class Refused(Exception):  # noqa: N818 - as above
    """The service said no; the message says what to do."""


class Client:
    """One worker of one campaign. A service that is away is called again for `patience` seconds;
    of a run that takes longer than `limit` it lets the lease lapse, so that others may try."""

    patience, limit, began = 300.0, float("inf"), 0.0

    def __init__(self, url: str, campaign: str, *, worker: str, token: str = "") -> None:
        self.base, self.worker = f"{url.rstrip('/')}/campaigns/{campaign}", worker
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.held, self.lease = set[int](), 60.0

    def call(self, verb: str, body: dict[str, Any], key: str = "") -> Any:
        """POST until it is answered; raises `Refused`, or the last trouble beyond the patience."""
        headers = {**self.headers, "Content-Type": "application/json", "Idempotency-Key": key}
        request = Request(f"{self.base}/{verb}", json.dumps(body).encode(), headers)
        wait, until = 0.05, time.monotonic() + self.patience
        while True:
            try:
                with urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except (OSError, HTTPException) as problem:
                if isinstance(problem, HTTPError) and problem.code < 500 and problem.code != 429:
                    raise Refused(f"{verb}: {problem.code}: {problem.read().decode()}") from problem
                if time.monotonic() > until:
                    raise
            time.sleep(wait := min(2 * wait, 10.0))

    def ask(self, count: int = 1) -> Any:
        """{"queries": [...], "state": "open", "waiting", "paused" or "complete"}; they are held."""
        given = self.call("ask", {"worker": self.worker, "count": count}, str(time.time_ns()))
        self.lease = given["lease"]
        self.held.update(query["query"] for query in given["queries"])
        return given

    def tell(self, query: dict[str, Any], **result: Any) -> Any:
        """Hand in values=..., infeasible="why" or error="why"; returns once it is recorded."""
        body = {"worker": self.worker, "query": query["query"], "attempt": query["attempt"]}
        given = self.call("tell", {**body, **result})
        self.held.discard(query["query"])
        return given

    def work(self, run: Any, ahead: int = 1) -> None:
        """Ask, run, tell until the campaign is complete; `ahead` queries are fetched meanwhile."""
        over, given = threading.Event(), self.ask(ahead)
        threading.Thread(target=self._beat, args=(over,), daemon=True).start()
        try:
            with ThreadPoolExecutor(1) as fetching:
                while given["state"] != "complete":
                    coming = fetching.submit(self.ask, ahead)
                    for query in given["queries"]:
                        self._finish(query, run)
                    time.sleep(0.0 if given["queries"] else min(1.0, self.lease / 10))
                    given = coming.result()
        finally:
            over.set()

    def _finish(self, query: dict[str, Any], run: Any) -> None:
        self.began = time.monotonic()
        try:
            result = {"values": run(query["point"], query["seed"])}
        except Decline as problem:
            result = {"infeasible": str(problem) or "declined"}
        except Exception as problem:
            result = {"error": f"{type(problem).__name__}: {problem}"[:2000]}
        try:
            self.tell(query, seconds=time.monotonic() - self.began, **result)
        except (Refused, TypeError) as problem:  # not a result that can be kept
            self.tell(query, error=str(problem)[:2000])

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(self.lease / 3):
            if time.monotonic() - self.began < self.limit:
                self.call("heartbeat", {"worker": self.worker, "queries": list(self.held)})
