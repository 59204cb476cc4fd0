"""The command line's verbs on a campaign of a service: what they print with `--url`."""

import json
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surrogate.cli_options import Place, picture, say
from surrogate.errors import PlanError, PointError
from surrogate.wholefile import whole

if TYPE_CHECKING:
    from surrogate.client import Client

_LARGEST_MAP = 256  # cells a side: the most that a service draws


@dataclass(frozen=True)
class Remote:
    """A campaign of the service that `place` names."""

    place: Place
    as_json: bool = False

    @cached_property
    def client(self) -> "Client":
        """Who speaks for us."""
        return self.place.client(self.place.campaign)

    def predict(self, points: Any) -> None:
        """The response at points."""
        if self.as_json:
            from surrogate.mirrored import predictions_of

            say("", predictions_of(self.client.status(), points, self.client.predict(points)))
        else:
            click.echo(self.client.predict(points, form="text"))

    def draw(self, chart: Any, out: str | None, beside: str | None) -> None:
        """The map, or the items of a pool, as a picture or as JSON."""
        if beside:
            raise PointError("another surrogate is made from a store: leave --beside or --url out")
        behind = {**vars(chart), "size": min(chart.size, _LARGEST_MAP)}
        if self.as_json:
            say("", self._mapped(chart, behind))
        if out or not self.as_json:
            file = Path(out) if out else self.place.beside("-map.png")
            said = self.draw_of("map", file, **behind)
            click.echo(f"{said}\nmap written to {file}", err=self.as_json)

    def _mapped(self, chart: Any, behind: dict[str, Any]) -> Any:
        """A map, or every item of a pool, which has no axes to choose."""
        from surrogate.pool import NO_AXES

        if self.client.status()["pool"] is None:
            return json.loads(self.client.read("map", form="json", **behind)[0])
        if any((chart.x, chart.y, chart.hold, chart.average)):
            raise PointError(NO_AXES)
        return self.client.items(chart.level, every=True)

    def spots(self, level: float | None, *, above: bool) -> None:
        """The regions above or below a level, the items of a pool, or the best point."""
        if not self.as_json:
            self.tell_of("spots", level=level, side="above" if above else "below")
            return
        campaign = self.client.status()
        if campaign["goal"]["kind"] == "optimum" and level is None:
            say("", self.client.peak())
        elif campaign["pool"] is not None:
            say("", self.client.items(level, every=True))
        else:
            say("", self.client.sweet_spots(level, above=above))

    def ask(self, count: int) -> None:
        """The next queries."""
        from surrogate.mirrored import domain_of, query_of
        from surrogate.tables import queries_words

        given = self.client.asked(count)
        queries = [query_of(one) for one in given["queries"]]
        text = (
            queries_words(domain_of(self.client.status()), queries) if queries else given["state"]
        )
        say(text, given if self.as_json else None)

    def tell(self, query: int | None, attempt: int, point: Any, outcome: Any) -> None:
        """What a query gave, or where there is none a point."""
        asked = point if query is None else {"query": query, "attempt": attempt}
        said = self.client.tell(asked, outcome)
        click.echo(f"recorded; the campaign is {said['state']}")

    def tell_of(self, path: str, **behind: Any) -> None:
        """An answer in words, or as JSON."""
        whole, _ = self.client.read(path, form="json" if self.as_json else "text", **behind)
        click.echo(whole.decode())

    def draw_of(self, path: str, file: Path, **behind: Any) -> str:
        """Write an answer's picture, of the kind that the file's name says; gives what was said."""
        kind = file.suffix.lstrip(".").lower()
        if kind not in ("png", "svg", "pdf"):
            raise PlanError(
                f"a picture's file ends in png, svg or pdf, {file} came; choose one of these"
            )
        whole, said = self.client.read(path, form=kind, **behind)
        written(file, whole)
        return said

    def both(self, verb: str, out: str | None, **behind: Any) -> None:
        """An answer in words or as JSON, and its picture: at `out`, or beside the plan."""
        self.tell_of(verb, **behind)
        write = partial(self.draw_of, verb, **behind)
        picture(self.place, out, f"-{verb}.png", write, as_json=self.as_json)

    def tune(self, change: Any, now: Any, *, confirm: bool) -> None:
        """What to tune; to `confirm`, the service first spends the runs that test the answer."""
        low, high = change.band or (None, None)
        wish = {
            "knobs": change.knob,
            "now": now,
            "level": change.level,
            "above": not change.below,
            "most": change.most,
            "keep": change.keep,
            "low": low,
            "high": high,
        }
        if confirm:
            asked = self.client.confirm_tuning(wish)["queries"]
            words = self.client.tune(wish)["words"]
            click.echo(f"{words} {len(asked)} runs there test it.", err=True)
            if not self.client.settle(asked):
                say_queued(asked, as_json=self.as_json)
                return
        if self.as_json:
            say("", self.client.tune(wish))
        else:
            click.echo(self.client.tune(wish, form="text"))

    def gate(self, before: str, junit: str | None) -> str:
        """The rules of a plan judged; gives what became of them."""
        behind = {"with": before}
        self.tell_of("gate", **behind)
        if junit:
            written(Path(junit), self.client.read("gate", form="junit", **behind)[0])
        return str(json.loads(self.client.read("gate", form="json", **behind)[0])["ruling"])

    def verify(self, spot: int, runs: int, level: float | None, *, above: bool) -> None:
        """Have the service spend runs inside a spot, and tell what they make of its certificate."""
        asked = self.client.verify(spot, runs=runs, level=level, above=above)["queries"]
        if self.client.settle(asked):
            self.tell_of("certificates", level=level, side="above" if above else "below")
        else:
            say_queued(asked, as_json=self.as_json)

    def act(self, verb: str, **orders: int | None) -> None:
        """Have the service run, pause, resume or stop it."""
        from surrogate.mirrored import state_words

        client = self.client
        bids = {"pause": client.pause, "resume": client.resume, "stop": client.stop}
        said = client.run(**orders) if verb == "run" else bids[verb]()
        click.echo(state_words(said))


def say_queued(asked: list[int], *, as_json: bool) -> None:
    """Say that queries wait for others to run them."""
    numbers = ", ".join(map(str, asked))
    say(f"queued, to be run and told: {numbers}", asked if as_json else None)


def written(file: Path, content: bytes) -> None:
    """Write what came; raises `PlanError` where it cannot be."""
    with whole(file) as place:
        place.write_bytes(content)
