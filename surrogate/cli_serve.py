"""The verbs of the service: `serve`, and `token` for who may use it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from surrogate.cli_options import as_json, gathered, plan_of, say, store_at, store_of
from surrogate.errors import PlanError

if TYPE_CHECKING:
    from surrogate.store.service_tables import Tokens

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
    help="A plan whose simulator campaigns made over HTTP may name, by the plan's name; it runs as "
    "the plan's [workers] say.",
)
@gathered(door=_Door)
def serve(store: str, *, door: _Door, register: tuple[str, ...]) -> None:
    """Serve a store's campaigns over HTTP, with a page at / for designers.

    STORE is a file, a URL, or a plan whose store it is: its campaign is made where it is not there.
    Schedules of the store are kept while it runs; see `surrogate schedule`.
    Without a token everybody who reaches the service may do everything, so it then listens on this
    machine alone.
    """
    from surrogate.campaign import Campaign
    from surrogate.service.running import Address, Pace, run_site

    host, port = door.host, door.port
    if store.endswith(".toml"):
        Campaign.from_plan(plan_of(store)).close()
    registered = {plan.name: plan for plan in map(plan_of, register)}
    with _tokens(store) as tokens:
        guarded = tokens.any_in_force()
    if not guarded and host not in _LOOPBACK:
        raise PlanError(
            f"--host {host}: without a token the service listens on this machine alone; "
            f"make one with: surrogate token create {store} NAME --role admin"
        )
    who = "tokens are wanted" if guarded else "no token is needed on this machine, none elsewhere"
    shown = f"[{host}]" if ":" in host else host

    def announce(port: int) -> None:
        click.echo(f"surrogate: {who}; the page is at http://{shown}:{port}/", err=True)

    run_site(
        store_of(store),
        at=(host, port),
        address=Address((*Address().hosts, host, *door.host_name), door.origin),
        registered=registered,
        pace=Pace(rate=door.rate, burst=int(2 * door.rate)),
        announce=announce,
    )


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
    from surrogate.store.service_tables import Role

    with _tokens(store) as tokens:
        click.echo(tokens.create(name, Role(role), now=time.time(), campaign=campaign))


@token.command("list")
@click.argument("store", type=click.Path())
@as_json
def show(store: str, *, as_json: bool) -> None:
    """Every token, revoked ones too; never their secrets."""
    with _tokens(store) as tokens:
        found = tokens.all()
    none = "no tokens: the service listens on this machine alone, and asks for none"
    lines = [
        f"{one.name}: {one.role}"
        + (f", campaign '{one.campaign}'" if one.campaign else "")
        + (", revoked" if one.revoked else "")
        for one in found
    ]
    say("\n".join(lines) or none, [vars(one) for one in found] if as_json else None)


@token.command()
@click.argument("store", type=click.Path())
@click.argument("name")
def revoke(store: str, name: str) -> None:
    """Let the token of NAME count no more."""
    with _tokens(store) as tokens:
        tokens.revoke(name, now=time.time())
    click.echo(f"token '{name}' is revoked")


@contextmanager
def _tokens(place: str) -> Iterator["Tokens"]:
    from surrogate.store.service_tables import Tokens

    with store_at(place) as store:
        yield Tokens(store.database)
