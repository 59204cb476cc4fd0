"""Who may do what over HTTP. Pure: tokens in, a yes or a reason for no out.

reader    reads and comments
worker    reads, asks and tells, on its campaign
engineer  all of that everywhere, and manages campaigns and results
admin     all of that, and manages tokens
"""

from enum import StrEnum

from surrogate.store.service_tables import Role, Token


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


def refusal(caller: Token, deed: Deed, campaign: str | None) -> str:
    """Why `caller` may not do `deed` (on `campaign`, None: on no single one); empty if it may."""
    if deed not in MAY[caller.role]:
        able = ", ".join(role for role in Role if deed in MAY[role])
        return f"'{caller.name}' is a {caller.role} and may not {deed}; a token of role {able} may"
    if caller.campaign is not None and campaign != caller.campaign:
        where = f"'{campaign}'" if campaign else "the whole service"
        return f"'{caller.name}' is confined to campaign '{caller.campaign}', not {where}"
    return ""
