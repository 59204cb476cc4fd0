"""Routes for tokens: who may use the service."""

from typing import Annotated

from fastapi import APIRouter, Path

from surrogate.service.gate import Admin, AnyHouse
from surrogate.service.wire import Name
from surrogate.service.wire_campaigns import Done, NewToken, TokenBody
from surrogate.store.service_tables import Role

Whose = Annotated[Name, Path(description="The name that it was made for.")]

routes = APIRouter(tags=["tokens"])


@routes.get("/tokens")
def list_tokens(house: AnyHouse, caller: Admin) -> list[TokenBody]:
    """Every token, revoked ones too; never their secrets."""
    return [TokenBody(**vars(one)) for one in house.tokens.all()]


@routes.post("/tokens")
def make_token(house: AnyHouse, caller: Admin, body: NewToken) -> TokenBody:
    """Make a token; its secret is in this answer and nowhere else.

    So no key can have it told twice: asked again, the name is taken; give another.
    """
    now = house.clock.now()
    secret = house.tokens.create(body.name, Role(body.role), now=now, campaign=body.campaign)
    return TokenBody(body.name, Role(body.role), body.campaign, now, secret=secret)


@routes.delete("/tokens/{token}")
def revoke_token(house: AnyHouse, caller: Admin, token: Whose) -> Done:
    """Let a token count no more."""
    house.tokens.revoke(token, now=house.clock.now())
    return Done(said=f"token '{token}' is revoked")
