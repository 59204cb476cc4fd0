"""Routes of the learning loop: ask, heartbeat, tell. The words are `desk`'s."""

from fastapi import APIRouter
from pydantic import ConfigDict

from surrogate.desk import Ask, GiveBack, Heartbeat, Result, Tell
from surrogate.service.gate import AnyHosted, AnyOnce, Worker
from surrogate.service.wire import Answer, Numbers, PointBody
from surrogate.service.wire_campaigns import Queued

routes = APIRouter(tags=["the loop"])


class QueryBody(Queued):
    """A query to be simulated."""

    attempt: int
    reason: str
    why: str


class AskAnswer(Answer):
    """Queries, each leased for `lease` seconds from now or from its last heartbeat.

    `state` is "open", "waiting" (the rest is with others: ask again later) or "complete".
    """

    queries: list[QueryBody]
    lease: float
    state: str


class HeartbeatAnswer(Answer):
    """How long the leases hold from now on, in seconds; `lost` are no longer this worker's."""

    lease: float
    lost: list[int]


class ResultBody(Result):
    """What a point gave that nobody asked for: exactly one of `values` and `infeasible`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"point": {"speed": 12.0, "angle": 45.0}, "values": {"cleared": True}}]
        }
    )

    point: PointBody


class TellAnswer(Answer):
    """The query that was told of, and the campaign's state."""

    query: int
    state: str


@routes.post("/campaigns/{name}/ask")
def ask(hosted: AnyHosted, caller: Worker, body: Ask, once: AnyOnce) -> AskAnswer:
    """The next queries to simulate, useful beside whatever is in flight.

    While they are simulated, as many more are thought of for whoever asks next, up to eight.
    """
    given = once.after(
        lambda: hosted.desk.stock(body.count),
        lambda _: AskAnswer.model_validate(hosted.desk.claim(body)),
    )
    hosted.ahead.expect(body.count)
    return given


@routes.post("/campaigns/{name}/heartbeat")
def heartbeat(hosted: AnyHosted, caller: Worker, body: Heartbeat) -> HeartbeatAnswer:
    """Keep leases alive while their simulations run."""
    return HeartbeatAnswer.model_validate(hosted.desk.heartbeat(body))


@routes.post("/campaigns/{name}/give-back")
def give_back(hosted: AnyHosted, caller: Worker, body: GiveBack, once: AnyOnce) -> Numbers:
    """Let others have queries that this worker will not run: as if it had never got them."""
    return once(lambda: Numbers.model_validate(hosted.desk.give_back(body)))


@routes.post("/campaigns/{name}/tell")
def tell(hosted: AnyHosted, caller: Worker, body: Tell, once: AnyOnce) -> TellAnswer:
    """Record what an attempt gave; answered after it is safe on the disk."""
    return once(lambda: TellAnswer.model_validate(hosted.desk.tell(body)))


@routes.post("/campaigns/{name}/results")
def result(hosted: AnyHosted, caller: Worker, body: ResultBody, once: AnyOnce) -> TellAnswer:
    """Record what a point gave that was never asked; it becomes a query of its own.

    Answered after it is safe on the disk.
    """

    def act() -> TellAnswer:
        campaign = hosted.campaign
        query = campaign.tell(body.point, body.said(campaign.outcome.name))
        return TellAnswer(query=query.index, state=hosted.desk.state)

    return once(act)
