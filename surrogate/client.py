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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlencode

from surrogate.clock import Clock, SystemClock
from surrogate.errors import SurrogateError
from surrogate.outcome import Infeasible

Body = dict[str, Any]

_BUSY = (429, 503)  # come again
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0  # s between two calls
_LOOK_AGAIN = 0.5  # s between two looks at what runs
_MOST_LISTED = 500  # queries in a list
_UNSETTLED = ("queued", "leased")  # states of queries
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

    def campaigns(self) -> list[str]:
        """The names of all campaigns of the service that the token may read, oldest first."""
        lines: Any = replace(self, campaign="")._get("")
        return [line["name"] for line in lines]

    def status(self) -> Body:
        """The campaign: its space, state, notes; a `CampaignBody`."""
        return self._get("")

    def predict(
        self,
        points: Sequence[Mapping[str, Any]],
        coverage: float = 0.95,
        *,
        form: Literal["json", "text"] = "json",
    ) -> Any:
        """The response at points: `mean`, `lower`, `upper`, and the `revision` read from.

        With the form `text` in the command line's words.
        """
        return self._posted("predict", {"points": list(points), "coverage": coverage}, form)

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

    def peak(self) -> Body:
        """Where the response is best; a `PeakBody`."""
        return self._get("peak")

    def items(self, level: float | None = None, *, every: bool = False) -> Body:
        """A pool's items above a level and those in doubt, or with `every` all of them too; an
        `ItemsBody`.
        """
        return self._get("items", level=level, every="true" if every else None)

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
        return list(self.asked(count)["queries"])

    def asked(self, count: int = 1) -> Body:
        """`ask`, with the campaign's `state` and how long a `lease` holds."""
        return self._post("ask", {"worker": self.worker, "count": count})

    def keep(self, queries: Sequence[Mapping[str, Any] | int]) -> Body:
        """Say that this worker is still at these queries; `lost` are no longer its own."""
        return self._post("heartbeat", self._of(queries))

    def give_back(self, queries: Sequence[Mapping[str, Any] | int]) -> Body:
        """Let others have these queries unanswered; gives the `queries` that were this worker's."""
        return self._post("give-back", self._of(queries))

    def tell(self, query: Mapping[str, Any], outcome: Any, *, seconds: float = 0.0) -> Body:
        """What a query, or a point that was never asked, gave.

        The outcome is a bare value, (value, sd), values by outcome, or `Infeasible`.
        """
        said = _said(outcome)
        if not {"query", "attempt"} <= query.keys():
            return self._post("results", {"point": dict(query), **said})
        return self._post(
            "tell",
            {
                "query": query["query"],
                "attempt": query["attempt"],
                "worker": self.worker,
                "seconds": seconds,
                **said,
            },
        )

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

    def correct(self, query: int, outcome: Any, why: str) -> Body:
        """Have a result be something else than the simulator gave; `outcome` as for `tell`."""
        return self._post(f"results/{query}/correct", {"why": why, **_said(outcome)})

    def retry(self, why: str, *, status: str | None = None, like: str = "") -> Body:
        """Queue once more what was given up: `queries` that are, of a status, or that said so."""
        return self._post("retry", {"why": why, "status": status, "like": like})

    def verify(
        self, spot: int, *, runs: int = 20, level: float | None = None, above: bool = True
    ) -> Body:
        """Have runs inside a spot test it; gives the `queries`, for `settle`."""
        return self._post("verify", {"spot": spot, "runs": runs, "level": level, "above": above})

    def settle(self, queries: Sequence[int]) -> bool:
        """Wait while the service runs these queries; gives whether all are settled."""
        while True:
            running = self.status()["running"]
            listed = self._get("queries", state=_UNSETTLED, most=_MOST_LISTED)["queries"]
            open_ones = {one["query"] for one in listed}
            waits = len(listed) == _MOST_LISTED or not open_ones.isdisjoint(queries)
            if not waits or not running:
                return not waits
            self.clock.sleep(_LOOK_AGAIN)

    def certificates(self, level: float | None = None, *, above: bool = True) -> Body:
        """What is claimed of each spot, and how surely; a `CertificatesBody`."""
        return self._get("certificates", level=level, side="above" if above else "below")

    def sensitivity(self) -> Body:
        """Which inputs matter; a `SensitivityBody`."""
        return self._get("sensitivity")

    def tune(self, wish: Mapping[str, Any], *, form: Literal["json", "text"] = "json") -> Any:
        """What to tune: a `TuneBody` in, a `TuningBody` out, or its words for the form `text`."""
        return self._posted("tune", dict(wish), form)

    def confirm_tuning(self, wish: Mapping[str, Any]) -> Body:
        """Have runs test what `tune` says to this wish; gives the `queries`, for `settle`."""
        return self._post("tune/confirm", dict(wish))

    def promises(self, most: int = 100) -> Body:
        """What the last `most` queries promised and gave; a `PromisesBody`."""
        return self._get("promises", most=most)

    def why(self, query: int) -> Body:
        """Why a query was asked, and what else might have come; an `AccountBody`."""
        return self._get(f"why/{query}")

    def item(self, name: str) -> Body:
        """One item of a pool; an `ItemBody`."""
        return self._get("item", item=name)

    def report(self) -> bytes:
        """The campaign's page as one HTML file."""
        return self._heard("report", None)[0]

    def compare(self, before: str, level: float | None = None) -> Body:
        """What changed since the campaign `before`; a `DriftBody`."""
        return self._get("compare", **{"with": before}, level=level)

    def savings(
        self,
        *,
        runs: int | None = None,
        repeats: int = 3,
        told: Callable[[str], None] = lambda said: None,
    ) -> Body:
        """How many runs choosing saved, once it is found: a `SavingsBody`; takes minutes.

        `told` hears of each learning curve that is done. Raises `Refused` where it failed.
        """
        heard, found = 0, self._post("savings", {"runs": runs, "repeats": repeats})
        while True:
            for said in found["said"][heard:]:
                told(said)
            heard = len(found["said"])
            if found["state"] == "failed":
                raise Refused(200, found["problem"])
            if found["state"] == "done":
                return found
            self.clock.sleep(_LOOK_AGAIN)
            found = self._get(f"savings/{found['contest']}")

    def export(self, kind: str, **cut: Any) -> tuple[bytes, str]:
        """The campaign as a file of a kind, as `surrogate export --as` has them, and a sentence
        on it; `cut` is `x`, `y` and `hold`.
        """
        return self.read("export", form=kind, **cut)

    def read(self, path: str, *, form: str, **behind: Any) -> tuple[bytes, str]:
        """An answer in another form than JSON, and what was said beside it.

        `text` is in the command line's words; `png`, `svg` and `pdf` are pictures, where there
        are any.
        """
        whole, said = self._heard(_asked(path, {**behind, "as": form}), None)
        return whole, unquote(said)

    def _of(self, queries: Sequence[Mapping[str, Any] | int]) -> Body:
        """Queries that are this worker's, by number."""
        numbers = [query if isinstance(query, int) else int(query["query"]) for query in queries]
        return {"worker": self.worker, "queries": numbers}

    def _get(self, path: str, **behind: Any) -> Body:
        return self._said(_asked(path, behind), None)

    def _post(self, path: str, body: Body) -> Body:
        return self._said(path, json.dumps(body).encode())

    def _posted(self, path: str, body: Body, form: str) -> Any:
        """The answer to a body, as JSON or in words."""
        whole = self._heard(_asked(path, {"as": form}), json.dumps(body).encode())[0]
        return json.loads(whole) if form == "json" else whole.decode()

    def _said(self, path: str, body: bytes | None) -> Body:
        said: Body = json.loads(self._heard(path, body)[0])
        return said

    def _heard(self, path: str, body: bytes | None) -> tuple[bytes, str]:
        """What the service answers, called again while it is away. Raises `Refused`."""
        request = self._request(path, body)
        until, wait = self.clock.monotonic() + self.patience, _FIRST_WAIT
        while True:
            try:
                with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:
                    return answer.read(), answer.headers.get("Surrogate-Said", "")
            except HTTPError as problem:
                if problem.code not in _BUSY or self.clock.monotonic() > until:
                    raise Refused(problem.code, _detail(problem)) from problem
            except (OSError, HTTPException) as problem:
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


def _said(outcome: Any) -> Body:
    """An outcome as bodies say it."""
    declined = isinstance(outcome, Infeasible)
    return {"infeasible": outcome.reason} if declined else {"values": outcome}


def _asked(path: str, behind: Mapping[str, Any]) -> str:
    """A path with what is asked behind its question mark; what is None is left out."""
    asked = urlencode({k: v for k, v in behind.items() if v is not None}, doseq=True)
    return f"{path}?{asked}" if asked else path


def _detail(problem: HTTPError) -> str:
    """The sentence of a problem+json; the status where something else came."""
    try:
        return str(json.load(problem)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{problem.code} {problem.reason}: is that Surrogate's service?"
