"""The command line's verbs on a campaign of a service: what they print with `--url`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surrogate.cli_options import Place, say
from surrogate.errors import PlanError, PointError, unwritable

if TYPE_CHECKING:
    from surrogate.client import Client


@dataclass(frozen=True)
class Remote:
    """A campaign of the service that `place` names."""

    place: Place
    as_json: bool = False

    @property
    def client(self) -> "Client":
        """Who speaks for us; the token comes from `--token` or SURROGATE_TOKEN."""
        from surrogate.cli_keep import user
        from surrogate.client import Client
        from surrogate.settings import service_token

        token = self.place.token or service_token()
        return Client(str(self.place.url), self.place.campaign, token=token, worker=user())

    def status(self) -> None:
        """How far the campaign is."""
        from surrogate.mirrored import status_of
        from surrogate.tables import status_json, status_words

        found = status_of(self.client.status())
        say(status_words(found), status_json(found) if self.as_json else None)

    def predict(self, points: Any) -> None:
        """The response at points."""
        import numpy as np

        from surrogate.mirrored import prediction_of, space_of
        from surrogate.tables import prediction_json, prediction_words

        client = self.client
        said = client.predict(points)
        space = space_of(client.status())
        whole = [space.complete(point) for point in points]
        read, chances = prediction_of(said), np.array(said["answers"])
        text = prediction_words(space, whole, read, chances, said["notes"])
        seen = {key: said[key] for key in ("revision", "current")}
        say(text, seen | prediction_json(whole, read, chances) if self.as_json else None)

    def draw(self, chart: Any, out: str | None, beside: str | None) -> None:
        """The map, as a picture or as JSON."""
        if beside:
            raise PointError("another surrogate is made from a store: leave --beside or --url out")
        from surrogate.mirrored import map_of, overlay_of
        from surrogate.plots.figure import save
        from surrogate.plots.maps import draw_map
        from surrogate.typed import point_of

        client, held = self.client, point_of(chart.hold)
        size = min(chart.size, 256)
        drawn = client.map(chart.x, chart.y, size=size, held=held, averaged=chart.average)
        if self.as_json:
            say("", drawn)
        if out or not self.as_json:
            campaign = client.status()
            file = Path(out) if out else self.place.beside("-map.png")
            figure = draw_map(
                map_of(campaign, drawn, chart.level), overlay_of(campaign, client.dots())
            )
            save(figure, file)
            click.echo(f"{drawn['note']}\nmap written to {file}", err=self.as_json)

    def spots(self, level: float | None, *, above: bool) -> None:
        """The regions above or below a level."""
        from surrogate.mirrored import space_of, spots_of
        from surrogate.tables import spots_words

        client = self.client
        found, campaign = client.sweet_spots(level, above=above), client.status()
        text = spots_words(space_of(campaign), spots_of(found), campaign["outcome"]["response"])
        say(text, found if self.as_json else None)

    def ask(self, count: int) -> None:
        """The next queries."""
        from surrogate.mirrored import query_of, space_of
        from surrogate.tables import queries_words

        client = self.client
        given = client.asked(count)
        queries = [query_of(one) for one in given["queries"]]
        text = queries_words(space_of(client.status()), queries) if queries else given["state"]
        say(text, given if self.as_json else None)

    def tell(self, query: int | None, attempt: int, point: Any, outcome: Any) -> None:
        """What a query gave, or where there is none a point."""
        asked = point if query is None else {"query": query, "attempt": attempt}
        said = self.client.tell(asked, outcome)
        click.echo(f"recorded; the campaign is {said['state']}")

    def keep(self, queries: tuple[int, ...]) -> None:
        """Still at work on these queries."""
        click.echo(f"kept for {self.client.keep(queries)['lease']:g} s")

    def amend(self, verb: str, queries: tuple[int, ...], why: str) -> tuple[int, ...]:
        """Exclude or restore results; gives those for which that is news."""
        client = self.client
        act = client.exclude if verb == "exclude" else client.restore
        return tuple(news for query in queries for news in act(query, why)["queries"])

    def tell_of(self, path: str, **behind: Any) -> None:
        """An answer in words, or as JSON."""
        form = "json" if self.as_json else "text"
        click.echo(self.client.read(path, form=form, **behind)[0].decode())

    def draw_of(self, path: str, file: Path, **behind: Any) -> None:
        """Write an answer's picture, of the kind that the file's name says."""
        kind = file.suffix.lstrip(".").lower()
        if kind not in ("png", "svg", "pdf"):
            raise PlanError(
                f"a picture's file ends in png, svg or pdf, {file} came; choose one of these"
            )
        written(file, self.client.read(path, form=kind, **behind)[0])

    def both(self, verb: str, out: str | None, **behind: Any) -> None:
        """An answer in words or as JSON, and its picture: at `out`, or beside the plan."""
        self.tell_of(verb, **behind)
        if out or not self.as_json:
            file = Path(out) if out else self.place.beside(f"-{verb}.png")
            self.draw_of(verb, file, **behind)
            click.echo(f"picture written to {file}", err=self.as_json)

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
                self._left(asked)
                return
        if self.as_json:
            say("", client.tune(wish))
        else:
            click.echo(client.tune(wish, form="text"))

    def replay(self, runs: int | None, repeats: int) -> None:
        """How many runs choosing saved."""
        found = self.client.savings(
            runs=runs, repeats=repeats, told=lambda said: click.echo(said, err=True)
        )
        say(found["text"], found["answer"] if self.as_json else None)

    def gate(self, before: str, junit: str | None) -> str:
        """The rules of a plan judged; gives what became of them."""
        behind, client = {"with": before}, self.client
        self.tell_of("gate", **behind)
        if junit:
            written(Path(junit), client.read("gate", form="junit", **behind)[0])
        return str(json.loads(client.read("gate", form="json", **behind)[0])["ruling"])

    def export(self, kind: str, cut: Any, file: Path) -> str:
        """Write the campaign as a file; gives what is to be said of it."""
        hold = list(cut.hold)
        whole, said = self.client.export(kind, x=cut.x, y=cut.y, hold=hold)
        written(file, whole)
        return said

    def verify(self, spot: int, runs: int, level: float | None, *, above: bool) -> None:
        """Have the service spend runs inside a spot, and tell what they make of its certificate."""
        client = self.client
        asked = client.verify(spot, runs=runs, level=level, above=above)["queries"]
        if client.settle(asked):
            side = "above" if above else "below"
            self.tell_of("certificates", level=level, side=side)
        else:
            self._left(asked)

    def _left(self, asked: list[int]) -> None:
        """Say that queries wait for others to run them."""
        numbers = ", ".join(map(str, asked))
        say(f"queued, to be run and told: {numbers}", asked if self.as_json else None)

    def bid(self, verb: str) -> None:
        """Pause, resume or stop."""
        client = self.client
        said = {"pause": client.pause, "resume": client.resume, "stop": client.stop}[verb]()
        click.echo(_state(said))

    def run(self, runs: int | None, workers: int | None) -> None:
        """Have the service run it."""
        click.echo(_state(self.client.run(runs=runs, workers=workers)))


def written(file: Path, whole: bytes) -> None:
    """Write what came; raises `PlanError` where it cannot be."""
    try:
        file.write_bytes(whole)
    except OSError as problem:
        raise unwritable(file, problem) from problem


def _state(said: Any) -> str:
    paused = f"paused {said['paused']}" if said["paused"] else "at rest"
    return ": ".join(part for part in (said["running"] or paused, said["message"]) if part)
