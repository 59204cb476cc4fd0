"""The command line's verbs on a campaign of a service: what they print with `--url`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surrogate.cli_options import Place, say
from surrogate.errors import PlanError, PointError

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
        notes = [said["intervals"]] if said["intervals"] else []
        text = prediction_words(space, whole, read, chances, notes)
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
            try:
                save(figure, file)
            except (OSError, ValueError) as problem:
                raise PlanError(f"the map cannot be written to {file}: {problem}") from problem
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

    def amend(self, verb: str, queries: tuple[int, ...], why: str) -> None:
        """Exclude or restore results."""
        client = self.client
        for query in queries:
            said = client.exclude(query, why) if verb == "exclude" else client.restore(query, why)
            click.echo(said["said"])

    def bid(self, verb: str) -> None:
        """Pause, resume or stop."""
        client = self.client
        said = {"pause": client.pause, "resume": client.resume, "stop": client.stop}[verb]()
        click.echo(_state(said))

    def run(self, runs: int | None, workers: int | None) -> None:
        """Have the service run it."""
        click.echo(_state(self.client.run(runs=runs, workers=workers)))


def _state(said: Any) -> str:
    paused = f"paused {said['paused']}" if said["paused"] else "at rest"
    return ": ".join(part for part in (said["running"] or paused, said["message"]) if part)
