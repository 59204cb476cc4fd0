"""A campaign of a service, from afar: the facade's verbs over HTTP, by the standard library alone.

    from surrogate.client import Client
    rig = Client("http://localhost:8321", "rig", token="...")
    query = rig.ask(1)[0]                      # {"query": 7, "attempt": 1, "point": {..}, ..}
    rig.tell(query, True)
    rig.predict([{"speed": 12.0}])["mean"]

Answers are the service's JSON, as its OpenAPI text describes it. A service that is away or busy is
called again for `patience` seconds; every write carries a key of its own, so that a call which
was heard, and whose answer was lost, acts once.
"""

import json
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

from surrogate.clock import Clock, SystemClock
from surrogate.errors import SurrogateError
from surrogate.outcome import Infeasible

Body = dict[str, Any]

_BUSY = (429, 503)  # come again
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0  # s between two calls
_ANSWER_SECONDS = 120.0  # for one call: a first surrogate of many runs may take that long


class Refused(SurrogateError):  # noqa: N818 - a state of affairs
    """The service said no: an HTTP `status`, and a message that says what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True)
class Client:
    """One campaign of the service at `url`; see the module's text. Any thread may use it."""

    url: str
    campaign: str
    token: str = field(default="", repr=False)
    worker: str = "python"
    patience: float = 60.0
    clock: Clock = field(default_factory=SystemClock, repr=False)

    def status(self) -> Body:
        """The campaign: its space, state, notes; a `CampaignBody`."""
        return self._get("")

    def predict(self, points: Sequence[Mapping[str, Any]], coverage: float = 0.95) -> Body:
        """The response at points: `mean`, `lower`, `upper`, and the `revision` read from."""
        return self._post("predict", {"points": list(points), "coverage": coverage})

    def map(
        self,
        x: str | None = None,
        y: str | None = None,
        *,
        size: int = 128,
        held: Mapping[str, Any] | None = None,
        averaged: Sequence[str] = (),
    ) -> Body:
        """The surrogate over two parameters, the others held or averaged; a `MapBody`."""
        hold = [f"{name}={value}" for name, value in (held or {}).items()]
        return self._get("map", x=x, y=y, size=size, hold=hold, average=list(averaged))

    def sweet_spots(self, level: float | None = None, *, above: bool = True) -> Body:
        """The regions above (or below) a level; a `SpotsBody`."""
        return self._get("spots", level=level, side="above" if above else "below")

    def quality(self) -> Body:
        """How far the map may be trusted; a `QualityBody`."""
        return self._get("quality")

    def runs(self, **wanted: Any) -> Body:
        """A page of runs, the latest first; `wanted` as behind `/runs?`."""
        return self._get("runs", **wanted)

    def dots(self) -> Body:
        """Runs as dots on a map; a `Dots`."""
        return self._get("dots")

    def ask(self, count: int = 1) -> list[Body]:
        """The next queries, leased to this worker; none where the rest is with others."""
        given: list[Body] = self.asked(count)["queries"]
        return given

    def asked(self, count: int = 1) -> Body:
        """`ask`, with the campaign's `state` and how long a `lease` holds."""
        return self._post("ask", {"worker": self.worker, "count": count})

    def keep(self, queries: Sequence[Mapping[str, Any] | int]) -> Body:
        """Say that this worker is still at these queries; `lost` are no longer its own."""
        numbers = [_number(query) for query in queries]
        return self._post("heartbeat", {"worker": self.worker, "queries": numbers})

    def tell(self, query: Mapping[str, Any], outcome: Any, *, seconds: float = 0.0) -> Body:
        """What a query, or a point that was never asked, gave.

        The outcome is a bare value, (value, sd), values by outcome, or `Infeasible`.
        """
        declined = isinstance(outcome, Infeasible)
        said = {"infeasible": outcome.reason} if declined else {"values": outcome}
        if not {"query", "attempt"} <= query.keys():
            return self._post("results", {"point": dict(query), **said})
        which = {"query": query["query"], "attempt": query["attempt"], "worker": self.worker}
        return self._post("tell", {**which, "seconds": seconds, **said})

    def request(self, point: Mapping[str, Any], why: str) -> Body:
        """Have a point simulated."""
        return self._post("queries", {"point": dict(point), "why": why})

    def run(self, *, runs: int | None = None, workers: int | None = None) -> Body:
        """Have the service run the campaign; it answers at once."""
        return self._post("run", {"runs": runs, "workers": workers})

    def pause(self) -> Body:
        """Begin nothing more until `resume`."""
        return self._post("pause", {})

    def resume(self) -> Body:
        """Go on after `pause`."""
        return self._post("resume", {})

    def stop(self) -> Body:
        """End after running simulations; a second time at once."""
        return self._post("stop", {})

    def exclude(self, query: int, why: str) -> Body:
        """Teach nothing by a result any more."""
        return self._post(f"results/{query}/exclude", {"why": why})

    def restore(self, query: int, why: str) -> Body:
        """Have a result be again what the simulator gave."""
        return self._post(f"results/{query}/restore", {"why": why})

    def _get(self, path: str, **behind: Any) -> Body:
        asked = urlencode({k: v for k, v in behind.items() if v is not None}, doseq=True)
        return self._said(f"{path}?{asked}" if asked else path, None)

    def _post(self, path: str, body: Body) -> Body:
        return self._said(path, json.dumps(body).encode())

    def _said(self, path: str, body: bytes | None) -> Body:
        """What the service answers, called again while it is away. Raises `Refused`."""
        request = self._request(path, body)
        until, wait = self.clock.monotonic() + self.patience, _FIRST_WAIT
        while True:
            try:
                with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:
                    said: Body = json.load(answer)
                    return said
            except HTTPError as problem:
                if problem.code not in _BUSY or self.clock.monotonic() > until:
                    raise Refused(problem.code, _detail(problem)) from problem
            except OSError as problem:
                if self.clock.monotonic() > until:
                    raise SurrogateError(
                        f"no service answers at {self.url} ({problem}); "
                        "start one there with: surrogate serve STORE"
                    ) from problem
            self.clock.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _request(self, path: str, body: bytes | None) -> urllib.request.Request:
        if not self.url.startswith(("http://", "https://")):
            raise SurrogateError(f"url '{self.url}': http://HOST:PORT was expected")
        whole = f"{self.url.rstrip('/')}/campaigns/{quote(self.campaign, safe='')}"
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        return urllib.request.Request(f"{whole}/{path}".rstrip("/"), body, headers)


def _number(query: Mapping[str, Any] | int) -> int:
    return query if isinstance(query, int) else int(query["query"])


def _detail(problem: HTTPError) -> str:
    """The sentence of a problem+json; the status where something else came."""
    try:
        return str(json.load(problem)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{problem.code} {problem.reason}: is that Surrogate's service?"
