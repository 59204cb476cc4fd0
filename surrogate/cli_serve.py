"""The verbs of the service: `serve`, and `token` for who may use it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from surrogate.cli_options import gathered, store_of
from surrogate.errors import PlanError, StoreError

if TYPE_CHECKING:
    from surrogate.store.tokens import Tokens

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class _Door:
    """Where the service listens, under which names, and how fast one caller may ask."""

    host: str
    port: int
    host_name: tuple[str, ...]
    origin: tuple[str, ...]
    rate: float


@click.command()
@click.argument("store", type=click.Path())
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8321,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Its port; 0: any that is free.",
)
@click.option("--host-name", multiple=True, help="Another name that requests may come to.")
@click.option("--origin", multiple=True, help="Another origin whose pages may use it.")
@click.option(
    "--rate",
    default=250.0,
    show_default=True,
    type=click.FloatRange(1),
    help="Requests a second from one address; twice as many at once.",
)
@click.option(
    "--register",
    multiple=True,
    type=click.Path(),
    help="A plan whose simulator campaigns made over HTTP may name.",
)
@gathered(door=_Door)
def serve(store: str, *, door: _Door, register: tuple[str, ...]) -> None:
    """Serve a store's campaigns over HTTP, with a page at / for designers.

    STORE is a file, a URL, or a plan whose store it is: its campaign is made where it is not there.
    Schedules of the store are kept while it runs; see `surrogate schedule`.
    Without a token everybody who reaches the service may do everything, so it then listens on this
    machine alone.
    """
    from surrogate.service.running import Address, Pace, Site, run_site

    host, port = door.host, door.port
    _enter(store)
    location, registered = store_of(store), _registered(register)
    with _tokens(location) as tokens:
        guarded = tokens.any_in_force()
    if not guarded and host not in _LOOPBACK:
        raise PlanError(
            f"--host {host}: without a token the service listens on this machine alone; "
            f"make one with: surrogate token create {store} NAME --role admin"
        )
    address = Address((*Address().hosts, host, *door.host_name), door.origin)
    who = "tokens are wanted" if guarded else "no token is needed on this machine, none elsewhere"
    click.echo(f"surrogate: {who}; the page is at http://{_shown(host)}:{port}/", err=True)
    pace = Pace(rate=door.rate, burst=int(2 * door.rate))
    run_site(Site(location, host, port, address, registered, pace))


@click.group()
def token() -> None:
    """Who may use the service: tokens, each with a role."""


@token.command()
@click.argument("store", type=click.Path())
@click.argument("name")
@click.option(
    "--role",
    required=True,
    type=click.Choice(["reader", "worker", "engineer", "admin"]),
    help="What its bearer may do: read and comment; ask and tell; manage campaigns; manage tokens.",
)
@click.option("--campaign", help="The only campaign that it is for.")
def create(store: str, name: str, *, role: str, campaign: str | None) -> None:
    """Make a token for NAME and print it: it is shown this once."""
    from surrogate.store.tokens import Role

    with _tokens(store_of(store)) as tokens:
        click.echo(tokens.create(name, Role(role), now=time.time(), campaign=campaign))


@token.command("list")
@click.argument("store", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(store: str, *, as_json: bool) -> None:
    """Every token, revoked ones too; never their secrets."""
    with _tokens(store_of(store)) as tokens:
        found = tokens.all()
    if as_json:
        click.echo(json.dumps([vars(one) for one in found]))
        return
    for one in found:
        where = f", campaign '{one.campaign}'" if one.campaign else ""
        click.echo(f"{one.name}: {one.role}{where}{', revoked' if one.revoked else ''}")
    if not found:
        click.echo("no tokens: the service listens on this machine alone, and asks for none")


@token.command()
@click.argument("store", type=click.Path())
@click.argument("name")
def revoke(store: str, name: str) -> None:
    """Let the token of NAME count no more."""
    with _tokens(store_of(store)) as tokens:
        tokens.revoke(name, now=time.time())
    click.echo(f"token '{name}' is revoked")


serving_verbs = (serve, token)


def _enter(place: str) -> None:
    """Make the campaign of the plan at `place`, where that is a plan and has none yet."""
    if place.endswith(".toml"):
        from surrogate.campaign import Campaign
        from surrogate.plan import Plan

        Campaign.from_plan(Plan.load(place)).close()


def _registered(plans: tuple[str, ...]) -> dict[str, dict[str, object]]:
    """The simulators that campaigns made over HTTP may name, each by its plan's name."""
    from surrogate.plan import Plan

    loaded = [Plan.load(path) for path in plans]
    return {plan.name: plan.simulator.model_dump(exclude_unset=True) for plan in loaded}


@contextmanager
def _tokens(location: str) -> Iterator["Tokens"]:
    from surrogate.store.sql import open_store
    from surrogate.store.tokens import Tokens

    if "://" not in location and not Path(location).parent.is_dir():
        raise StoreError(f"there is no folder {Path(location).parent}; make it first")
    store = open_store(location)
    try:
        yield Tokens(store.database)
    finally:
        store.close()


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
