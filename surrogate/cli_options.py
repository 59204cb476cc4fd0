"""What the verbs of the command line share: how a campaign is named, how answers are printed; and
the sections of `surrogate --help`, by what one wants to do.
"""

import getpass
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, fields, replace
from functools import cached_property, reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from surrogate.errors import PlanError, StoreError

if TYPE_CHECKING:
    from surrogate.campaign import Campaign
    from surrogate.client import Client
    from surrogate.plan import Plan
    from surrogate.store.sql import SqlStore

Verb = TypeVar("Verb", bound=Callable[..., Any])

OK, FAILED, BAD_INPUT, STOPPED, GATE_FAILED, GATE_UNKNOWN = 0, 1, 2, 3, 4, 5  # exit codes
INTERRUPTED = 130
_WHOLE = 500  # characters: more than any first sentence has


@dataclass(frozen=True)
class Place:
    """Which campaign is meant: a plan's, or one named in a store, here or with a service."""

    plan: str | None
    store: str | None
    name: str | None
    url: str | None = None
    token: str | None = None

    @property
    def location(self) -> str:
        """The store's path or URL."""
        if self.url is not None:
            raise PlanError("this verb works on a store itself: leave --url out")
        if (self.plan is None) == (self.store is None):
            raise PlanError("no campaign came, or two: give either a plan, or --store with --name")
        return self.store if self.store is not None else plan_of(str(self.plan)).store_path

    @cached_property
    def campaign(self) -> str:
        """The campaign's name."""
        if self.name is not None:
            return self.name
        if self.plan is not None:
            return plan_of(self.plan).name
        if self.url is not None:
            names = self.client("").campaigns()
        else:
            with existing(self) as store:
                names = [one.name for one in store.campaigns()]
        if not names:
            raise PlanError("no campaign is there yet that may be read; run a plan first")
        if len(names) != 1:
            raise PlanError(f"which campaign is meant? give --name with one of: {', '.join(names)}")
        return names[0]

    def client(self, campaign: str) -> "Client":
        """Who speaks with the service; the token comes from `--token` or SURROGATE_TOKEN."""
        from surrogate.client import Client
        from surrogate.settings import service_token

        return Client(str(self.url), campaign, self.token or service_token(), worker=user())

    def or_word(self, word: str | None) -> tuple["Place", str | None]:
        """The place, and a word; where no plan was named, the only word given stands for that."""
        return (self, word) if word is not None else (replace(self, plan=None), self.plan)

    def beside(self, ending: str) -> Path:
        """The default place of a file that belongs to a campaign: beside its plan or store."""
        if self.plan is not None:
            path = Path(self.plan)
            return path.with_name(path.stem + ending)
        return Path(f"{self.campaign}{ending}")


def gathered(**kinds: type) -> Callable[[Verb], Verb]:
    """Hand a verb its options as values: the fields of each dataclass, under the key given."""

    def decorate(verb: Verb) -> Verb:
        @wraps(verb)
        def whole(**options: Any) -> Any:
            for key, kind in kinds.items():
                options[key] = kind(**{part.name: options.pop(part.name) for part in fields(kind)})
            return verb(**options)

        return cast(Verb, whole)

    return decorate


def together(*decorators: Callable[[Any], Any]) -> Callable[[Verb], Verb]:
    """Several decorators as one, as if they stood one below the other."""

    def decorate(verb: Verb) -> Verb:
        return reduce(lambda done, next_: next_(done), reversed(decorators), verb)

    return decorate


# The ways to name a campaign that is already in a store: given to the verb as `place`.
stored = together(
    click.argument("plan", required=False, type=click.Path()),
    click.option("--store", help="A store's path or URL, in place of a plan."),
    click.option("--name", help="The campaign's name there; default: the plan's, or the only one."),
    click.option("--url", help="A service's, in place of a store: http://HOST:PORT."),
    click.option("--token", help="For that service; default: SURROGATE_TOKEN."),
    gathered(place=Place),
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
at_level = click.option("--level", type=float, help="Default: the goal's level, else 0.5.")


def plan_of(path: str) -> "Plan":
    """The plan in a file; raises `PlanError`."""
    from surrogate.plan import Plan

    return Plan.load(path)


def opened(place: Place) -> "Campaign":
    """A campaign that is already there; nothing is made where it is not."""
    from surrogate.campaign import Campaign

    location, name = place.location, place.campaign
    if "://" not in location and not Path(location).exists():
        raise StoreError(
            f"there is no store at {location} yet; make one with: "
            f"surrogate run {place.plan or 'PLAN'}"
        )
    if place.name is None:
        return Campaign.latest(location, name)
    return Campaign.open(location, name)


def entered(place: Place) -> "Campaign":
    """The campaign of a plan, made where there is none yet; or one of a store."""
    from surrogate.campaign import Campaign

    if place.plan is not None and place.store is None and place.name is None:
        return Campaign.from_plan(plan_of(place.plan))
    return opened(place)


def existing(place: Place) -> AbstractContextManager["SqlStore"]:
    """The store that a place names, which must be there already."""
    from surrogate.store.sql import open_store

    return closing(open_store(place.location, create=False))


def store_at(place: str) -> AbstractContextManager["SqlStore"]:
    """The store of `store_of`, made where there is none yet in a folder that is there."""
    from surrogate.store.sql import open_store

    location = store_of(place)
    if "://" not in location and not Path(location).parent.is_dir():
        raise StoreError(f"there is no folder {Path(location).parent}; make it first")
    return closing(open_store(location))


def say(text: str, found: Any) -> None:
    """Print the words, or in their place the JSON where some is given."""
    click.echo(text if found is None else json.dumps(found))


def picture(
    place: Place, out: str | None, ending: str, write: Callable[[Path], Any], *, as_json: bool
) -> None:
    """Write an answer's picture at `out`, else beside the plan, and say where; none beside JSON
    unless its place was named.
    """
    if out or not as_json:
        file = Path(out) if out else place.beside(ending)
        write(file)
        click.echo(f"picture written to {file}", err=as_json)


def store_of(place: str) -> str:
    """A store's path or URL, or that of the plan at `place`."""
    return plan_of(place).store_path if place.endswith(".toml") else place


SECTIONS = {
    "Begin": ("init", "keys", "check", "import", "run"),
    "Answer by hand, or in a loop of your own": ("ask", "tell", "label"),
    "While it runs": ("status", "pause", "resume", "stop", "retry"),
    "See what it learned": ("map", "spots", "predict", "sensitivity", "tune"),
    "Know how far to trust it": ("quality", "certify", "verify", "why", "replay"),
    "From one version to the next": ("compare", "timeline", "schedule"),
    "Hand it on": ("export", "report", "serve", "token"),
    "Mend results, keep the store": ("exclude", "correct", "restore", "doctor", "backup"),
}


def user() -> str:
    """The name of this account."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "somebody"


class Sectioned(click.Group):
    """A group of commands that its help lists in sections, each in one sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections; click calls this where it would write one list."""
        width = max(map(len, self.commands))
        for heading, names in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [(name.ljust(width), _clause(self.commands[name])) for name in names]
                )


def misuse(problem: click.ClickException) -> str:
    """What is wrong with how a command was typed, in one line, and which help tells more."""
    if (whole := problem.format_message()).startswith("Usage:"):  # nothing was typed: the help
        return whole
    said = " ".join(whole.split())
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    verb = context.command_path if context else "surrogate"
    return f"surrogate: {said[:1].lower()}{said[1:].rstrip('.')}; see {verb} --help"


def _clause(verb: click.Command) -> str:
    """What a command is for, up to its first colon or semicolon; the rest is in its own help."""
    return re.split(r"[:;]", verb.get_short_help_str(_WHOLE))[0].rstrip(".")
