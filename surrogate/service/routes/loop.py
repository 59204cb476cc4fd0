"""Routes of the learning loop: ask, heartbeat, tell. The words are `desk`'s."""

from fastapi import APIRouter

from surrogate.desk import Ask, Heartbeat, Tell
from surrogate.service.gate import AnyHosted, AnyOnce, Worker
from surrogate.service.wire import Answer

routes = APIRouter(tags=["the loop"])


class QueryBody(Answer):
    """A query to be simulated."""

    query: int
    attempt: int
    point: dict[str, float | str]
    seed: int
    reason: str


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


class TellAnswer(Answer):
    """The query that was told of, and the campaign's state."""

    query: int
    state: str


@routes.post("/campaigns/{name}/ask")
def ask(hosted: AnyHosted, caller: Worker, body: Ask, once: AnyOnce) -> AskAnswer:
    """The next queries to simulate, useful beside whatever is in flight.

    While they are simulated, as many more are thought of for whoever asks next, up to eight.
    """
    given: AskAnswer = once(
        lambda: AskAnswer.model_validate(hosted.desk.claim(body)),
        before=lambda: hosted.desk.stock(body.count),
    )
    hosted.ahead.expect(body.count)
    return given


@routes.post("/campaigns/{name}/heartbeat")
def heartbeat(hosted: AnyHosted, caller: Worker, body: Heartbeat) -> HeartbeatAnswer:
    """Keep leases alive while their simulations run."""
    return HeartbeatAnswer.model_validate(hosted.desk.heartbeat(body))


@routes.post("/campaigns/{name}/tell")
def tell(hosted: AnyHosted, caller: Worker, body: Tell, once: AnyOnce) -> TellAnswer:
    """Record what an attempt gave; answered after it is safe on the disk."""
    told: TellAnswer = once(lambda: TellAnswer.model_validate(hosted.desk.tell(body)))
    return told
