"""The command line's verbs on a campaign of a service: what they print with `--url`."""

import json
from dataclasses import dataclass
from functools import partial
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

    @property
    def client(self) -> "Client":
        """Who speaks for us."""
        return self.place.client(self.place.campaign)

    def status(self) -> None:
        """How far the campaign is."""
        from surrogate.mirrored import status_of
        from surrogate.tables import status_json, status_words

        found = status_of(self.client.status())
        say(status_words(found), status_json(found) if self.as_json else None)

    def predict(self, points: Any) -> None:
        """The response at points."""
        if not self.as_json:
            click.echo(self.client.predict(points, form="text"))
            return
        from surrogate.mirrored import predictions_of

        client = self.client
        say("", predictions_of(client.status(), points, client.predict(points)))

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

        client = self.client
        if client.status()["pool"] is None:
            return json.loads(client.read("map", form="json", **behind)[0])
        if any((chart.x, chart.y, chart.hold, chart.average)):
            raise PointError(NO_AXES)
        return client.items(chart.level, every=True)

    def spots(self, level: float | None, *, above: bool) -> None:
        """The regions above or below a level, the items of a pool, or the best point."""
        client, side = self.client, "above" if above else "below"
        if not self.as_json:
            self.tell_of("spots", level=level, side=side)
            return
        campaign = client.status()
        if campaign["goal"]["kind"] == "optimum" and level is None:
            say("", client.peak())
        elif campaign["pool"] is not None:
            say("", client.items(level, every=True))
        else:
            say("", client.sweet_spots(level, above=above))

    def ask(self, count: int) -> None:
        """The next queries."""
        from surrogate.mirrored import domain_of, query_of
        from surrogate.tables import queries_words

        client = self.client
        given = client.asked(count)
        queries = [query_of(one) for one in given["queries"]]
        text = queries_words(domain_of(client.status()), queries) if queries else given["state"]
        say(text, given if self.as_json else None)

    def tell(self, query: int | None, attempt: int, point: Any, outcome: Any) -> None:
        """What a query gave, or where there is none a point."""
        asked = point if query is None else {"query": query, "attempt": attempt}
        said = self.client.tell(asked, outcome)
        click.echo(f"recorded; the campaign is {said['state']}")

    def tell_of(self, path: str, **behind: Any) -> None:
        """An answer in words, or as JSON."""
        form = "json" if self.as_json else "text"
        click.echo(self.client.read(path, form=form, **behind)[0].decode())

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
        wish = {"knobs": change.knob, "now": now, "level": change.level, "most": change.most}
        wish |= {"above": not change.below, "keep": change.keep, "low": low, "high": high}
        client = self.client
        if confirm:
            asked = client.confirm_tuning(wish)["queries"]
            click.echo(f"{client.tune(wish)['words']} {len(asked)} runs there test it.", err=True)
            if not client.settle(asked):
                say_queued(asked, as_json=self.as_json)
                return
        if self.as_json:
            say("", client.tune(wish))
        else:
            click.echo(client.tune(wish, form="text"))

    def gate(self, before: str, junit: str | None) -> str:
        """The rules of a plan judged; gives what became of them."""
        behind, client = {"with": before}, self.client
        self.tell_of("gate", **behind)
        if junit:
            written(Path(junit), client.read("gate", form="junit", **behind)[0])
        return str(json.loads(client.read("gate", form="json", **behind)[0])["ruling"])

    def verify(self, spot: int, runs: int, level: float | None, *, above: bool) -> None:
        """Have the service spend runs inside a spot, and tell what they make of its certificate."""
        client = self.client
        asked = client.verify(spot, runs=runs, level=level, above=above)["queries"]
        if client.settle(asked):
            self.tell_of("certificates", level=level, side="above" if above else "below")
        else:
            say_queued(asked, as_json=self.as_json)

    def bid(self, verb: str) -> None:
        """Pause, resume or stop."""
        from surrogate.mirrored import state_words

        client = self.client
        said = {"pause": client.pause, "resume": client.resume, "stop": client.stop}[verb]()
        click.echo(state_words(said))

    def run(self, runs: int | None, workers: int | None) -> None:
        """Have the service run it."""
        from surrogate.mirrored import state_words

        click.echo(state_words(self.client.run(runs=runs, workers=workers)))


def say_queued(asked: list[int], *, as_json: bool) -> None:
    """Say that queries wait for others to run them."""
    numbers = ", ".join(map(str, asked))
    say(f"queued, to be run and told: {numbers}", asked if as_json else None)


def written(file: Path, content: bytes) -> None:
    """Write what came; raises `PlanError` where it cannot be."""
    with whole(file) as place:
        place.write_bytes(content)
