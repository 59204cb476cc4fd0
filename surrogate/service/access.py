"""Who may do what over HTTP. Pure: tokens in, a yes or a reason for no out.

reader    reads and comments
worker    reads, asks and tells, on its campaign
engineer  all of that everywhere, and manages campaigns and results
admin     all of that, and manages tokens
"""

from dataclasses import dataclass
from enum import StrEnum

from surrogate.store.tokens import Role, Token


class Deed(StrEnum):
    """What a route does, as far as permission goes."""

    READ = "read"
    COMMENT = "comment"
    WORK = "ask and tell"
    MANAGE = "manage campaigns and results"
    ADMINISTER = "manage tokens"


_READER = {Deed.READ, Deed.COMMENT}
MAY = {
    Role.READER: frozenset(_READER),
    Role.WORKER: frozenset({Deed.READ, Deed.WORK}),
    Role.ENGINEER: frozenset(set(Deed) - {Deed.ADMINISTER}),
    Role.ADMIN: frozenset(Deed),
}


@dataclass(frozen=True)
class Caller:
    """Who calls: a name for the records, a role, and the campaign it is confined to (None: none).

    On a loopback service without tokens everybody is its owner.
    """

    name: str
    role: Role
    campaign: str | None = None


OWNER = Caller("owner", Role.ADMIN)


def caller_of(token: Token) -> Caller:
    """The holder of a token."""
    return Caller(token.name, token.role, token.campaign)


def refusal(caller: Caller, deed: Deed, campaign: str | None) -> str:
    """Why `caller` may not do `deed` (on `campaign`, None: on no single one); empty if it may."""
    if deed not in MAY[caller.role]:
        able = ", ".join(role for role in Role if deed in MAY[role])
        return f"'{caller.name}' is a {caller.role} and may not {deed}; a token of role {able} may"
    if caller.campaign is not None and campaign != caller.campaign:
        where = f"'{campaign}'" if campaign else "the whole service"
        return f"'{caller.name}' is confined to campaign '{caller.campaign}', not {where}"
    return ""
