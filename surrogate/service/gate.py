"""What every route is handed: the service's parts, and a caller who may do what the route does.

reader    reads and comments
worker    reads, asks and tells, on its campaign
engineer  all of that everywhere, and manages campaigns and results
admin     all of that, and manages tokens

Each step that waits its turn for a thread costs a busy service more than its work; so what is a
moment's look into a file is done where the request is, and only the route has a thread.
"""

import hashlib
import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic_core import to_jsonable_python
from starlette.concurrency import run_in_threadpool

from surrogate.bidding import paused_by
from surrogate.clock import Clock
from surrogate.desk import AS_GIVEN, Index
from surrogate.service.library import Hosted, Library
from surrogate.service.problems import Refusal
from surrogate.service.shelf import Made
from surrogate.service.workshop import Contests, Task, Workshop
from surrogate.store.service_tables import Errand, Replies, Reply, Role, Token, Tokens, digest
from surrogate.told import ToldSimulator

Ready = TypeVar("Ready")
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="A word of your own: asked twice with the same one within 30 days, the service "
        "acts once.",
    ),
]


class Deed(StrEnum):
    """What a route does, as far as permission goes."""

    READ = "read"
    COMMENT = "comment"
    WORK = "ask and tell"
    MANAGE = "manage campaigns and results"
    ADMINISTER = "manage tokens"


MAY = {
    Role.READER: frozenset({Deed.READ, Deed.COMMENT}),
    Role.WORKER: frozenset({Deed.READ, Deed.WORK}),
    Role.ENGINEER: frozenset(set(Deed) - {Deed.ADMINISTER}),
    Role.ADMIN: frozenset(Deed),
}


# On a loopback service without tokens everybody is its owner.
OWNER = Token("owner", Role.ADMIN, campaign=None, created=0.0)


@dataclass(frozen=True)
class House:
    """The service's parts."""

    library: Library
    workshop: Workshop
    tokens: Tokens
    replies: Replies
    clock: Clock
    contests: Contests

    def run_queued(self, hosted: Hosted) -> None:
        """Begin to run what waits, unless the campaign is paused or its outcomes are told."""
        store = hosted.store
        if isinstance(hosted.campaign.simulator, ToldSimulator) or paused_by(store, hosted.name):
            return
        waiting = sum(store.counts(hosted.name).queries.values())
        self.workshop.start(Task(store.database.location, hosted.name, runs=waiting), follow=True)


async def house_of(request: Request) -> House:
    """The parts of the service that got this request."""
    found: House = request.app.state.house
    return found


_bearer = HTTPBearer(auto_error=False, description="From `surrogate token create`.")
AnyHouse = Annotated[House, Depends(house_of)]
_Secret = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def _seen(house: House, look: Callable[[], Made], question: Hashable = None) -> Made:
    """What a short look into the store shows; a server may keep it waiting, a file does not.

    With a `question` it is looked up once for each commit.
    """
    if house.library.store.database.file is None:
        return await run_in_threadpool(look)
    return look() if question is None else house.library.recall(question, look)


async def _caller(house: AnyHouse, secret: _Secret) -> Token:
    """Who calls; while no token is in force, the owner. Raises `Refusal`."""
    if secret is None:
        if await _seen(house, house.tokens.any_in_force, "any token"):
            raise Refusal(401, "this service wants a token: send Authorization: Bearer TOKEN")
        return OWNER
    holder = partial(house.tokens.holder, secret.credentials)
    token = await _seen(house, holder, ("holder", digest(secret.credentials)))
    if token is None:
        raise Refusal(401, "that token is not in force; ask whoever keeps this service for another")
    return token


AnyCaller = Annotated[Token, Depends(_caller)]
CampaignName = Annotated[str, Path(description="A campaign's name.")]
Numbered = Annotated[Index, Path(description=AS_GIVEN)]  # older versions read no Field of a path


def may(deed: Deed) -> Any:
    """A dependency: the caller, who may do `deed` on the campaign that the path names, if any."""

    async def permitted(request: Request, caller: AnyCaller) -> Token:
        admit(caller, deed, request.path_params.get("name"))
        return caller

    return Depends(permitted)


async def hosted_of(name: CampaignName, house: AnyHouse, caller: AnyCaller) -> Hosted:
    """The campaign that the path names; who may not read it is not told whether it is there."""
    admit(caller, Deed.READ, name)
    kept = await _seen(house, partial(house.library.at_hand, name))
    return await run_in_threadpool(house.library.hosted, name) if kept is None else kept


AnyHosted = Annotated[Hosted, Depends(hosted_of)]


def another(house: House, caller: Token, name: str) -> Hosted:
    """Another campaign of the house than the path's, if the caller may read it."""
    admit(caller, Deed.READ, name)
    return house.library.hosted(name)


Reader = Annotated[Token, may(Deed.READ)]
Commenter = Annotated[Token, may(Deed.COMMENT)]
Worker = Annotated[Token, may(Deed.WORK)]
Engineer = Annotated[Token, may(Deed.MANAGE)]
Admin = Annotated[Token, may(Deed.ADMINISTER)]


@dataclass(frozen=True)
class Once:
    """One request that writes: who sends it, by which key, and a digest of what it wants."""

    house: House
    caller: Token
    key: str | None
    request: str

    def __call__(self, act: Callable[[], Made]) -> Made:
        """What `act` gives; for a key that came before, what it gave then, read from its JSON."""
        return self.after(lambda: None, lambda _: act())

    def after(self, prepare: Callable[[], Ready], act: Callable[[Ready], Made]) -> Made:
        """What `act` makes of what `prepare` gives, once for a key.

        To prepare may take long, and be done in vain: it holds nobody up.
        """
        if not self.key:
            return act(prepare())
        errand, replies = Errand(self.caller.name, self.key, self.request), self.house.replies
        kept = replies.kept(errand)
        if kept is None:
            ready, now = prepare(), self.house.clock.now()
            kept = replies.once(errand, lambda: Reply(200, to_jsonable_python(act(ready))), now=now)
        said: Made = kept.body
        return said


async def _once(request: Request, house: AnyHouse, caller: AnyCaller, key: Key = None) -> Once:
    body = await request.body()
    text = json.dumps([request.method, request.url.path, body.decode(errors="replace")])
    return Once(house, caller, key, hashlib.sha256(text.encode()).hexdigest())


AnyOnce = Annotated[Once, Depends(_once)]


def admit(caller: Token, deed: Deed, campaign: str | None) -> None:
    """Raises `Refusal` where `caller` may not do `deed` on `campaign` (None: on no single one)."""
    if deed not in MAY[caller.role]:
        able = ", ".join(role for role in Role if deed in MAY[role])
        raise Refusal(
            403,
            f"'{caller.name}' is a {caller.role} and may not {deed}; a token of role {able} may",
        )
    if caller.campaign is not None and campaign != caller.campaign:
        where = f"'{campaign}'" if campaign else "the whole service"
        raise Refusal(
            403, f"'{caller.name}' is confined to campaign '{caller.campaign}', not {where}"
        )
